"""What a judgement of speed says: how much slower, how sure that is, and of what it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What can be said about a slowdown."""

    SLOWER = "slower"
    WITHIN = "within"
    UNDECIDED = "undecided"
    FOREIGN = "foreign"


class Seconds(StrEnum):
    """What was judged: the clock's seconds, or the processor time of all threads."""

    CLOCK = "clock"
    PROCESSOR = "processor"


TWICE = 2.0


@dataclass(frozen=True, slots=True)
class Slowdown:
    """The slowdown as a fraction (0.05: takes 5 % longer), with its interval; None if nothing was comparable.

    machine: how much longer each workload of the reference takes than it did then, as fractions; of an A/B there is no
    then. processes: of each model in an A/B; None of runs that lie apart. company: whether other programs kept the
    machine busy, so that it could be shown to be fast, but not to be slow. spent: seconds that were taken for it;
    needed: how many would do, None where it is sure, or where more seconds would not help.
    """

    state: State
    estimate: float | None
    low: float | None
    high: float | None
    snippets: int
    rounds_now: int
    rounds_then: int
    machine: Mapping[str, float] = field(default_factory=dict)
    seconds: Seconds = Seconds.CLOCK
    processes: int | None = None
    company: bool = False
    spent: float = 0.0
    needed: float | None = None

    def passes(self, tolerance: float) -> bool:
        """Whether a gate lets it pass.

        What cannot be told passes if the estimate is within the tolerance, and the interval within TWICE the tolerance.
        """
        if self.state is not State.UNDECIDED:
            return self.state is State.WITHIN
        if self.estimate is None or self.high is None:
            return False
        return self.estimate <= tolerance and self.high <= TWICE * tolerance

    def sentence(self) -> str:
        """The slowdown in words, with its interval and what it was made of."""
        if self.estimate is None or self.low is None or self.high is None:
            return self._nothing()
        words = "slower" if self.estimate >= 0 else "faster"
        ends = f"{_percent(self.low)} to {_percent(self.high)}"
        made = f"{self.snippets} snippets, {self._rounds()}"
        if self.seconds is Seconds.PROCESSOR:
            made += "; by processor seconds"
        if self.company:
            made += "; other programs were busy all the time"
        return f"{abs(self.estimate) * 100:.1f} % {words} (90 % interval {ends}; {made}){self._machine()}"

    def _nothing(self) -> str:
        """Why there is no figure."""
        if self.processes is None:
            return "nothing to compare: too few snippets were timed in both runs while the machine was quiet"
        if not self.snippets:
            return "nothing to compare: no snippet was measured with both"
        return f"too few rounds to tell: {self._rounds()}"

    def _rounds(self) -> str:
        if self.processes is None:
            return f"{self.rounds_now} rounds against {self.rounds_then}"
        processes = "1 process" if self.processes == 1 else f"{self.processes} processes"
        return f"{self.rounds_now} rounds in turn, in {processes} of each"

    def _machine(self) -> str:
        if self.processes is not None:
            return ""
        changes = [f"{name} {_percent(value)}" for name, value in self.machine.items()]
        return f"; the machine itself: {', '.join(changes)}" if changes else "; without a reference workload"


def _percent(value: float) -> str:
    return f"{value * 100:+.1f} %"
