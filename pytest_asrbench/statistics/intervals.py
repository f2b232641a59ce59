"""How far a corpus WER, or the difference of two, can be trusted: bootstrap intervals over snippets or blocks of them.

Snippets are drawn again with replacement, as Bisani and Ney (ICASSP 2004) do: all systems on the same draws, so that a
difference is judged on pairs. Where speakers or recordings are named, these are drawn, since errors of one voice go
together. The interval is the studentised one (bootstrap-t; Efron and Tibshirani 1993, chapter 12.5): it holds the true
rate as often as it says where the percentile and BCa intervals are too narrow (`python -m tests.benchmarks.coverage`).
Rates are fractions: 0.012 is 1.2 %. Counts are exact in float64, so that the same seed gives the same interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, inf
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = Sequence[float] | npt.NDArray[Any]

RESAMPLES = 1999  # one less than a round number: 2.5 % and 97.5 % then fall on the 50th value from either end
MIN_BLOCKS = 15  # snippets, or blocks of them, to draw from; see docs/numbers.md
MIN_TELLING = 5  # of these, the ones that have an error, or on which two systems differ
CHUNK = 2_000_000  # weights in memory at once: 16 MB
PORTION = 2**17  # of these drawn at once: 1 MB, which a processor's cache holds, so that drawing takes a third


@dataclass(frozen=True, slots=True)
class Interval:
    """A corpus WER, or a difference of two, and its bootstrap interval; all rates are fractions.

    low and high are None where nothing can be said, and `reason` then says why. estimate is None without reference
    words. error: the standard error. blocks: how many were drawn from. Of a difference a - b only: below_zero is the
    share of the draws with a difference below 0, half of those with 0 included (Bisani and Ney's probability of
    improvement of a over b); p tests, two-sided, that there is none, and is below 0.05 only if the 95 % interval
    excludes 0.
    """

    estimate: float | None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    blocks: int = 0
    below_zero: float | None = None
    p: float | None = None
    reason: str = ""

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an interval, and 0 is outside."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def wer_intervals(
    errors: Sequence[Counts],
    words: Counts,
    blocks: Sequence[str | None] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> list[Interval]:
    """Corpus WER and interval of each system.

    errors: one row per system, one count per snippet. words: reference words of each snippet. blocks: the speaker or
    recording of each snippet, None for one of its own. Raises ValueError if the lengths differ.
    """
    return _intervals(
        [np.asarray(row, dtype=np.float64) for row in errors],
        words,
        blocks,
        seed,
        resamples,
        confidence,
        difference=False,
    )


def difference_intervals(
    errors: Sequence[Counts],
    words: Counts,
    pairs: Sequence[tuple[int, int]],
    blocks: Sequence[str | None] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> list[Interval]:
    """WER of the first minus WER of the second and its paired interval, for each pair of row numbers of `errors`.

    Arguments as in `wer_intervals`. Negative: the first is better.
    """
    rows = [np.asarray(row, dtype=np.float64) for row in errors]
    return _intervals(
        [rows[first] - rows[second] for first, second in pairs],
        words,
        blocks,
        seed,
        resamples,
        confidence,
        difference=True,
    )


def speaker_blocks(speakers: Sequence[str | None]) -> list[str | None] | None:
    """The blocks to draw from: speakers, if with the snippets of unnamed ones there are enough; else None: snippets."""
    named = {name for name in speakers if name is not None}
    enough = len(named) + sum(name is None for name in speakers) >= MIN_BLOCKS
    return list(speakers) if named and enough else None


def block_sums(rows: Sequence[Counts], blocks: Sequence[str | None] | None) -> tuple[list[Floats], str]:
    """Each row of counts summed up by block, and what a block is; the rows as they are where no block has a name."""
    counts = [np.asarray(row, dtype=np.float64) for row in rows]
    if blocks is None or all(name is None for name in blocks):
        return counts, "snippets"
    place = _places(blocks)
    return [np.bincount(place, row).astype(np.float64) for row in counts], "speakers or recordings"


def _intervals(
    counts: Sequence[Floats],
    words: Counts,
    blocks: Sequence[str | None] | None,
    seed: int,
    resamples: int,
    confidence: float,
    *,
    difference: bool,
) -> list[Interval]:
    if not counts:
        return []
    said = np.asarray(words, dtype=np.float64)
    if any(row.shape != said.shape for row in counts) or (blocks is not None and len(blocks) != len(said)):
        raise ValueError("errors, words and blocks must have one entry for each snippet")
    (said, *rows_of_blocks), noun = block_sums([said, *counts], blocks)
    rows = np.array(rows_of_blocks)
    if not said.sum():
        return [Interval(None, blocks=len(said), reason="no reference words")] * len(rows)
    rates = rows.sum(axis=1) / said.sum()
    if len(said) < MIN_BLOCKS:
        reason = f"too few {noun}: {len(said)}, at least {MIN_BLOCKS} are needed"
        return [Interval(float(rate), blocks=len(said), reason=reason) for rate in rates]
    drawn = _draw(rows, said, seed, resamples)
    spread = _spread(rows, said, rates)
    return [
        interval_of(*of_row, noun, confidence, difference=difference)
        for of_row in zip(rows, rates.tolist(), spread.tolist(), *drawn, strict=True)
    ]


def interval_of(
    row: Floats,
    rate: float,
    error: float,
    drawn: Floats,
    spread: Floats,
    noun: str,
    confidence: float,
    *,
    difference: bool,
) -> Interval:
    """The interval of one row of counts, whose draws have these rates and standard errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(np.isclose(drawn, rate, rtol=1e-12, atol=0.0), 0.0, (drawn - rate) / spread)
    scaled.sort()
    cut = max(1, round((len(scaled) + 1) * (1 - confidence) / 2))
    low, high = rate - scaled[-cut] * error, rate - scaled[cut - 1] * error
    reason = _doubt(
        int(np.count_nonzero(row)), noun, difference=difference, finite=bool(np.isfinite([low, high]).all())
    )
    told = not reason
    return Interval(
        rate,
        low=float(low if difference else max(0.0, low)) if told else None,
        high=float(high) if told else None,
        error=error,
        blocks=len(row),
        below_zero=float(np.mean(drawn < 0) + np.mean(drawn == 0) / 2) if difference else None,
        p=_p(scaled, rate / error if error else copysign(inf, rate)) if difference and told else None,
        reason=reason,
    )


