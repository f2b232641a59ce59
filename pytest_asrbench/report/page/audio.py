"""The snippets' audio in the page: 16 kHz, mono, MP3, which every browser plays, within a budget of bytes and seconds.

The clips come worst first, so that what the budget leaves out is what a reader is least likely to want to hear. What a
clip will cost follows from its length and from what others have cost: one that cannot fit is not begun, and one that
takes longer than foreseen is broken off.
"""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import inf
from typing import Any

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import AsrBenchError

RATE = 16_000
BUDGET = 20_000_000  # characters of the page, all clips together
MAX_THREADS = 4
_COMPRESSION = 0.5  # libsndfile's scale: about 36 kbit/s for speech
_SAME_SECONDS = 0.01  # from one version of a decoder to another
_BYTES = 5_500  # of Base64 for a second of speech, about
_PACE = 50.0  # seconds of audio decoded and encoded in one, as long as nothing has been; two busy cores do 60 to 80
_TRIAL_SECONDS = 0.05  # what `_PACE` weighs, as if it had been measured for so long
_PIECE = 10  # seconds of audio between two looks at the clock

LATE = "the time for audio was used up"
TOO_LONG = "too long for the time that audio may take; pytest-asrbench report takes the time it needs"
FULL = "the space for audio was used up"

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


class Means:
    """The bytes and seconds that there are for audio, and what has been spent. patience None: any number of seconds."""

    def __init__(self, budget: int, patience: float | None) -> None:
        self.size = 0
        self._budget = budget
        self._end = None if patience is None else time.perf_counter() + patience
        self._spent = _TRIAL_SECONDS
        self._encoded = _TRIAL_SECONDS * _PACE

    def obstacle(self, seconds: float) -> str:
        """Why a clip of `seconds` cannot be taken in; "" if it can, as far as can be foreseen."""
        if self.size + seconds * _BYTES > self._budget:
            return FULL
        if self.late:
            return LATE
        return "" if seconds * self._spent / self._encoded <= self._left() else TOO_LONG

    def exceeded(self, size: int) -> str:
        """Why a clip that has come to `size` bytes of MP3 is to be broken off; "" if it is not."""
        if self.size + size * 4 // 3 > self._budget:
            return FULL
        return TOO_LONG if self.late else ""

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self._left() <= 0

    def _left(self) -> float:
        return inf if self._end is None else self._end - time.perf_counter()

    def learn(self, seconds: float, took: float) -> None:
        """A clip of `seconds` has been decoded and encoded in `took`, beside others where there are threads."""
        self._encoded += seconds
        self._spent += took

    def take(self, size: int) -> bool:
        """Spend `size` bytes, if they are left."""
        fits = self.size + size <= self._budget
        self.size += size if fits else 0
        return fits


def embed(
    clips: Iterable[Clip], told: Embedded, budget: int = BUDGET, patience: float | None = None
) -> Iterator[tuple[str, str]]:
    """Yield name and Base64 text of MP3 for as many of `clips` as fit; `told` is kept up to date.

    patience: seconds that all of it may take; None: no bound. Decoding and encoding run in threads.
    """
    if not can_encode():
        for _ in clips:
            told.leave("this machine's libsndfile writes no MP3: update the package soundfile")
        return
    means = Means(budget, patience)
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    source = iter(clips)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(source, threads * 2)):
            run = map if means.late else pool.map  # with no time left, only reasons are to be had
            for clip, made in zip(batch, run(partial(_encode, means), batch), strict=True):
                if isinstance(made, str):
                    told.leave(made)
                elif not means.take(len(made)):
                    told.leave(FULL)
                else:
                    told.clips += 1
                    told.size = means.size
                    yield clip.name, made.decode("ascii")


def can_encode() -> bool:
    """Whether this libsndfile writes MP3 (1.1 and later, where it was built with it)."""
    import soundfile

    return "MP3" in soundfile.available_formats()


def _encode(means: Means, clip: Clip) -> bytes | str:
    """Base64 of the clip as MP3, or why there is none."""
    if clip.read is None:
        return "its corpus or file was not found from here"
    if why := means.obstacle(clip.seconds or 0.0):
        return why
    began = time.perf_counter()
    try:
        audio = clip.read()
    except AsrBenchError:
        return "its file cannot be read from here"
    if clip.seconds is not None and abs(audio.seconds - clip.seconds) > _SAME_SECONDS:
        return "its file is not the one that was measured: the length differs"
    if clip.seconds is None and (why := means.obstacle(audio.seconds)):
        return why
    made = mp3(audio, means.exceeded)
    means.learn(audio.seconds, time.perf_counter() - began)
    return made if isinstance(made, str) else base64.b64encode(made)


def mp3(audio: Audio, exceeded: Callable[[int], str] = lambda _size: "") -> bytes | str:
    """Return `audio` as an MP3 file, or what `exceeded` answers if, told the size after a piece of it, it does."""
    import numpy
    import soundfile

    samples: Any = numpy.frombuffer(audio.pcm, dtype="float32").clip(-1.0, 1.0)
    kind = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": _COMPRESSION, "bitrate_mode": "VARIABLE"}
    whole, step = io.BytesIO(), _PIECE * audio.sample_rate
    with soundfile.SoundFile(whole, "w", audio.sample_rate, 1, **kind) as file:
        for start in range(0, len(samples), step):
            file.write(samples[start : start + step])
            if start + step < len(samples) and (why := exceeded(whole.tell())):
                return why
    return whole.getvalue()
