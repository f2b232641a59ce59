"""Decoding: any file that libsndfile (or PyAV, where installed) reads becomes mono float32 at the rate a model expects.

A file that cannot give an honest measurement is refused with a sentence: nothing is padded, guessed or cut.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import AudioError, MissingDependencyError

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf", ".w64"})
CONTAINER_SUFFIXES = frozenset({".m4a", ".mp4", ".webm", ".aac", ".mka", ".mkv", ".wma", ".mov"})
DURATION_TOLERANCE = 0.02  # of the declared duration; codecs pad by a few milliseconds
_STREAMED = (0, 0x7FFFFFFF, 0xFFFFFFFF)  # sizes that writers into a pipe leave in a WAV header
_WAV_SIZE_MISMATCH = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)


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
    `duration` (seconds) select a part; `declared` is the duration that a manifest promises. Raises AudioError.
    """
    samples, source_rate = _decode(path, offset, duration)
    mono = _to_mono(path, samples, channel)
    _check(path, mono, source_rate, declared if duration is None else duration)
    if source_rate != rate:
        import soxr

        mono = soxr.resample(mono, source_rate, rate)
    return Audio(mono.astype("float32", copy=False).tobytes(), rate, name)


def duration(path: Path) -> float | None:
    """Duration in seconds from the file's header; None where the header does not tell or cannot be read."""
    import soundfile

    try:
        info = soundfile.info(path)
    except (soundfile.SoundFileError, OSError):
        return None
    return info.frames / info.samplerate if info.samplerate else None


def _decode(path: Path, offset: float, duration: float | None) -> tuple[Samples, int]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise AudioError(f"{path}: {error.strerror}. Put the file there, or remove the snippet") from error
    if size == 0:
        raise AudioError(f"{path} is empty (0 bytes): record or copy it again")
    if path.suffix.lower() in CONTAINER_SUFFIXES:
        return _decode_container(path, offset, duration)
    return _decode_sound_file(path, offset, duration)


def _decode_sound_file(path: Path, offset: float, duration: float | None) -> tuple[Samples, int]:
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            _refuse_truncated_wav(path, file.extra_info)
            first = round(offset * file.samplerate)
            wanted = file.frames - first if duration is None else round(duration * file.samplerate)
            if first and first < file.frames:
                file.seek(first)
            samples = file.read(max(wanted, 0) if first < file.frames else 0, dtype="float32", always_2d=True)
            # Headers of compressed files may count a few frames of padding; a cut file misses more.
            tolerated = max(0.1 * file.samplerate, DURATION_TOLERANCE * file.frames)
            if duration is None and file.frames < 2**62 and len(samples) < file.frames - first - tolerated:
                raise AudioError(
                    f"{path} is truncated: it holds {len(samples) / file.samplerate:.2f} of the "
                    f"{file.frames / file.samplerate:.2f} s that its header promises. Copy or convert it again"
                )
            return samples, file.samplerate
    except soundfile.SoundFileError as error:
        raise AudioError(
            f"{path} cannot be decoded ({str(error).rstrip('. ')}). "
            "Convert it: ffmpeg -i INPUT -ar 16000 -ac 1 OUTPUT.wav"
        ) from error


def _refuse_truncated_wav(path: Path, log: str) -> None:
    mismatch = _WAV_SIZE_MISMATCH.search(log)
    if mismatch is None:
        return
    promised, held = int(mismatch[1]), int(mismatch[2])
    if promised > held and promised not in _STREAMED:
        raise AudioError(
            f"{path} is truncated: its header promises {promised} bytes of audio, the file holds {held}. "
            "Copy or convert it again"
        )


def _decode_container(path: Path, offset: float, duration: float | None) -> tuple[Samples, int]:
    try:
        import av
    except ImportError:
        raise MissingDependencyError(
            f'{path} needs PyAV: pip install "pytest-asrbench[av]", or convert it: ffmpeg -i INPUT -ac 1 OUTPUT.wav'
        ) from None
    import numpy

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(f"{path} has no audio stream")
            rate = int(container.streams.audio[0].rate)
            resampler = av.AudioResampler(format="fltp", rate=rate)
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
            frames += resampler.resample(None)
            blocks = [frame.to_ndarray() for frame in frames]
    except av.FFmpegError as error:
        raise AudioError(f"{path} cannot be decoded ({error}). Convert it: ffmpeg -i INPUT OUTPUT.wav") from error
    samples = numpy.concatenate(blocks, axis=1).T if blocks else numpy.zeros((0, 1), numpy.float32)
    first = round(offset * rate)
    return samples[first:] if duration is None else samples[first : first + round(duration * rate)], rate


def _to_mono(path: Path, samples: Samples, channel: int | None) -> Samples:
    channels = samples.shape[1]
    if channel is not None:
        if not 0 <= channel < channels:
            raise AudioError(f"{path} has {channels} channels; there is no channel {channel} (they count from 0)")
        return samples[:, channel]
    if channels > 2:
        raise AudioError(
            f"{path} has {channels} channels, and which of them hold the speech cannot be known: "
            "name one in the manifest or corpus.toml (channel = 0), or mix down: ffmpeg -i INPUT -ac 1 OUTPUT.wav"
        )
    mono: Samples = samples[:, 0] if channels == 1 else samples.mean(axis=1, dtype="float32")
    return mono


def _check(path: Path, mono: Samples, rate: int, declared: float | None) -> None:
    import numpy

    if len(mono) == 0:
        raise AudioError(f"{path} holds no samples: record it again, or remove the snippet")
    # One NaN or infinity makes the sum one, too: a single fast pass for the common case.
    if not numpy.isfinite(mono.sum(dtype="float64")):
        first = int(numpy.flatnonzero(~numpy.isfinite(mono))[0])
        raise AudioError(
            f"{path} holds samples that are no numbers (NaN or infinity), the first at {first / rate:.3f} s: "
            "export it again"
        )
    seconds = len(mono) / rate
    if declared is not None and abs(seconds - declared) > max(0.1, DURATION_TOLERANCE * declared):
        raise AudioError(
            f"{path} lasts {seconds:.2f} s, the manifest says {declared:.2f} s: "
            "the file is truncated or not the one meant"
        )