def _p(scaled: Floats, observed: float) -> float:
    """Two-sided p value of the studentised difference `observed` among the draws' own, sorted."""
    beyond = min(len(scaled) - np.searchsorted(scaled, observed), np.searchsorted(scaled, observed, side="right"))
    return min(1.0, 2 * (int(beyond) + 1) / (len(scaled) + 1))


def _places(blocks: Sequence[str | None]) -> npt.NDArray[np.intp]:
    """The number of each snippet's block; the order of the snippets does not matter for named ones."""
    numbers = {name: number for number, name in enumerate(sorted({name for name in blocks if name is not None}))}
    alone = (f"\0{place}" if name is None else name for place, name in enumerate(blocks))
    return np.array([numbers.setdefault(name, len(numbers)) for name in alone])


def _doubt(telling: int, noun: str, *, difference: bool, finite: bool) -> str:
    if telling >= MIN_TELLING and finite:
        return ""
    what = "on which the two differ" if difference else "with an error"
    return f"too few {noun} {what}: {telling}, " + (
        f"at least {MIN_TELLING} are needed" if finite else "unevenly spread"
    )


def _draw(rows: Floats, words: Floats, seed: int, resamples: int) -> tuple[Floats, Floats]:
    """Rate and standard error of each row × draw."""
    count = len(words)
    w, ww, *rest = drawn_sums(np.concatenate([[words, words**2], rows, rows**2, rows * words]), seed, resamples)
    e, ee, ew = np.array(rest).reshape(3, len(rows), resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = e / w
        squares = ee - 2 * rate * ew + rate**2 * ww
        squares[squares < 1e-12 * ee] = 0.0  # what rounding leaves of a draw without spread
        return rate, np.sqrt(squares * count / (count - 1)) / w


def drawn_sums(columns: Floats, seed: int, resamples: int) -> Floats:
    """The sum of each column (one value a block) over each draw, column × draw.

    A draw is a vector of how often each block was drawn; sums over the draw are its products with the columns. The
    draws do not depend on how many of them are made at once.
    """
    count = columns.shape[1]
    chance = np.random.default_rng(seed)
    step, portion = (max(1, min(resamples, weights // count)) for weights in (CHUNK, PORTION))
    places = np.arange(portion)[:, None] * count
    sums = np.empty((resamples, len(columns)))
    for start in range(0, resamples, step):
        times = np.empty((min(step, resamples - start), count))
        for some in np.split(times, range(portion, len(times), portion)):
            picks = chance.integers(0, count, size=some.shape)
            picks += places[: len(some)]
            some[:] = np.bincount(picks.ravel(), minlength=some.size).reshape(some.shape)
        np.matmul(times, columns.T, out=sums[start : start + len(times)])
    return sums.T


def _spread(rows: Floats, words: Floats, rates: Floats) -> Floats:
    """Standard error of a ratio of sums, by linearisation (Cochran 1977, chapter 2.11)."""
    count = len(words)
    residuals = rows - rates[:, None] * words
    return np.asarray(np.sqrt((residuals**2).sum(axis=1) * count / (count - 1)) / words.sum())
