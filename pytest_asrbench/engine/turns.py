"""An A/B: two models measured in turn, in several processes of each, until the judgement is sure or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_asrbench.engine import sweeps
from pytest_asrbench.engine.host import affinity
from pytest_asrbench.engine.measuring import Measuring
from pytest_asrbench.records import Outcome
from pytest_asrbench.statistics.speed.budget import Budget, seconds_needed, with_outlook
from pytest_asrbench.statistics.speed.sides import ONE_CORE, busy_cores

if TYPE_CHECKING:
    from pytest_asrbench.statistics.speed.pairs import Turn
    from pytest_asrbench.statistics.speed.slowdown import Slowdown

SWEEPS = 12  # without a gate, if the user does not say
MIN_BLOCKS = 5  # before it may end early
SURE = 0.99  # of an interval that lies beyond the tolerance: it is looked at again and again
LEAST_SWEEPS = 10  # that a budget should be enough for: of slow models a sweep takes fewer snippets
LEAST_SNIPPETS = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """What a judgement of speed is asked for.

    tolerance: accepted slowdown as a fraction, None without a gate. sweeps: those that are made in any case, 0: as many
    as it takes. budget: seconds, None: see `Budget`.
    """

    tolerance: float | None
    sweeps: int
    budget: float | None


class Turns:
    """The turns of two models on one corpus, in blocks of new processes; first, second: their outcomes."""

    def __init__(self, measuring: Measuring, first: Sequence[Outcome], second: Sequence[Outcome], terms: Terms) -> None:
        self._measuring = measuring
        self._terms = terms
        self._budget = Budget(terms.budget)
        self._pairs = _pairs(first, second, self._budget)
        self._blocks: list[list[list[Turn]]] = []
        self.outcomes = [outcome for pair in self._pairs for outcome in pair]
        self._on_cpu = all(outcome.on_cpu for outcome in self.outcomes)
        # On one and the same core both meet the same company, and what else shares that core outside this machine.
        self._cores = affinity.cores() if self._on_cpu and _leave_cores_idle(self._pairs) else []
        self._spent = sweeps.stopwatch()
        self._needed = 0.0

    def judged(self, confidence: float = 0.90) -> Slowdown:
        """What the turns taken so far say."""
        from pytest_asrbench.statistics.speed.pairs import judge_pairs  # numpy: not before models are measured

        found = judge_pairs(self._blocks, self._terms.tolerance or 0.0, self._on_cpu, confidence)
        found = replace(found, snippets=found.snippets or len(self._pairs))
        return with_outlook(found, self._spent(), self._needed or inf)

    def take(self) -> None:
        """Take turns until it is enough; raises AsrBenchError when a model fails."""
        self._spent = sweeps.stopwatch()
        gated = self._terms.tolerance is not None
        wanted = self._terms.sweeps or (0 if gated else SWEEPS)

        def more() -> bool:
            in_time = gated and self._budget.allows(self._spent(), self._needed)
            return self._made() < wanted or in_time

        while self._pairs and more() and not (self._made() >= wanted and self._sure()):
            self._block(more)
            self._look_ahead()

    def _look_ahead(self) -> None:
        """Tell from the blocks so far how many seconds a judgement needs."""
        spent, blocks = self._spent(), len(self._blocks)
        least = spent * max(1.0, MIN_BLOCKS / blocks)
        self._needed = seconds_needed(self.judged(), self._terms.tolerance or 0.0, spent, least)

    def _made(self) -> int:
        return sum(map(len, self._blocks))

    def _sure(self) -> bool:
        from pytest_asrbench.statistics.speed.slowdown import State

        if len(self._blocks) < MIN_BLOCKS:
            return False
        return self.judged().state is State.WITHIN or self.judged(SURE).state is State.SLOWER

    def _block(self, more: Callable[[], bool]) -> None:
        """New processes of both, and turns for as long as these took to start."""
        number = len(self._blocks)
        models, until = [outcome.model for outcome in self._pairs[0]], self._measuring.until()
        self._measuring.engine.close(until=until)
        started = time.monotonic()
        # Which of them starts first changes, as memory that was just given back is not as good as other memory.
        self._measuring.engine.start(models if number % 2 else models[::-1], until)
        self._blocks.append([])
        took = time.monotonic() - started
        started = time.monotonic()
        while not self._blocks[-1] or (more() and time.monotonic() - started < took):
            self._blocks[-1].append([])
            self._sweep(number + len(self._blocks[-1]))

    def _sweep(self, number: int) -> None:
        """Both models on each snippet; who comes first changes with the snippet, and from one sweep to the next."""
        cores = [self._cores[number % len(self._cores)]] if self._cores else []
        for place, pair in enumerate(self._pairs):
            for outcome in pair if (number + place) % 2 else reversed(pair):
                self._measuring.again(outcome, beat=False, cores=cores, outlook=self._outlook())
            self._blocks[-1][-1].append(_turn(*pair))

    def _outlook(self) -> str:
        if self._terms.tolerance is None or not self._needed or not isfinite(self._needed):
            return ""
        return f" ({self._spent():.0f} s of about {max(self._budget.least, self._needed):.0f} s)"


def _turn(first: Outcome, second: Outcome) -> Turn:
    from pytest_asrbench.statistics.speed.pairs import Turn

    one, other = ((outcome.seconds[-1], outcome.cpu_seconds[-1]) for outcome in (first, second))
    return Turn(first.snippet, one, other)


def _pairs(first: Sequence[Outcome], second: Sequence[Outcome], budget: Budget) -> list[tuple[Outcome, Outcome]]:
    """The snippets to take turns on: measured with both models, and not more than the budget has time for."""
    others = {one.snippet: one for one in second if one.measured}
    both = [outcome for outcome in first if outcome.measured and outcome.snippet in others]
    if not both:
        return []
    each = fmean(min(one.seconds) + min(others[one.snippet].seconds) for one in both)
    in_budget = int(budget.least / LEAST_SWEEPS / each) if each else sweeps.MOST
    chosen = sweeps.sample(both, min(sweeps.MOST, max(LEAST_SNIPPETS, in_budget)))
    return [(outcome, others[outcome.snippet]) for outcome in chosen]


def _leave_cores_idle(pairs: Sequence[tuple[Outcome, Outcome]]) -> bool:
    """Whether neither model keeps more than one core busy."""
    used = [
        busy_cores(zip(outcome.seconds, outcome.cpu_seconds, strict=False) for outcome in some)
        for some in zip(*pairs, strict=True)
    ]
    return bool(used) and max(used) <= 1 + ONE_CORE
