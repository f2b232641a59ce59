"""What can be limited: every metric, and what is no quotient of sums: marks of memory, percentiles, throughput."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates.load_figures import Latency, Throughput
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.latencies import PERCENTILES
from pytest_asrbench.metrics.metric import Metric, timed
from pytest_asrbench.metrics.totals import Standing, Totals
from pytest_asrbench.metrics.units import Plain, Unit, unit
from pytest_asrbench.records import Outcome
from pytest_asrbench.support.checks import hint

MIB = 2**20
_NO_FIGURE = {
    Standing.NOT_RUN: "nothing was run",
    Standing.LEFT_OUT: "no recording can be used",
    Standing.UNSUITED: "the model is not suited to these recordings",
}


class Figure(Protocol):
    """A figure of a case or of a corpus, and how it is read."""

    @property
    def name(self) -> str:
        """As limits have it."""

    @property
    def title(self) -> str:
        """As sentences have it."""

    @property
    def higher(self) -> bool:
        """Whether more is better."""

    @property
    def unit(self) -> Unit:
        """How it is written."""

    @property
    def hosted(self) -> bool:
        """Whether only a model that is run here has it."""

    def of_outcome(self, outcome: Outcome) -> float | None:
        """Of one case; None where it has none."""

    def of_totals(self, totals: Totals) -> float | None:
        """Of a corpus."""

    def absent(self, totals: Totals) -> str:
        """Why a corpus has none."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate of a metric."""

    metric: Metric

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.metric.name

    @property
    def title(self) -> str:
        """The metric's title."""
        return self.metric.title

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return self.metric.better == "higher"

    @property
    def unit(self) -> Unit:
        """The metric's unit."""
        return unit(self.metric.unit)

    @property
    def hosted(self) -> bool:
        """Whether it needs seconds."""
        return timed(self.metric)

    def of_outcome(self, outcome: Outcome) -> float | None:
        """The rate of one case."""
        counts = outcome.scores.get(self.name)
        return counts.rate if counts is not None else None

    def of_totals(self, totals: Totals) -> float | None:
        """The rate of a corpus, with what failures cost."""
        return totals.rate(self.name)

    def absent(self, totals: Totals) -> str:
        """Why there is none."""
        reason = _NO_FIGURE.get(totals.absent) if totals.absent is not None else None
        return reason or self.metric.absent


class _Megabytes(Plain):
    def write(self, value: float) -> str:
        return f"{value:.0f} MB"


_MEGABYTES = _Megabytes("MB")


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest mark of a memory over a corpus, in MB of 2**20 bytes. fields: of totals, the first that is known."""

    name: str
    title: str
    fields: tuple[str, ...]
    reason: str
    higher: bool = False
    hosted: bool = True
    unit: Unit = _MEGABYTES

    def of_outcome(self, outcome: Outcome) -> float | None:
        """None: a model's process keeps one mark for all."""
        return None

    def of_totals(self, totals: Totals) -> float | None:
        """The mark; of device memory the allocator's where there is one, as it misses no peak."""
        found = (getattr(totals, name) for name in self.fields)
        size = next((value for value in found if value is not None), None)
        return size / MIB if size is not None else None

    def absent(self, totals: Totals) -> str:
        """Why there is none."""
        return self.reason


PEAKS: Mapping[str, Peak] = {
    "peak_ram_mb": Peak("peak_ram_mb", "peak RAM", ("peak_ram",), "this system keeps no high-water mark"),
    "peak_vram_mb": Peak(
        "peak_vram_mb", "peak VRAM", ("peak_vram", "peak_vram_driver"), "the runtime reports no device memory"
    ),
}


# What is no rate of a metric, and one figure of a whole corpus.
WHOLE: Mapping[str, Figure] = {
    **PEAKS,
    **{one.name: one for one in map(Latency, PERCENTILES)},
    "throughput": Throughput(),
}


def figure(name: str) -> Figure:
    """Return what is called `name`; raises UsageError."""
    if name in WHOLE:
        return WHOLE[name]
    if name in registry.installed():
        return Rate(registry.get(name))
    raise UsageError(f"there is no metric {name!r}; {hint(name, [*registry.installed(), *WHOLE])}")
