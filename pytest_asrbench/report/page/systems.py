"""Systems: a model in one run, as a row of the page's tables, with a label that tells it from its namesakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_asrbench.metrics.totals import Totals, counts_as
from pytest_asrbench.records import Outcome

# What may tell two rows of one model apart, the most telling first.
FACETS = ("machine", "device", "dtype", "python", "runtime", "commit", "started", "run", "origin")


@dataclass(slots=True)
class System:
    """A model's cases of one run in one set (whose number is `place`). rows: its cases as JSON, ready to be written."""

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

    def count(self, outcome: Outcome, snippet: int) -> None:
        """Take one case into the sums."""
        self.totals.add(outcome)
        self.statuses[outcome.status.value] = self.statuses.get(outcome.status.value, 0) + 1
        self.unstable += outcome.unstable
        if counts_as(outcome).in_figures:
            self.snippets.add(snippet)
        if outcome.measured and not self.facts:
            self.facts = facts(outcome)

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
