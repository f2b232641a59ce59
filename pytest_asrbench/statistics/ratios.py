"""The difference of two rates whose totals differ, too, such as words heard: paired bootstrap as in `intervals`.

Where both have the same totals, `intervals.difference_intervals` says the same with less work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytest_asrbench.statistics.intervals import (
    MIN_BLOCKS,
    RESAMPLES,
    Counts,
    Floats,
    Interval,
    block_sums,
    drawn_sums,
    interval_of,
)


def ratio_difference(
    first: tuple[Counts, Counts],
    second: tuple[Counts, Counts],
    blocks: Sequence[str | None] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> Interval:
    """Rate of the first minus rate of the second and its interval; each is errors and totals, one count a snippet.

    Raises ValueError if the lengths differ.
    """
    (a, m, b, n), noun = block_sums([*first, *second], blocks)
    if len({len(column) for column in (a, m, b, n)}) > 1:
        raise ValueError("errors, totals and blocks must have one entry for each snippet")
    if not m.sum() or not n.sum():
        return Interval(None, blocks=len(m), reason="nothing was counted")
    estimate = float(a.sum() / m.sum() - b.sum() / n.sum())
    if len(m) < MIN_BLOCKS:
        return Interval(estimate, blocks=len(m), reason=f"too few {noun}: {len(m)}, at least {MIN_BLOCKS} are needed")
    drawn, spread = _draw(np.array([a, m, b, n]), seed, resamples)
    residuals = (a - a.sum() / m.sum() * m) / m.sum() - (b - b.sum() / n.sum() * n) / n.sum()
    error = float(np.sqrt((residuals**2).sum() * len(m) / (len(m) - 1)))
    apart = a * n - b * m  # 0 where a block has the same rate in both
    return interval_of(apart, estimate, error, drawn, spread, noun, confidence, difference=True)


def _draw(columns: Floats, seed: int, resamples: int) -> tuple[Floats, Floats]:
    """Difference and its standard error, by linearisation, in each draw."""
    count = columns.shape[1]
    pairs = [(one, other) for one in range(4) for other in range(one, 4)]
    products = [columns[one] * columns[other] for one, other in pairs]
    sums = drawn_sums(np.concatenate([columns, products]), seed, resamples)
    a, m, b, n = sums[:4]
    with np.errstate(divide="ignore", invalid="ignore"):
        # The residual of a block is a sum of its four columns, each with a weight of the draw.
        weights: Any = (1 / m, -a / m**2, -1 / n, b / n**2)
        squares = sum(
            (1 if one == other else 2) * weights[one] * weights[other] * total
            for (one, other), total in zip(pairs, sums[4:], strict=True)
        )
        return a / m - b / n, np.sqrt(np.maximum(squares, 0.0) * count / (count - 1))
