"""What can be limited of how fast answers come: percentiles of latency, and the throughput of a run at a rate."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from pytest_asrbench.metrics.latencies import least, percentile
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.metrics.units import Plain, Unit
from pytest_asrbench.records import Outcome


class _Seconds(Plain):
    def write(self, value: float) -> str:
        return f"{value:.3g} s"

    def read(self, text: str) -> float:
        number = text.removesuffix("ms") if text.endswith("ms") else text.removesuffix("s")
        return super().read(number) / (1_000 if text.endswith("ms") else 1)


_SECONDS, _TIMES = _Seconds("s"), Plain("times real time")


@dataclass(frozen=True, slots=True)
class Latency:
    """A percentile of the latencies over a corpus: of requests from arrival to answer, of single clips of the calls."""

    percent: int
    higher: bool = False
    hosted: bool = True
    unit: Unit = _SECONDS

    @property
    def name(self) -> str:
        """As limits have it."""
        return f"p{self.percent}_latency"

    @property
    def title(self) -> str:
        """As sentences have it."""
        return f"p{self.percent} latency"

    def of_outcome(self, outcome: Outcome) -> float | None:
        """None: it is one of all requests together."""
        return None

    def of_totals(self, totals: Totals) -> float | None:
        """The percentile."""
        return percentile(totals.latencies, self.percent)

    def absent(self, totals: Totals) -> str:
        """Why there is none."""
        every, wanted = len(totals.latencies), least(self.percent)
        if every < wanted:
            return f"{every} latencies are too few for it, {wanted} are the least"
        failed = sum(not isfinite(one) for one in totals.latencies)
        return f"{failed} of {every} had no answer, and an error is no fast answer"


@dataclass(frozen=True, slots=True)
class Throughput:
    """Seconds of audio that are answered in a second of a run at a rate."""

    name: str = "throughput"
    title: str = "throughput"
    higher: bool = True
    hosted: bool = True
    unit: Unit = _TIMES

    def of_outcome(self, outcome: Outcome) -> float | None:
        """None: it is one of all requests together."""
        return None

    def of_totals(self, totals: Totals) -> float | None:
        """The figure of the run."""
        return totals.served.throughput if totals.served is not None else None

    def absent(self, totals: Totals) -> str:
        """Why there is none."""
        return "it is one of runs at a rate, --asr-scenario=server" if totals.served is None else "nothing was answered"
