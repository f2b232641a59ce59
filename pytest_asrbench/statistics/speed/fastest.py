"""Two saved runs of which only each snippet's fastest round is at hand: is the later one slower? Pure functions.

Other programs only ever slow a call down, so a snippet's fastest rounds are compared, less what the reference workload
has become slower by. Fewer than MIN_ROUNDS rounds may all have met the same busy moment: there a change is told only
beyond ±25 %. The interval is that of the median by order statistics, 95 %, and needs no more than independent snippets
(Conover 1999, chapter 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pytest_asrbench.statistics.speed.sides import MIN_ROUNDS
from pytest_asrbench.statistics.speed.slowdown import Slowdown, State

STEADY = 0.03  # changes of speed within ±3 % are no changes
STEADY_FEW = 0.25
LEAST = 6  # snippets that a 95 % interval of a median takes


@dataclass(frozen=True, slots=True)
class Pace:
    """One snippet: seconds of its fastest round now and then, and how many rounds that is the fastest of."""

    now: float
    then: float
    rounds_now: int = 1
    rounds_then: int = 1


def judge_fastest(paces: Sequence[Pace], machine: float = 1.0) -> Slowdown:
    """Judge at least one snippet; machine: how many times as long the reference workload takes as it did then."""
    within = steady([min(pace.rounds_now, pace.rounds_then) for pace in paces])
    ratios = sorted(pace.now / machine / pace.then for pace in paces)
    rank = _rank(len(ratios))
    low, high = (None, None) if rank is None else (ratios[rank] - 1, ratios[-1 - rank] - 1)
    state = State.UNDECIDED
    if low is not None and high is not None:
        state = State.SLOWER if low > within else State.WITHIN if high <= within else State.UNDECIDED
    rounds = (int(median(pace.rounds_now for pace in paces)), int(median(pace.rounds_then for pace in paces)))
    known = {"compute": machine - 1} if machine != 1.0 else {}
    return Slowdown(state, median(ratios) - 1, low, high, len(paces), *rounds, machine=known)


def changed(found: Slowdown, paces: Sequence[Pace]) -> bool:
    """Whether the interval lies beyond what is no change, on either side."""
    within = 1 + steady([min(pace.rounds_now, pace.rounds_then) for pace in paces])
    return found.low is not None and found.high is not None and (1 + found.low > within or 1 + found.high < 1 / within)


def steady(rounds: Sequence[int]) -> float:
    """The change, as a fraction, within which nothing is told; rounds: of each snippet the fewer of the two runs."""
    return STEADY if median(rounds) >= MIN_ROUNDS else STEADY_FEW


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
