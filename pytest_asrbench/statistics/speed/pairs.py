"""Two models measured in turn: is the second slower? Pure functions of seconds.

Both have met the same machine and the same company, so no baseline and no reference workload stands between them. What
remains is that a process is faster or slower by some per cent, for as long as it lives, by where its memory happens to
lie. So the turns come in blocks, each with new processes of both models, and the interval is that of the blocks.

A block tells the slowdown, as a logarithm, in two ways: the median over the snippets of the median of log(second /
first) of adjacent calls, and that of log(fastest of the second / fastest of the first). The blocks' trimmed mean, a
fifth off either end, has Yuen's interval (Biometrika 61, 1974); the way with the narrower one is taken.

Processor seconds decide where both models keep one core busy. For other models on a processor the clock decides, and
where it cannot, processor seconds may still show a slowdown, if both models keep equally many cores busy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1, pi, sqrt, tan
from statistics import NormalDist
from typing import Any

import numpy as np

from pytest_asrbench.statistics.speed.sides import ONE_CORE, busy_cores
from pytest_asrbench.statistics.speed.slowdown import Seconds, Slowdown, State

MIN_BLOCKS = 4
TRIM = 0.2
ALIKE = 0.10  # by how much the numbers of cores kept busy may differ, as a fraction


@dataclass(frozen=True, slots=True)
class Turn:
    """A call of each model on one snippet, one right after the other: (seconds by the clock, processor seconds)."""

    snippet: str
    first: tuple[float, float]
    second: tuple[float, float]


Sweep = Sequence[Turn]
Block = Sequence[Sweep]  # those of one pair of processes


@dataclass(frozen=True, slots=True)
class Interval:
    """The second model's slowdown as a logarithm."""

    value: float
    low: float
    high: float

    def state(self, tolerance: float) -> State:
        """What it says of an accepted slowdown (a fraction)."""
        most = float(np.log1p(tolerance))
        if self.low > most:
            return State.SLOWER
        return State.WITHIN if self.high <= most else State.UNDECIDED


def judge_pairs(blocks: Sequence[Block], tolerance: float, on_cpu: bool, confidence: float = 0.90) -> Slowdown:
    """Judge the second model's slowdown; on_cpu: whether the models run on a processor.

    With fewer than MIN_BLOCKS blocks their sweeps take their place: the interval then knows nothing of how processes
    differ.
    """
    blocks = [[sweep for sweep in block if sweep] for block in blocks if any(block)]  # what a fault cut short is empty
    sweeps = [sweep for block in blocks for sweep in block]
    units = blocks if len(blocks) >= MIN_BLOCKS else [[sweep] for sweep in sweeps]
    turns = [turn for sweep in sweeps for turn in sweep]
    snippets = len({turn.snippet for turn in turns})
    counts: tuple[int, int, int] = (snippets, len(sweeps), len(sweeps))
    if len(units) < MIN_BLOCKS:
        return Slowdown(State.UNDECIDED, None, None, None, *counts, processes=len(blocks))
    seconds, found = _decisive(units, turns, tolerance, on_cpu, confidence)
    centre, low, high = (float(np.expm1(value)) for value in (found.value, found.low, found.high))
    state = found.state(tolerance)
    return Slowdown(state, centre, low, high, *counts, seconds=seconds, processes=len(blocks))


def _decisive(
    units: Sequence[Block], turns: Sequence[Turn], tolerance: float, on_cpu: bool, confidence: float
) -> tuple[Seconds, Interval]:
    """The interval that counts, and of which seconds it is."""
    clock = narrowest(units, 0, confidence)
    if not on_cpu or min(min(turn.first[1], turn.second[1]) for turn in turns) <= 0:  # finer than this system counts
        return Seconds.CLOCK, clock
    by_snippet = _by_snippet([turns]).values()
    first = busy_cores([turn.first for turn in some] for some in by_snippet)
    second = busy_cores([turn.second for turn in some] for some in by_snippet)
    one_core = abs(first - 1) < ONE_CORE and abs(second - 1) < ONE_CORE
    alike = abs(second / first - 1) < ALIKE
    if one_core or (alike and clock.state(tolerance) is State.UNDECIDED):
        processor = narrowest(units, 1, confidence)
        if one_core or processor.state(tolerance) is State.SLOWER:
            return Seconds.PROCESSOR, processor
    return Seconds.CLOCK, clock


def narrowest(units: Sequence[Block], kind: int, confidence: float) -> Interval:
    """Of the two ways the narrower interval; kind: 0 for the clock's seconds, 1 for the processor's."""
    values = np.array([_values(unit, kind) for unit in units])
    return min((trimmed(column, confidence) for column in values.T), key=lambda one: one.high - one.low)


def trimmed(values: np.ndarray[Any, np.dtype[np.float64]], confidence: float) -> Interval:
    """Trimmed mean of at least MIN_BLOCKS values, with Yuen's interval."""
    ranked, count = np.sort(values), len(values)
    cut = int(TRIM * count)
    kept = ranked[cut : count - cut]
    spread = float(ranked.clip(kept[0], kept[-1]).std(ddof=1)) * count / (len(kept) * count**0.5)
    reach = student((1 + confidence) / 2, len(kept) - 1) * spread
    centre = float(kept.mean())
    return Interval(centre, centre - reach, centre + reach)


def student(probability: float, freedom: int) -> float:
    """Quantile above one half of Student's distribution: Hill's algorithm 396 (Communications of the ACM 13, 1970)."""
    tails = 2 * (1 - probability)
    if freedom == 1:
        return 1 / tan(tails * pi / 2)
    if freedom == 2:
        return sqrt(2 / (tails * (2 - tails)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / a**2
    c = ((20_700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * pi / 2) * freedom
    y = (d * tails) ** (2 / freedom)
    if y <= a + 0.05:
        tail = 1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3)
        y = ((tail + 0.5 / (freedom + 4)) * y - 1) * (freedom + 1) / (freedom + 2) + 1 / y
        return sqrt(freedom * y)
    x = NormalDist().inv_cdf(tails / 2)
    y = x**2
    if freedom < 5:
        c += 0.3 * (freedom - 4.5) * (x + 0.6)
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    return sqrt(freedom * expm1(a * y**2))


def _values(block: Block, kind: int) -> tuple[float, float]:
    """A block's slowdown in the two ways."""
    adjacent, fastest = [], []
    for turns in _by_snippet(block).values():
        pairs = np.log([(turn.first[kind], turn.second[kind]) for turn in turns])
        adjacent.append(np.median(pairs[:, 1] - pairs[:, 0]))
        fastest.append(pairs[:, 1].min() - pairs[:, 0].min())
    return float(np.median(adjacent)), float(np.median(fastest))


def _by_snippet(block: Block) -> Mapping[str, list[Turn]]:
    found: dict[str, list[Turn]] = {}
    for sweep in block:
        for turn in sweep:
            found.setdefault(turn.snippet, []).append(turn)
    return found
