"""How much slower a saved run was than another: a ratio of snippets, its interval, and what is too little to be told.

Other programs only ever slow a call down, so a snippet's fastest rounds are compared, less what the reference workload
has become slower by. Fewer than MIN_ROUNDS rounds may all have met the same busy moment: there a change is told only
beyond ±25 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from pytest_asrbench.statistics.speed.sides import MIN_ROUNDS

STEADY = 0.03  # changes of speed within ±3 % are no changes
STEADY_FEW = 0.25
LEAST = 6  # snippets that a 95 % interval of a median takes


def steady(rounds: Sequence[int]) -> float:
    """The change, as a fraction, within which nothing is told; rounds: of each snippet the fewer of the two runs."""
    return STEADY if median(rounds) >= MIN_ROUNDS else STEADY_FEW


def speed_ratio(pairs: Sequence[tuple[float, float]]) -> tuple[float, float | None, float | None]:
    """Median of the ratios of `pairs` of seconds (now, then), and its 95 % interval by order statistics.

    The interval needs no more than independent snippets (Conover 1999, chapter 3.2). None, None: too few pairs.
    """
    ratios = sorted(now / then for now, then in pairs)
    rank = _rank(len(ratios))
    if rank is None:
        return median(ratios), None, None
    return median(ratios), ratios[rank], ratios[-1 - rank]


def _rank(count: int) -> int | None:
    """How many of `count` sorted values may lie outside a 95 % interval of the median at either end."""
    if count < LEAST:
        return None
    if count > 500:  # the binomial is as good as normal
        return int((count - 1.96 * math.sqrt(count)) / 2)
    rank, below = -1, 0.0
    while below + math.comb(count, rank + 1) / 2**count <= 0.025:
        rank += 1
        below += math.comb(count, rank) / 2**count
    return rank
