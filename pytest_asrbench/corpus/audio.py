"""Any audio file, on disk or in memory, becomes mono float32 at the rate that a model expects.

A file that cannot give an honest measurement is refused with a sentence: nothing is padded, guessed or cut. What is
suspicious, and can be measured all the same, is told in a remark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_asrbench.adapter import Audio
from pytest_asrbench.corpus.decoding import files
from pytest_asrbench.corpus.decoding.channels import to_mono
from pytest_asrbench.corpus.decoding.flaws import flaws
from pytest_asrbench.corpus.decoding.joined import Source
from pytest_asrbench.corpus.decoding.sound import tolerance
from pytest_asrbench.errors import AudioError, MissingDependencyError

if TYPE_CHECKING:
    from pytest_asrbench.corpus.decoding.sound import Samples, Sound

# Endings by which a folder's recordings are known. What a file holds, and not its ending, decides how it is decoded.
SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".au", ".caf", ".w64", ".rf64"}
    | {".sph", ".voc", ".spx", ".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".webm", ".weba", ".mka"}
    | {".mkv", ".aac", ".amr", ".awb", ".wma", ".asf", ".mp2", ".ac3", ".wv", ".ape", ".tta", ".avi"}
)
RATES = range(1_000, 1_000_001)  # Hz; what a header names beyond is damage


@dataclass(frozen=True, slots=True)
class Decoded:
    """A recording in memory, and what a reader of its measurements should know about it, one sentence each."""

    audio: Audio
    remarks: tuple[str, ...] = ()


def decode(
    source: Source,
    rate: int,
    name: str = "",
    *,
    called: Path | None = None,
    channel: int | None = None,
    offset: float = 0.0,
    duration: float | None = None,
    declared: float | None = None,
) -> Decoded:
    """Decode `source`, a path or a file in memory, to `rate` Hz mono; messages call the latter `called`.

    One of the channels can be named (from 0); otherwise two are averaged, and more than two are refused. `offset` and
    `duration` (seconds) select a part; `declared` is the duration that a manifest promises.
    Raises AudioError, or MissingDependencyError for a format that needs a package which is not installed.
    """
    path = source if isinstance(source, Path) else called or Path("recording")
    expected = declared if duration is None else duration
    try:
        sound = files.read(source, path, offset, duration, length_known=expected is not None)
    except MemoryError:
        raise AudioError(f"{path} does not fit into memory: cut it, or name a part by offset and duration") from None
    if sound.rate not in RATES:
        raise AudioError(f"{path} names a sampling rate of {sound.rate} Hz: its header is damaged, export it again")
    mono, remarks = to_mono(path, sound.samples, sound.rate, channel)
    _check_samples(path, mono, sound, offset)
    if expected is not None:
        part = f" from its offset of {offset:g} s on" if duration is not None else ""
        _check_length(path, len(mono) / sound.rate, expected, sound, part)
    told = (*sound.remarks, *remarks, *flaws(path.name, mono))
    if sound.rate != rate:
        mono = _resampled(path, mono, sound.rate, rate)
    return Decoded(Audio(_pcm(mono), rate, name), told)


def duration(source: Source) -> float | None:
    """Duration in seconds from the file's header; None where the header does not tell or cannot be read."""
    try:
        return files.duration(source, source if isinstance(source, Path) else Path())
    except MissingDependencyError:
        return None


def _pcm(mono: Samples) -> memoryview:
    import numpy

    return numpy.ascontiguousarray(mono, dtype=numpy.float32).data.cast("B")  # copied only where that cannot be helped


def _check_samples(path: Path, mono: Samples, sound: Sound, offset: float) -> None:
    import numpy

    if len(mono) == 0:
        if offset:
            raise AudioError(f"{path} ends before its offset of {offset:g} s: correct the manifest")
        raise AudioError(
            f"{path} holds no samples, or its header says so: record or convert it again, or remove the snippet"
        )
    with numpy.errstate(invalid="ignore"):  # infinities of both signs
        total = numpy.add.reduce(mono, dtype="float64")  # of finite samples it is finite, however large they are
    if not math.isfinite(total):
        first = int(numpy.flatnonzero(~numpy.isfinite(mono))[0])
        raise AudioError(
            f"{path} holds samples that are no numbers (NaN or infinity), the first at {first / sound.rate:.3f} s: "
            "export it again"
        )


def _check_length(path: Path, seconds: float, expected: float, sound: Sound, part: str) -> None:
    """Hold the length against the manifest's. Padding makes a file longer, wherever it has been through a codec."""
    if seconds < expected - tolerance(expected, sound.rate, padded=sound.padded):
        raise AudioError(
            f"{path} lasts {seconds:.2f} s{part}, the manifest says {expected:.2f} s: "
            "the file is truncated or not the one meant; copy it again, or correct the manifest"
        )
    if not part and seconds > expected + tolerance(expected, sound.rate, padded=True):
        raise AudioError(
            f"{path} lasts {seconds:.2f} s, longer than the {expected:.2f} s of the manifest: it is not the file that "
            'was meant, or only a part of it is; then add the "offset" at which that begins (0 for the start)'
        )


def _resampled(path: Path, mono: Samples, source_rate: int, rate: int) -> Samples:
    import soxr

    resampled: Samples = soxr.resample(mono, source_rate, rate)
    if len(resampled) == 0:
        raise AudioError(
            f"{path} holds {len(mono)} samples at {source_rate} Hz, less than one at {rate} Hz: record it again"
        )
    return resampled
