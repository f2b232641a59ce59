"""Any audio file becomes mono float32 at the rate that a model expects.

A file that cannot give an honest measurement is refused with a sentence: nothing is padded, guessed or cut.
What can and cannot be known about cut files is told in `decoding.sound_file`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.adapter import Audio
from pytest_asrbench.decoding import container, sound_file
from pytest_asrbench.errors import AudioError, MissingDependencyError

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf", ".w64"})
CONTAINER_SUFFIXES = frozenset({".m4a", ".mp4", ".webm", ".aac", ".mka", ".mkv", ".wma", ".mov"})
RATES = range(1_000, 1_000_001)  # Hz; what a header names beyond is damage


def read(
    path: Path,
    rate: int,
    name: str = "",
    *,
    channel: int | None = None,
    offset: float = 0.0,
    duration: float | None = None,
    declared: float | None = None,
) -> Audio:
    """Decode `path` to `rate` Hz mono.

    One of the channels can be named (from 0); otherwise two are averaged, and more than two are refused. `offset` and
    `duration` (seconds) select a part; `declared` is the duration that a manifest promises.
    Raises AudioError, or MissingDependencyError for a format that needs a package which is not installed.
    """
    expected = declared if duration is None else duration
    try:
        if _is_container(path):
            samples, source_rate = container.read(path, offset, duration)
        else:
            samples, source_rate = sound_file.read(path, offset, duration, length_known=expected is not None)
    except (AudioError, OSError, ValueError):
        _check_file(path)  # the system's reason, where it has one, is clearer than a decoder's
        raise
    except MemoryError:
        raise AudioError(f"{path} does not fit into memory: cut it, or name a part by offset and duration") from None
    if source_rate not in RATES:
        raise AudioError(f"{path} names a sampling rate of {source_rate} Hz: its header is damaged, export it again")
    mono = _to_mono(path, samples, channel)
    _check_samples(path, mono, source_rate, offset, expected)
    if source_rate != rate:
        mono = _resampled(path, mono, source_rate, rate)
    return Audio(_pcm(mono), rate, name)


def _pcm(mono: Samples) -> memoryview:
    import numpy

    return numpy.ascontiguousarray(mono, dtype=numpy.float32).data.cast("B")  # copied only where that cannot be helped


def duration(path: Path) -> float | None:
    """Duration in seconds from the file's header; None where the header does not tell or cannot be read."""
    try:
        return container.duration(path) if _is_container(path) else sound_file.duration(path)
    except MissingDependencyError:
        return None


def _is_container(path: Path) -> bool:
    return path.suffix.lower() in CONTAINER_SUFFIXES


def _check_file(path: Path) -> None:
    """Say what the operating system says, which decoders tend to hide."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode("utf-8", "backslashreplace").decode()
        raise AudioError(f"{shown} has a name that is no UTF-8, which decoders do not take: rename the file") from None
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError:
        raise AudioError(f"{path} does not exist: put the file there, or remove the snippet") from None
    except IsADirectoryError:
        raise AudioError(f"{path} is a folder: name an audio file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AudioError(f"{path} cannot be read ({reason}): mend its permissions, or copy it again") from error
    if empty:
        raise AudioError(f"{path} is empty (0 bytes): record or copy it again")


def _to_mono(path: Path, samples: Samples, channel: int | None) -> Samples:
    import numpy

    channels = samples.shape[1]
    if channel is not None:
        if not 0 <= channel < channels:
            raise AudioError(f"{path} has {channels} channel(s); there is no channel {channel} (they count from 0)")
        return samples[:, channel]
    if channels > 2:
        raise AudioError(
            f"{path} has {channels} channels, and which of them hold the speech cannot be known: name one "
            '("channel": 0 in the manifest, or channel = 0 under [snippets."ID"] in corpus.toml), '
            "or mix down: ffmpeg -i INPUT -ac 1 OUTPUT.wav"
        )
    if channels == 1:
        return samples[:, 0]
    with numpy.errstate(all="ignore"):  # NaN and infinity are found, and told, later
        mean: Samples = samples.mean(axis=1, dtype="float32")
    return mean


def _check_samples(path: Path, mono: Samples, rate: int, offset: float, expected: float | None) -> None:
    import numpy

    if len(mono) == 0:
        if offset:
            raise AudioError(f"{path} ends before its offset of {offset:g} s: correct the manifest")
        raise AudioError(
            f"{path} holds no samples, or its header says so: record or convert it again, or remove the snippet"
        )
    if not numpy.isfinite(mono).all():
        first = int(numpy.flatnonzero(~numpy.isfinite(mono))[0])
        raise AudioError(
            f"{path} holds samples that are no numbers (NaN or infinity), the first at {first / rate:.3f} s: "
            "export it again"
        )
    seconds = len(mono) / rate
    tolerance = sound_file.TOLERANCE_SECONDS, sound_file.TOLERANCE * (expected or 0.0)
    if expected is not None and abs(seconds - expected) > max(tolerance):
        raise AudioError(
            f"{path} lasts {seconds:.2f} s, the manifest says {expected:.2f} s: "
            "the file is truncated or not the one meant; copy it again, or correct the manifest"
        )


def _resampled(path: Path, mono: Samples, source_rate: int, rate: int) -> Samples:
    import soxr

    resampled: Samples = soxr.resample(mono, source_rate, rate)
    if len(resampled) == 0:
        raise AudioError(
            f"{path} holds {len(mono)} samples at {source_rate} Hz, less than one at {rate} Hz: record it again"
        )
    return resampled
