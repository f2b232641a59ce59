"""Whisper's windows of 30 s as faster-whisper knows them: how many a clip takes, and what was said in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_asrbench.adapter import Audio, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
WINDOW_SECONDS = 30
WINDOW_SAMPLES, WINDOW_FRAMES = WINDOW_SECONDS * RATE, WINDOW_SECONDS * 100
LEAST_SAMPLES = RATE // 100  # those of one frame of features
NOTHING, SHORT, LONG = "less than a frame", "one window", "several windows"


def extent(one: Utterance) -> str:
    """Return NOTHING, SHORT or LONG, by the length of a clip."""
    if one.audio.samples < LEAST_SAMPLES:
        return NOTHING
    return LONG if one.audio.samples > WINDOW_SAMPLES else SHORT


def side_by_side(clips: Sequence[Audio]) -> tuple[NDArray[np.float32], list[dict[str, float]]]:
    """Return short clips as one recording of shape (samples,), each in a window of its own, and their seconds in it."""
    import numpy as np

    sound: NDArray[np.float32] = np.zeros((len(clips), WINDOW_SAMPLES), np.float32)
    places = []
    for number, (window, clip) in enumerate(zip(sound, clips, strict=True)):
        window[: clip.samples] = clip.numpy()
        begin = number * WINDOW_SECONDS
        # The library rounds down to samples: half a sample more than the end keeps the last one.
        places.append({"start": float(begin), "end": begin + (clip.samples + 0.5) / RATE})
    return sound.reshape(-1), places


def segment(part: Any, begins: float) -> dict[str, Any]:
    """Return a segment, with its words where they were asked for, in seconds from `begins`."""
    words = [_span(word, word.word, begins) for word in part.words or ()]
    return {**_span(part, part.text, begins), **({} if part.words is None else {"words": words})}


def _span(what: Any, text: str, begins: float) -> dict[str, Any]:
    start, end = (round(float(second) - begins, 3) for second in (what.start, what.end))
    return {"start": start, "end": end, "text": text.strip()}
