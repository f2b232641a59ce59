"""How long a gate on speed measures: what it was given, or what the first rounds show that it needs. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf, isfinite, log1p

from pytest_asrbench.statistics.speed.slowdown import Slowdown, State

BASE = 60.0  # seconds for each model and corpus, where nobody says
CEILING = 600.0  # and at most, where more are needed
HOPELESS = 4 * 3600.0  # nobody will wait for a judgement that long
_SPARE = 1.2  # of what is needed, when it is told to somebody
_STEP = 10  # seconds; nobody wants to read 71.3


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds that a gate may take; given: by the user, None: as many as are needed, between BASE and CEILING."""

    given: float | None = None

    @property
    def least(self) -> float:
        """The seconds that are there in any case."""
        return self.given or BASE

    def allows(self, spent: float, needed: float) -> bool:
        """Whether to go on after `spent` seconds, if `needed` in all would do. Too many are not even begun."""
        if self.given is not None:
            return spent < self.given
        return spent < (max(BASE, needed) if needed <= CEILING else BASE)


def seconds_needed(slowdown: Slowdown, tolerance: float, spent: float, least: float) -> float:
    """Seconds in all after which the judgement of the first `spent` would be sure; inf where none would do.

    An interval shrinks with the root of the rounds. least: what it takes to have an interval at all.
    """
    if slowdown.estimate is None or slowdown.low is None or slowdown.high is None:
        return least
    if slowdown.state is not State.UNDECIDED:
        return max(least, spent)
    half = (log1p(slowdown.high) - log1p(slowdown.low)) / 2
    apart = abs(log1p(slowdown.estimate) - log1p(tolerance))
    seconds = spent * max(1.0, (half / apart) ** 2) if apart else inf
    return max(least, seconds) if seconds <= HOPELESS else inf


def with_outlook(slowdown: Slowdown, spent: float, needed: float) -> Slowdown:
    """The judgement with what was spent on it, and, where it is open, what it would need."""
    is_open = slowdown.state is State.UNDECIDED and isfinite(needed)
    return replace(slowdown, spent=spent, needed=needed if is_open else None)


def shown(seconds: float) -> str:
    """The option that asks for so many seconds and a few to spare."""
    return f"--asr-speed-budget={ceil(_SPARE * seconds / _STEP) * _STEP}"
