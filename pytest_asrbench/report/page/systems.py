"""Systems: a model in one run, as a row of the page's tables, with a label that tells it from its namesakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pytest_asrbench.metrics.totals import Totals, counts_as
from pytest_asrbench.records import Outcome, Stage, rate

# What may tell two rows of one model apart, the most telling first.
FACETS = ("machine", "device", "dtype", "python", "runtime", "commit", "started", "run", "origin")


@dataclass(slots=True)
class StageTotals:
    """What one model of a pipeline took: compute seconds for so many of audio, and bytes at its highest mark."""

    model: str
    seconds: float = 0.0
    audio_seconds: float = 0.0
    peak_ram: int | None = None
    peak_vram: int | None = None

    @property
    def rtf(self) -> float | None:
        """Compute seconds / audio seconds; None where nobody timed it."""
        return rate(self.seconds, self.audio_seconds)

    def add(self, stage: Stage, audio_seconds: float | None) -> None:
        """Take one case into the sums."""
        if stage.seconds and audio_seconds:
            self.seconds += median(stage.seconds)
            self.audio_seconds += audio_seconds
        self.peak_ram, self.peak_vram = (
            max((size for size in sizes if size is not None), default=None)
            for sizes in ((self.peak_ram, stage.peak_ram), (self.peak_vram, stage.peak_vram))
        )


@dataclass(slots=True)
class System:
    """A model's cases of one run in one set (whose number is `place`). rows: its cases as JSON, ready to be written.

    stages: what each model of a pipeline took.
    """

    number: int
    place: int
    run: int
    model: str
    totals: Totals
    label: str = ""
    rows: list[str] = field(default_factory=list)
    snippets: set[int] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    facets: dict[str, str] = field(default_factory=dict)
    unstable: int = 0
    stages: dict[str, StageTotals] = field(default_factory=dict)

    def count(self, outcome: Outcome, snippet: int) -> None:
        """Take one case into the sums."""
        self.totals.add(outcome)
        self.statuses[outcome.status.value] = self.statuses.get(outcome.status.value, 0) + 1
        self.unstable += outcome.unstable
        if counts_as(outcome).in_figures:
            self.snippets.add(snippet)
        if outcome.measured and not self.facts:
            self.facts = facts(outcome)
        for stage in outcome.stages if outcome.measured else ():
            self.stages.setdefault(stage.model, StageTotals(stage.model)).add(stage, outcome.audio_seconds)

    def describe(self, info: Mapping[str, Any], origin: str) -> None:
        """Note what may tell this system from its namesakes."""
        commit = info.get("commit") or {}
        machine = info.get("machine") or {}
        versions = self.facts.get("versions", {})
        packages = [f"{name} {version}" for name, version in versions.items() if name != "python"]
        values = {
            "machine": machine.get("node"),
            "device": self.facts.get("device"),
            "dtype": self.facts.get("dtype"),
            "python": f"Python {versions['python']}" if "python" in versions else "",
            "runtime": ", ".join(packages[:2]),
            "commit": str(commit.get("id") or "")[:8],
            "started": str(info.get("started") or "")[:19].replace("T", " "),
            "run": info.get("run"),
            "origin": origin,
        }
        self.facets = {name: str(values[name] or "") for name in FACETS}


def facts(outcome: Outcome) -> dict[str, Any]:
    """How the system of `outcome` was run."""
    return {
        "runtime": outcome.runtime,
        "device": outcome.device,
        "device_notes": list(outcome.device_notes),
        "dtype": outcome.dtype,
        "versions": dict(outcome.versions),
        "weights": outcome.weights,
        "normalizer": outcome.normalizer,
        "rounds": len(outcome.seconds),
        "unified_memory": outcome.unified_memory,
    }


def label(systems: Sequence[System]) -> None:
    """Give every system of one set a label of its own: the model, and as many facets as it takes."""
    for model in dict.fromkeys(system.model for system in systems):
        namesakes = [system for system in systems if system.model == model]
        chosen = _telling(namesakes)
        for system in namesakes:
            told = [system.facets[name] for name in chosen if system.facets.get(name)]
            system.label = f"{model} ({', '.join(told)})" if told else model


def _telling(namesakes: Sequence[System]) -> list[str]:
    """Those facets that keep `namesakes` apart, as few as it takes in the order of `FACETS`."""
    chosen: list[str] = []
    groups = 1
    for name in FACETS:
        found = len({tuple(system.facets.get(one, "") for one in (*chosen, name)) for system in namesakes})
        if found > groups:
            chosen.append(name)
            groups = found
        if groups == len(namesakes):
            break
    return chosen
