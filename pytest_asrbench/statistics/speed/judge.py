"""Two runs of the same snippets: is the later one slower by more than is accepted? Pure functions of seconds.

Rounds during which other programs kept more than a quarter of a core busy do not count, where somebody has looked,
unless there are hardly any others, and the model is fast enough in them all the same.
Others only ever slow a call down, so the fastest of a snippet's rounds is the one least disturbed. A model that
keeps one core busy, no more and no less, would take its processor seconds if nobody disturbed it, and is judged by
them; all others by the clock. The slowdown is the median over the snippets of log(fastest now / fastest then), less
what the machine itself has become slower since, as the reference workload tells. The interval is widened by all that is
not known:

- the spread between snippets: bootstrap of the median, 90 %;
- the advantage of more rounds: the fastest of all rounds is compared, and the fastest of equally many, on average over
  all choices of them; the interval spans both, and the second is the estimate;
- rounds: what the second half of the rounds still gained on the first, another half might gain again;
- the machine: its drift within a run; and a model leans on arithmetic and on memory in proportions of its own, so that
  both are taken for possible measures, and the interval spans them, where memory has become faster or slower by more
  than the noise of that measure.

An interval beyond the tolerance is "slower", one that holds it "not enough rounds to tell": see `Slowdown.passes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from math import comb

import numpy as np

from pytest_asrbench.statistics.speed.sides import MIN_BEATS, MIN_ROUNDS, ONE_CORE, Side, busy_cores
from pytest_asrbench.statistics.speed.slowdown import Seconds, Slowdown, State

QUIET = 0.25  # cores that others may keep busy during a round that counts
RESAMPLES = 999
COARSE = 0.10  # by how much the memory workload must differ to count: less is its own noise
FOREIGN = 0.25  # machines whose references differ by more (as a fraction) are not the same machine


def judge(now: Side, then: Side, tolerance: float, seed: int = 0) -> Slowdown:
    """Judge the snippets that both sides measured; tolerance: accepted slowdown as a fraction.

    Where most of them have not met a quiet moment, all rounds count, but for the model: others only ever slow it down.
    """
    found = _judge(now.quiet(QUIET), then.quiet(QUIET), now.rounds.keys() & then.rounds.keys(), tolerance, seed)
    if found.estimate is None:
        loud = _judge(now, then, now.rounds.keys() & then.rounds.keys(), tolerance, seed)
        if loud.passes(tolerance):
            return replace(loud, company=True)
    return found


def _judge(now: Side, then: Side, common: Set[str], tolerance: float, seed: int) -> Slowdown:
    names = [name for name in now.rounds if name in common and _timed(now.rounds[name]) and _timed(then.rounds[name])]
    ours, theirs = (int(np.median([len(side.rounds[name]) for name in names] or [0])) for side in (now, then))
    if not names or 2 * len(names) < len(common):  # most have not met a quiet moment in both runs
        return Slowdown(State.UNDECIDED, None, None, None, len(names), ours, theirs)
    now, then = now.only(names), then.only(names)
    unit = Seconds.PROCESSOR if _on_one_core(now) and _on_one_core(then) else Seconds.CLOCK
    if unit is Seconds.PROCESSOR:
        now, then = replace(now, rounds=now.cpu), replace(then, rounds=then.cpu)
    pairs = [(now.rounds[name], then.rounds[name]) for name in names]
    equal = np.array([_gap(*pair) for pair in pairs])
    whole = np.array([_fastest(one) - _fastest(other) for one, other in pairs])
    low = min(_spread(gaps, seed)[0] for gaps in (equal, whole))
    high = max(_spread(gaps, seed)[1] for gaps in (equal, whole))
    machine, drift = _machine(now.beats, then.beats)
    memory = abs(np.expm1(machine.get("memory", 0.0))) > COARSE
    shifts = [shift for name, shift in machine.items() if name != "memory" or memory] or [0.0]
    low -= unsettled(now.rounds, names) + max(shifts) + drift
    high += (unsettled(then.rounds, names) if theirs > 1 else unsettled(now.rounds, names, 1)) - min(shifts) + drift
    estimate = float(np.median(equal)) - sum(shifts) / len(shifts)
    found = _described(estimate, low, high, tolerance, len(names), ours, theirs, machine)
    return replace(found, seconds=unit)


def _described(
    estimate: float,
    low: float,
    high: float,
    tolerance: float,
    snippets: int,
    ours: int,
    theirs: int,
    machine: Mapping[str, float],
) -> Slowdown:
    """From logs to fractions, and from these to a state."""
    centre, least, most = (float(np.expm1(value)) for value in (estimate, low, high))
    ratios = {name: float(np.expm1(value)) for name, value in machine.items()}
    if abs(ratios.get("compute", 0.0)) > FOREIGN:
        state = State.FOREIGN
    elif least > tolerance and ours >= MIN_ROUNDS:
        state = State.SLOWER
    else:
        state = State.WITHIN if most <= tolerance else State.UNDECIDED
    return Slowdown(state, centre, least, most, snippets, ours, theirs, ratios)


def unsettled(rounds: Mapping[str, Sequence[float]], names: Sequence[str], first: int | None = None) -> float:
    """How much the fastest of all rounds undercuts that of the first few (None: half of them): median of the logs."""
    gains = [
        _fastest(rounds[name][: first or (len(rounds[name]) + 1) // 2]) - _fastest(rounds[name])
        for name in names
        if len(rounds[name]) > 1
    ]
    return float(np.median(gains)) if gains else 0.0


def _timed(seconds: Sequence[float]) -> bool:
    return min(seconds, default=0.0) > 0


def _on_one_core(side: Side) -> bool:
    """Whether the model keeps one core busy: processor seconds are the clock's, in the rounds least disturbed."""
    if side.rounds.keys() != side.cpu.keys():
        return False
    calls = (zip(side.rounds[name], side.cpu[name], strict=False) for name in side.rounds)
    return abs(busy_cores(calls) - 1) < ONE_CORE


