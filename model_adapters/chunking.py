"""The one way in which long audio is cut for models with a length limit.

A clip no longer than the limit is left alone. A longer one is cut at the quietest point within the last seconds of
each window, so that a cut falls into a pause where there is one. Pieces do not overlap, nothing is left out (the
pieces joined are the clip, sample by sample), the last piece is never a mere fragment, and the texts are joined by
one space. Models that have their own way with long audio do not use this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FRAME_SECONDS = 0.02
_SMOOTHING_FRAMES = 5  # a pause between words lasts about 0.1 s; a closed plosive within one is shorter


def split(
    samples: NDArray[np.float32], sample_rate: int, max_seconds: float, search_seconds: float = 5.0
) -> list[NDArray[np.float32]]:
    """Cut `samples` (shape (n,)) into pieces of at most `max_seconds`; the pieces are views.

    Cuts are looked for in the last `search_seconds` of each window (at most a third of it). Raises ValueError for a
    limit of zero or less.
    """
    limit = int(max_seconds * sample_rate)
    if limit < 1:
        raise ValueError(f"a limit of {max_seconds} s leaves no room for a sample")
    search = min(int(search_seconds * sample_rate), limit // 3)
    pieces, start = [], 0
    while len(samples) - start > limit:
        # Leave at least `search` samples for the last piece, so that no word stands alone without context.
        end = start + min(limit, len(samples) - start - search)
        cut = quietest(samples, max(start + 1, end - search), end, sample_rate)
        pieces.append(samples[start:cut])
        start = cut
    pieces.append(samples[start:])
    return pieces


def quietest(samples: NDArray[np.float32], start: int, end: int, sample_rate: int) -> int:
    """Return the sample index in [start, end] around which 0.1 s has the least energy; `end` if all is alike."""
    import numpy as np

    frame = max(1, int(_FRAME_SECONDS * sample_rate))
    count = (end - start) // frame
    if count < 2:
        return end
    first = end - count * frame
    energy = np.square(samples[first:end].reshape(count, frame), dtype=np.float64).mean(axis=1)
    smooth = np.convolve(energy, np.ones(min(_SMOOTHING_FRAMES, count)), mode="same")
    if smooth.max() == 0:
        return end
    # The frames at the borders miss neighbours, which would make them look quiet.
    weights = np.convolve(np.ones(count), np.ones(min(_SMOOTHING_FRAMES, count)), mode="same")
    smooth /= weights
    best = count - 1 - int(np.argmin(smooth[::-1]))
    return first + best * frame + frame // 2


def transcribe_pieces(
    clips: Sequence[NDArray[np.float32]],
    sample_rate: int,
    max_seconds: float,
    transcribe: Callable[[list[NDArray[np.float32]]], Sequence[str]],
) -> list[tuple[str, int]]:
    """Transcribe clips of any length with a model that takes at most `max_seconds`.

    `transcribe` gets as many pieces at once as there are clips, or fewer, so that memory stays what the batch size
    promised. Returns one (text, number of pieces) per clip, in order.
    """
    pieces: list[NDArray[np.float32]] = []
    counts = []
    for clip in clips:
        cut = split(clip, sample_rate, max_seconds)
        pieces += cut
        counts.append(len(cut))
    texts: list[str] = []
    for first in range(0, len(pieces), len(clips)):
        texts += transcribe(pieces[first : first + len(clips)])
    results, position = [], 0
    for count in counts:
        results.append((join(texts[position : position + count]), count))
        position += count
    return results


def join(texts: Sequence[str]) -> str:
    """Join the texts of consecutive pieces by one space; empty ones leave none behind."""
    return " ".join(stripped for text in texts if (stripped := text.strip()))
