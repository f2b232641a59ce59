"""Sides of a comparison that take turns on the same clips, and what is made of their times."""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.checkpoints.common import Clip

LIMIT = 1.02
WARM_UP = 2
OURS, LOOP, AGAIN = "adapter", "loop", "loop again"
HEADINGS = (
    f"{'':20}{'adapter ms':>11}{'loop ms':>10}{'ratio':>8}{'median':>8}{'loop/loop':>11}{'rounds':>8}{'all rounds':>15}"
)

Call = Callable[[Clip], tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Measured:
    """The shortest seconds per clip of each side, and those of each round, all clips together."""

    shortest: Mapping[str, Sequence[float]]
    rounds: Mapping[str, Sequence[float]]

    def mean(self, side: str) -> float:
        """Seconds of an average clip."""
        return statistics.mean(self.shortest[side])

    def ratio(self, this: str, that: str) -> float:
        """How many times longer one side takes than another for all clips together."""
        return sum(self.shortest[this]) / sum(self.shortest[that])

    def median(self, this: str, that: str) -> float:
        """The same for the clip in the middle."""
        pairs = zip(self.shortest[this], self.shortest[that], strict=True)
        return statistics.median(one / other for one, other in pairs)

    def interval(self, this: str, that: str) -> tuple[float, float]:
        """Where the ratio of the whole rounds lies with 95 %, by drawing rounds again."""
        pairs = list(zip(self.rounds[this], self.rounds[that], strict=True))
        draws = (random.Random(seed).choices(pairs, k=len(pairs)) for seed in range(1000))
        ratios = sorted(sum(one for one, _ in drawn) / sum(other for _, other in drawn) for drawn in draws)
        return ratios[25], ratios[974]


def measure(sides: Mapping[str, Call], spoken: Sequence[Clip], rounds: int, seconds: float) -> Measured:
    """Let the sides take turns for at least `rounds` rounds and `seconds`, once they are warm.

    Raises ValueError if any of them ever says something else than the clip's text.
    """
    shortest = {name: [float("inf")] * len(spoken) for name in sides}
    whole: dict[str, list[float]] = {name: [] for name in sides}
    orders = itertools.cycle(itertools.permutations(sides))
    for clip in [*spoken] * WARM_UP:
        for name in next(orders):
            _checked(name, sides[name], clip)
    begun = time.perf_counter()
    while min(map(len, whole.values())) < rounds or time.perf_counter() - begun < seconds:
        taken = dict.fromkeys(sides, 0.0)
        for place, clip in enumerate(spoken):
            for name in next(orders):
                once = _checked(name, sides[name], clip)
                taken[name] += once
                shortest[name][place] = min(shortest[name][place], once)
        for name in sides:
            whole[name].append(taken[name])
    return Measured(shortest, whole)


def clocked(call: Callable[[Clip], str]) -> Call:
    """Return the call with the seconds that it takes, by the clock on the wall."""

    def timed(clip: Clip) -> tuple[str, float]:
        start = time.perf_counter()
        answer = call(clip)
        return answer, time.perf_counter() - start

    return timed


def _checked(name: str, call: Call, clip: Clip) -> float:
    answer, seconds = call(clip)
    if answer != clip.text:
        raise ValueError(f"{name} on {clip.id}: {answer!r} instead of {clip.text!r}")
    return seconds


def row(name: str, measured: Measured) -> str:
    """The table's line for one family."""
    ratio, noise = measured.ratio(OURS, LOOP), measured.ratio(AGAIN, LOOP)
    verdict = f"  more than {LIMIT}" if ratio > LIMIT else ""
    if abs(noise - 1) > LIMIT - 1:
        verdict += "  too restless a machine to tell: repeat"
    low, high = measured.interval(OURS, LOOP)
    return (
        f"{name:20}{1e3 * measured.mean(OURS):11.2f}{1e3 * measured.mean(LOOP):10.2f}{ratio:8.3f}"
        f"{measured.median(OURS, LOOP):8.3f}{noise:11.3f}{len(measured.rounds[OURS]):8}{low:9.3f}–{high:.3f}{verdict}"
    )
