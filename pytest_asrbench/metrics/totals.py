"""What a case counts for, and the totals of one model on one corpus: sums of counts and seconds, never means of rates.

Failures stay in the open: a rate counts what a model failed to deliver as lost (of words: as deleted), the same
`measured` is that of the rest. What no model could be asked is in no figure, and is counted beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import inf
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.latencies import Served, served
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.records import SCENARIO, TASK, WORDS, Case, Counts, Fault, Outcome, Request, Status, Worded


class Standing(StrEnum):
    """What a case is to the figures of its model; the values are as tables show them.

    MEASURED: its own errors and seconds. DELETED: the model was asked and gave nothing, so that all words are deleted.
    The others are in no figure: LEFT_OUT, for all models alike, because the recording or its reference cannot be used;
    UNSUITED, because the model is not made for it; NOT_RUN, because the model was never there; UNTRIED, because the
    session ended before.
    """

    MEASURED = "measured"
    DELETED = "deleted"
    LEFT_OUT = "left out"
    UNSUITED = "not suited"
    NOT_RUN = "not run"
    UNTRIED = "not tried"

    @property
    def in_figures(self) -> bool:
        """Whether the case is part of error rates, intervals and comparisons."""
        return self in (Standing.MEASURED, Standing.DELETED)


_BY_FAULT = {Fault.INPUT: Standing.LEFT_OUT, Fault.LOAD: Standing.NOT_RUN, Fault.UNSUITED: Standing.UNSUITED}


def counts_as(outcome: Outcome) -> Standing:
    """Return what `outcome` counts for: the one answer for totals, intervals, comparisons, history and reports."""
    if outcome.measured:
        return Standing.MEASURED
    untried = Standing.UNTRIED if outcome.status is Status.NOT_RUN else Standing.DELETED
    return _BY_FAULT.get(outcome.fault, untried)


def counted(outcome: Outcome) -> Mapping[str, Counts]:
    """The counts with which `outcome` is in the figures: its own, or what its failure costs; nothing if in none."""
    if not counts_as(outcome).in_figures:
        return {}
    return outcome.scores if outcome.measured else outcome.lost


@dataclass(slots=True)
class Totals(Worded):
    """Sums over the snippets of one model × corpus; see `records` for units.

    snippets: all that had their turn; failed: of these, the ones without a transcript by anyone's fault; skipped:
    faults of an experimental model, and what a model is not made for. left_out, unsuited, not_run: those that are in
    no figure, see `Standing`; refusals: why a model is not made for some of them, each reason once. scores: what the
    metrics counted where something was measured; lost: what the failures cost; found: what they found wrong in the
    words of which snippets. Each metric's rate is an attribute by its name: `totals.wer`. compute_seconds: None where
    nothing was timed. requests: all of a run at a rate; answered_seconds: of audio in those that were answered.
    latencies: of each request, or call; without end where there was no answer.
    """

    model: str
    corpus: str
    snippets: int = 0
    measured: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: int = 0
    unsuited: int = 0
    refusals: list[str] = field(default_factory=list)
    not_run: int = 0
    scores: dict[str, Counts] = field(default_factory=dict)
    lost: dict[str, Counts] = field(default_factory=dict)
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)
    compute_seconds: float | None = None
    audio_seconds: float = 0.0
    load_seconds: float | None = None
    first_seconds: float | None = None
    peak_ram: int | None = None
    empty_ram: int | None = None
    peak_vram: int | None = None
    peak_vram_driver: int | None = None
    task: str = TASK
    scenario: str = SCENARIO
    requests: list[Request] = field(default_factory=list)
    answered_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def __getattr__(self, name: str) -> float | None:
        # Only what is no field of its own comes here.
        if name.startswith("_") or name in type(self).__slots__:
            raise AttributeError(name)
        if name in registry.installed():
            return self.rate(name)
        raise AttributeError(f"totals have no {name!r}, and no metric is called so")

    @property
    def case(self) -> Case:
        """All cases of the model on the corpus together."""
        return Case(self.model, self.corpus, task=self.task, scenario=self.scenario)

    @property
    def set_name(self) -> str:
        """What they are the totals of; see `records.set_name`."""
        return self.case.set_name

    @property
    def counted(self) -> int:
        """How many snippets the figures hold for."""
        return self.snippets - self.left_out - self.unsuited - self.not_run

    @property
    def absent(self) -> Standing | None:
        """Why there are no figures at all; None if there are any."""
        if self.counted or not self.snippets:
            return None
        if self.not_run:
            return Standing.NOT_RUN
        return Standing.LEFT_OUT if self.left_out else Standing.UNSUITED

    @property
    def metrics(self) -> Collection[str]:
        """The names of the metrics that counted anything."""
        return self.scores.keys() | self.lost.keys()

    def counts(self, name: str) -> Counts:
        """What one metric counted, with what failures cost."""
        return self.scores.get(name, Counts()) + self.lost.get(name, Counts())

    def rate(self, name: str) -> float | None:
        """The rate of one metric, with what failures cost; None where there is none."""
        metric, counts = registry.installed().get(name), self.counts(name)
        return metric.rate(counts) if metric is not None else counts.rate

    @property
    def lost_words(self) -> float:
        """Reference words that the model failed to deliver."""
        return self.lost.get(WORDS, Counts()).total

    @property
    def wer_measured(self) -> float | None:
        """Corpus WER of the snippets that were measured."""
        return self.scores.get(WORDS, Counts()).rate

    @property
    def served(self) -> Served | None:
        """The figures of a run at a rate; None in any other scenario."""
        return served(self.requests, self.answered_seconds)

    @property
    def untimed(self) -> bool:
        """Whether there are answers that nobody timed, made elsewhere."""
        return bool(self.measured) and self.compute_seconds is None

    @property
    def leading(self) -> Metric:
        """The metric to look at first."""
        return registry.leading(self.scores)

    @property
    def headline(self) -> str:
        """Its title: "CER" where most words are letters of scripts without blanks, else "WER"."""
        return self.leading.title

    def add(self, outcome: Outcome) -> None:
        """Count one outcome in. Cases that had no turn do not count."""
        standing = counts_as(outcome)
        if standing is Standing.UNTRIED:
            return
        self.snippets += 1
        counts = counted(outcome)
        add(self.scores if outcome.measured else self.lost, counts)
        for name, one in counts.items():
            if one.found:
                self.found.setdefault(name, []).append((outcome.snippet, one.found))
        if standing.in_figures:
            self._add_latencies(outcome)
        if standing is not Standing.MEASURED:
            self._add_missing(outcome, standing)
            return
        self.measured += 1
        if (seconds := outcome.time) is not None:
            self.compute_seconds = (self.compute_seconds or 0.0) + seconds
        self.audio_seconds += outcome.audio_seconds or 0.0
        self.load_seconds = outcome.load_seconds if self.load_seconds is None else self.load_seconds
        self.first_seconds = outcome.first_seconds if self.first_seconds is None else self.first_seconds
        self.peak_ram = _largest(self.peak_ram, outcome.peak_ram)
        self.empty_ram = _largest(self.empty_ram, outcome.empty_ram)
        self.peak_vram = _largest(self.peak_vram, outcome.peak_vram)
        self.peak_vram_driver = _largest(self.peak_vram_driver, outcome.peak_vram_driver)

    def _add_latencies(self, outcome: Outcome) -> None:
        self.requests += outcome.requests
        self.answered_seconds += (outcome.audio_seconds or 0.0) * sum(not one.error for one in outcome.requests)
        seconds = outcome.time if outcome.measured else inf
        if outcome.requests:
            self.latencies += [one.latency for one in outcome.requests]
        elif seconds is not None:
            self.latencies.append(seconds)

    def _add_missing(self, outcome: Outcome, standing: Standing) -> None:
        self.skipped += outcome.status is Status.SKIPPED
        self.failed += outcome.status is not Status.SKIPPED
        self.left_out += standing is Standing.LEFT_OUT
        self.unsuited += standing is Standing.UNSUITED
        if standing is Standing.UNSUITED and outcome.error not in self.refusals:
            self.refusals.append(outcome.error)
        self.not_run += standing is Standing.NOT_RUN


def total(model: str, corpus: str, outcomes: Iterable[Outcome], task: str = TASK, scenario: str = SCENARIO) -> Totals:
    """Sum up `outcomes`, all of them of `model` on `corpus`, asked for `task` in `scenario`."""
    totals = Totals(model, corpus, task=task, scenario=scenario)
    for outcome in outcomes:
        totals.add(outcome)
    return totals


def add(sums: dict[str, Counts], counts: Mapping[str, Counts]) -> None:
    """Add the counts of a case to `sums`."""
    for name, one in counts.items():
        sums[name] = sums[name] + one if name in sums else one


_APART = frozenset({"scores", "lost", "found", "refusals", "requests", "latencies", "answered_seconds"})  # no figures


def figures(totals: Totals) -> dict[str, Any]:
    """Sums and rates by their flat names, as JSON has them; what no case was counted for is 0."""
    sums = {name: getattr(totals, name) for name in Totals.__slots__ if name not in _APART}
    more = ("counted", "headline", "wer_measured", "errors", "reference_words", "lost_words")
    nothing = {name: Counts() for name in registry.installed()}
    flat = registry.flat({**nothing, **totals.scores}, totals.lost)
    load = totals.served
    told = {"load": {**asdict(load), "rate": load.rate, "throughput": load.throughput}} if load is not None else {}
    return {**sums, **flat, **{name: getattr(totals, name) for name in more}, **told}


def _largest(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)
