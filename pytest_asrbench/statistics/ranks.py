"""Does one of two systems make more errors in most snippets? Wilcoxon's signed-rank test, exact where few differ.

A loop of 300 words weighs here as much as the largest of the other differences and no more: what makes the mean of a
few clips useless leaves the ranks as they are. The test asks whether it could have been the other way round just as
well in each snippet, or each block of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from pytest_asrbench.statistics.intervals import Floats

EXACT = 200  # blocks that differ; beyond, the normal distribution is the same to the third decimal


@dataclass(frozen=True, slots=True)
class SignedRanks:
    """On how many of the blocks the first system made more errors, on how many fewer, and the two-sided p value.

    lean: 1 if the ranks say that the first makes more errors, -1 if fewer, 0 if neither.
    """

    more: int
    fewer: int
    lean: int
    p: float


NOTHING = SignedRanks(0, 0, 0, 1.0)  # where no block differs


def signed_ranks(gaps: Floats) -> SignedRanks:
    """Test differences of errors (first minus second), one a block. Blocks without one tell nothing and are left out.

    Equal differences share the mean of their ranks (Wilcoxon 1945).
    """
    told = gaps[gaps != 0]
    _, place, times = np.unique(np.abs(told), return_inverse=True, return_counts=True)
    twice = (2 * np.cumsum(times) - times + 1)[place]  # twice the shared ranks: whole numbers
    for_more, total = int(twice[told > 0].sum()), int(twice.sum())
    more = int(np.count_nonzero(told > 0))
    lean = (2 * for_more > total) - (2 * for_more < total)
    least = min(for_more, total - for_more)
    return SignedRanks(more, len(told) - more, lean, min(1.0, 2 * _share_below(twice, least)))


def _share_below(twice: np.ndarray[tuple[int], np.dtype[np.intp]], least: int) -> float:
    """The share of all ways to give signs to the ranks whose sum is at most `least`."""
    total = int(twice.sum())
    if len(twice) > EXACT:
        deviation = sqrt(float((twice.astype(np.float64) ** 2).sum()) / 4)
        return 0.5 * erfc((total / 2 - least - 1) / deviation / sqrt(2))
    ways = np.zeros(total + 1)
    ways[0] = 1.0
    for rank in twice.tolist():
        with_it = ways[:-rank] / 2
        ways /= 2
        ways[rank:] += with_it
    return float(ways[: least + 1].sum())
