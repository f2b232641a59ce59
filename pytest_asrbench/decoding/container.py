"""Decoding by PyAV, an optional dependency: m4a, webm and other containers that libsndfile does not read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.errors import AudioError, MissingDependencyError

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

TOLERANCE = 0.02
TOLERANCE_SECONDS = 0.2  # containers count the silence that codecs put in front


def read(path: Path, offset: float, duration: float | None) -> tuple[Samples, int]:
    """Return the samples from `offset` on (seconds; `duration` None: to the end) as (frames, channels), and the rate.

    Raises AudioError, and MissingDependencyError without PyAV.
    """
    try:
        import av
    except ImportError:
        raise MissingDependencyError(
            f'{path} needs PyAV: pip install "pytest-asrbench[av]", or convert it: ffmpeg -i INPUT -ac 1 OUTPUT.wav'
        ) from None
    import numpy

    try:
        with av.open(f"file:{path}") as container:
            if not container.streams.audio:
                raise AudioError(f"{path} has no audio stream: name another file")
            stream = container.streams.audio[0]
            rate, promised = int(stream.rate), _seconds(stream)
            resampler = av.AudioResampler(format="fltp", rate=rate)
            frames = [part for frame in container.decode(stream) for part in resampler.resample(frame)]
            frames += resampler.resample(None)
            blocks = [frame.to_ndarray() for frame in frames]
    except av.FFmpegError as error:
        raise AudioError(
            f"{path} cannot be decoded ({error.strerror}): it is damaged, cut short, or no audio. "
            "Copy it again, or convert it: ffmpeg -i INPUT -ar 16000 -ac 1 OUTPUT.wav"
        ) from error
    samples = numpy.concatenate(blocks, axis=1).T if blocks else numpy.zeros((0, 1), numpy.float32)
    held = len(samples) / rate
    if promised is not None and held < promised - max(TOLERANCE_SECONDS, TOLERANCE * promised):
        raise AudioError(
            f"{path} is truncated: it holds {held:.2f} of the {promised:.2f} s that its header promises. "
            "Copy or convert it again"
        )
    first = round(offset * rate)
    return samples[first:] if duration is None else samples[first : first + round(duration * rate)], rate


def duration(path: Path) -> float | None:
    """Duration in seconds by the container's header; None where that does not tell, or without PyAV."""
    try:
        import av
    except ImportError:
        return None
    try:
        with av.open(f"file:{path}") as container:
            return _seconds(container.streams.audio[0]) if container.streams.audio else None
    except (av.FFmpegError, OSError, ValueError):
        return None


def _seconds(stream: Any) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * stream.time_base)
