"""Decoding by PyAV, an optional dependency: m4a, webm, amr and whatever else libsndfile does not read.

A container that states its length is held against it, and a packet that FFmpeg calls corrupt is one that was cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.corpus.decoding import matroska
from pytest_asrbench.corpus.decoding.content import AVI, MATROSKA, Kind
from pytest_asrbench.corpus.decoding.joined import Source, content, rewound
from pytest_asrbench.corpus.decoding.sound import Sound, tolerance
from pytest_asrbench.errors import AudioError, MissingDecoderError

if TYPE_CHECKING:
    import numpy as np

    from pytest_asrbench.corpus.decoding.sound import Samples

RATES = range(1_000, 1_000_001)  # Hz; what a header names beyond is damage
_GUESSED = frozenset({"aac", "ac3", "eac3", "amr", "amrnb", "amrwb", "mp3", "mpegts", "mpeg"})  # lengths by bit rate
_EXACT = ("pcm_", "alac", "flac", "wavpack", "tta", "ape", "dsd")  # codecs that pad nothing
_AGAIN = "Copy or convert it again"
_MOST_KEPT = 2**29  # bytes of samples: 50 minutes at 44.1 kHz
_last: dict[tuple[Path, int, int], tuple[Sound, float | None]] = {}  # what was decoded last, by path, size and time


def read(source: Source, path: Path, kind: Kind, offset: float, duration: float | None) -> Sound:
    """Decode `source`, which is `path` or a part of it, from `offset` on (seconds; `duration` None: to the end).

    Raises AudioError, and MissingDecoderError without PyAV.
    """
    if not installed():
        raise MissingDecoderError(
            f"{path} is {_article(kind.name)} file, which needs PyAV: "
            'pip install "pytest-asrbench[av]", or convert it: ffmpeg -i INPUT -ac 1 OUTPUT.wav'
        )
    if not _ends(source, kind):
        raise AudioError(f"{path} is truncated: it ends within its last block. {_AGAIN}")
    try:
        sound, promised = _decoded(source, path) if offset == 0 and duration is None else _kept(source, path)
    except (AudioError, MemoryError):
        raise
    except Exception as error:  # of damaged files, bindings raise what comes
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise AudioError(
            f"{path} cannot be decoded ({reason}): it is taken for {_article(kind.name)} file, and is damaged or cut "
            f"short. {_AGAIN}: ffmpeg -i INPUT -ar 16000 -ac 1 OUTPUT.wav"
        ) from error
    held = len(sound.samples) / sound.rate
    if promised is not None and held < promised - tolerance(promised, sound.rate, padded=sound.padded):
        raise AudioError(
            f"{path} is truncated: it holds {held:.2f} of the {promised:.2f} s that its header promises. {_AGAIN}"
        )
    first = round(offset * sound.rate)
    last = None if duration is None else first + round(duration * sound.rate)
    return Sound(sound.samples[first:last], sound.rate, sound.padded, sound.remarks)


def duration(source: Source) -> float | None:
    """Duration in seconds by the container's header; None where that does not tell, or without PyAV."""
    if not installed():
        return None
    try:
        with _opened(source) as container:
            return _promised(container, container.streams.audio[0]) if container.streams.audio else None
    except Exception:  # of damaged files, bindings raise what comes
        return None


def installed() -> bool:
    """Whether PyAV is there."""
    try:
        import av  # noqa: F401
    except ImportError:
        return False
    return True


def _ends(source: Source, kind: Kind) -> bool:
    """Whether the file is as long as its elements say, where FFmpeg does not mind."""
    if kind is MATROSKA:
        return matroska.is_whole(content(source))
    if kind is AVI:  # the size of a RIFF file, less 8 bytes
        return int.from_bytes(content(source)[4:8], "little") + 8 <= len(content(source))
    return True


def _kept(source: Source, path: Path) -> tuple[Sound, float | None]:
    """`_decoded`, which is kept for the next part of the same file: manifests list thousands of one recording."""
    if not isinstance(source, Path):
        return _decoded(source, path)
    facts = path.stat()
    file = (path, facts.st_size, facts.st_mtime_ns)
    if file not in _last:
        _last.clear()
        found = _decoded(source, path)
        if found[0].samples.nbytes > _MOST_KEPT:
            return found
        _last[file] = found
    return _last[file]


def _decoded(source: Source, path: Path) -> tuple[Sound, float | None]:
    """Return everything that the first audio stream holds, and the seconds that the container promises."""
    import numpy

    with _opened(source) as container:
        streams = container.streams.audio
        if not streams:
            raise AudioError(f"{path} has no audio stream: name another file")
        stream = streams[0]
        rate = int(stream.rate or 0)
        if rate not in RATES:
            raise AudioError(f"{path} names a sampling rate of {rate} Hz: its header is damaged, export it again")
        blocks = list(_blocks(container, stream, rate, path))
        samples: Samples = numpy.concatenate(blocks, axis=1).T if blocks else numpy.zeros((0, 1), numpy.float32)
        more = f"{path.name} has {len(streams)} audio tracks; the first was transcribed"
        padded = not stream.codec_context.name.startswith(_EXACT)
        return Sound(samples, rate, padded, (more,) if len(streams) > 1 else ()), _promised(container, stream)


def _blocks(container: Any, stream: Any, rate: int, path: Path) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the samples as arrays of shape (channels, frames)."""
    import av

    resampler = av.AudioResampler(format="fltp", rate=rate)
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise AudioError(f"{path} is truncated or damaged: a part of its audio is incomplete. {_AGAIN}")
        for frame in packet.decode():
            yield from (part.to_ndarray() for part in resampler.resample(frame))
    yield from (part.to_ndarray() for part in resampler.resample(None))


def _opened(source: Source) -> Any:
    import av

    # "file:" keeps names with a colon from being taken for an address.
    return av.open(f"file:{source}" if isinstance(source, Path) else rewound(source), metadata_errors="replace")


def _promised(container: Any, stream: Any) -> float | None:
    """Return the length that a header states, in seconds; None if FFmpeg only guesses, or there are other streams."""
    import av

    if container.format.name in _GUESSED:
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    alone = len(container.streams) == 1
    return container.duration / av.time_base if alone and container.duration is not None else None


def _article(name: str) -> str:
    return f"{'an' if re.match('[AEIO]|[FM][A-Z0-9]', name) else 'a'} {name}"
