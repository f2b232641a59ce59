"""The snippets' audio in the page: 16 kHz, mono, MP3, which every browser plays, within a budget of bytes and seconds.

The clips come worst first, so that what the budget leaves out is what a reader is least likely to want to hear.
"""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import AsrBenchError

RATE = 16_000
BUDGET = 20_000_000  # characters of the page, all clips together
MAX_THREADS = 4
_COMPRESSION = 0.5  # libsndfile's scale: about 36 kbit/s for speech
_SAME_SECONDS = 0.01  # from one version of a decoder to another

Read = Callable[[], Audio]


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip to embed. read: decodes it at 16 kHz; None where it cannot be found. seconds: what was measured."""

    name: str
    read: Read | None
    seconds: float | None


@dataclass(slots=True)
class Embedded:
    """What came of it; `left_out` counts clips by reason."""

    clips: int = 0
    size: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave(self, reason: str) -> None:
        """Count one clip that is not in the page."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def embed(
    clips: Iterable[Clip], told: Embedded, budget: int = BUDGET, patience: float | None = None
) -> Iterator[tuple[str, str]]:
    """Yield name and Base64 text of MP3 for as many of `clips` as fit; `told` is kept up to date.

    patience: no clip is begun after so many seconds; None: no bound. Decoding and encoding run in threads.
    """
    if not can_encode():
        for _ in clips:
            told.leave("this machine's libsndfile writes no MP3: update the package soundfile")
        return
    began = time.perf_counter()
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    source = iter(clips)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(source, threads * 2)):
            late = patience is not None and time.perf_counter() - began > patience
            full = told.size >= budget
            if late or full:
                for _ in (*batch, *source):
                    told.leave("the time for audio was used up" if late else "the space for audio was used up")
                return
            for clip, made in zip(batch, pool.map(_encode, batch), strict=True):
                if not isinstance(made, bytes):
                    told.leave(made)
                elif told.size + len(made) > budget:
                    told.leave("the space for audio was used up")
                else:
                    told.clips += 1
                    told.size += len(made)
                    yield clip.name, made.decode("ascii")


def can_encode() -> bool:
    """Whether this libsndfile writes MP3 (1.1 and later, where it was built with it)."""
    import soundfile

    return "MP3" in soundfile.available_formats()


def _encode(clip: Clip) -> bytes | str:
    """Base64 of the clip as MP3, or why there is none."""
    if clip.read is None:
        return "its corpus or file was not found from here"
    try:
        audio = clip.read()
    except AsrBenchError:
        return "its file cannot be read from here"
    if clip.seconds is not None and abs(audio.seconds - clip.seconds) > _SAME_SECONDS:
        return "its file is not the one that was measured: the length differs"
    return base64.b64encode(mp3(audio))


def mp3(audio: Audio) -> bytes:
    """Return `audio` as an MP3 file."""
    import numpy
    import soundfile

    samples: Any = numpy.frombuffer(audio.pcm, dtype="float32")
    file = io.BytesIO()
    soundfile.write(
        file,
        samples.clip(-1.0, 1.0),
        audio.sample_rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=_COMPRESSION,
        bitrate_mode="VARIABLE",
    )
    return file.getvalue()
