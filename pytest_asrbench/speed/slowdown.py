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


@dataclass(frozen=True, slots=True)
class Slowdown:
    """The slowdown as a fraction (0.05: takes 5 % longer), with its interval; None if nothing was comparable.

    machine: how much longer each workload of the reference takes than it did then, as fractions; of an A/B there is no
    then. processes: of each model in an A/B; None of runs that lie apart.
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

    def sentence(self) -> str:
        """The slowdown in words, with its interval and what it was made of."""
        if self.estimate is None or self.low is None or self.high is None:
            return "nothing to compare, or too few rounds" + (
                "" if self.processes is not None else " while the machine was quiet"
            )
        words = "slower" if self.estimate >= 0 else "faster"
        ends = f"{_percent(self.low)} to {_percent(self.high)}"
        made = f"{self.snippets} snippets, {self._rounds()}"
        if self.seconds is Seconds.PROCESSOR:
            made += "; by processor seconds"
        return f"{abs(self.estimate) * 100:.1f} % {words} (90 % interval {ends}; {made}){self._machine()}"

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