def _gap(now: Sequence[float], then: Sequence[float]) -> float:
    """log(fastest now / fastest then), of equally many rounds."""
    rounds = min(len(now), len(then))
    return _fastest_of(now, rounds) - _fastest_of(then, rounds)


def _fastest_of(seconds: Sequence[float], rounds: int) -> float:
    """Mean log of the fastest of `rounds` of them, over all ways to choose these."""
    ranked = np.log(np.sort(seconds))
    if rounds == len(ranked):
        return float(ranked[0])
    # The k-th fastest is the fastest of a choice if all others of it are slower.
    every = comb(len(ranked), rounds)
    shares = [comb(len(ranked) - 1 - rank, rounds - 1) / every for rank in range(len(ranked))]
    return float(ranked @ shares)


def _fastest(seconds: Sequence[float]) -> float:
    return float(np.log(min(seconds)))


def _spread(gaps: np.ndarray[tuple[int], np.dtype[np.float64]], seed: int) -> tuple[float, float]:
    """Ends of the 90 % interval of the median; of fewer than five snippets: the extremes."""
    if len(gaps) < 5:
        return float(gaps.min()), float(gaps.max())
    draws = np.random.default_rng(seed).integers(0, len(gaps), (RESAMPLES, len(gaps)))
    low, high = np.quantile(np.median(gaps[draws], axis=1), [0.05, 0.95])
    return float(low), float(high)


def _machine(now: Sequence[Mapping[str, float]], then: Sequence[Mapping[str, float]]) -> tuple[dict[str, float], float]:
    """Log ratios of the reference's workloads of which both runs have enough, and the drift of the first in a run."""
    shifts: dict[str, float] = {}
    drifts = [0.0]
    for name in dict.fromkeys(name for beat in now for name in beat):
        sides = [[beat[name] for beat in side if name in beat] for side in (now, then)]
        if min(len(side) for side in sides) >= MIN_BEATS:
            drifts = drifts if shifts else [_drift(side) for side in sides]
            shifts[name] = _fastest(sides[0]) - _fastest(sides[1])
    return shifts, max(drifts)


def _drift(beats: Sequence[float]) -> float:
    half = len(beats) // 2
    return abs(_fastest(beats[:half]) - _fastest(beats[half:])) / 2
