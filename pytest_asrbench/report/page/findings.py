"""Findings as the page shows them: those of the run itself, or made anew over all runs of the page.

Each finding names its system and set by number instead of by model and corpus, which several runs may share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_asrbench.metrics.registry import installed
from pytest_asrbench.records import SCENARIO, TASK, Outcome
from pytest_asrbench.report.analysis.findings import KINDS_OF_RATES
from pytest_asrbench.report.page.data import PageData
from pytest_asrbench.report.page.sets import Conditions
from pytest_asrbench.report.page.systems import System
from pytest_asrbench.report.summary import missing

KINDS = (
    *("intervals", "differences", "groups", "word_errors"),
    *("worst", "nonspeech", "repetitions", "texts", "calls", "company", "invariance"),
)

_USUAL: Mapping[str, Any] = {"task": TASK, "scenario": SCENARIO}  # where a set's own name tells them


def add_findings(data: PageData) -> None:
    """Fill in `data.findings`; a single run that brings its own keeps them."""
    stored = data.runs[0].findings if len(data.runs) == 1 else None
    if stored is not None:
        where = {(system.model, system.totals.set_name): system for system in data.systems}
        data.findings = _placed(stored, where)
        return
    from pytest_asrbench.report.analysis.analyse import analyse

    names = set_names(data)
    labelled = {(system.run, system.model, system.place): system for system in data.systems}
    outcomes = list(_relabelled(data, labelled, names))
    found = analyse(outcomes).to_dict()
    data.findings = _placed(found, {(system.label, names[system.place]): system for system in data.systems})


def set_names(data: PageData) -> dict[int, str]:
    """A name for every set: the corpus, and what tells it from other sets of that corpus."""
    names = {}
    for one in data.sets:
        c = one.conditions
        alike = [other.conditions for other in data.sets if other.conditions.corpus == c.corpus]
        parts = {
            f"version {c.corpus_version or 'unknown'}": {other.corpus_version for other in alike},
            f"normaliser {c.normalizer or 'unknown'}": {other.normalizer for other in alike},
            f"task {c.task}": {other.task for other in alike},
            f"scenario {c.scenario}": {other.scenario for other in alike},
            f"timing {c.timing}": {other.timing for other in alike},
        }
        told = [text for text, values in parts.items() if len(values) > 1]
        unusual = [f"task {c.task}"] if c.task != TASK else []
        unusual += [f"scenario {c.scenario}"] if c.scenario != SCENARIO else []
        told += [text for text in unusual if text not in told]
        names[one.number] = f"{c.corpus} ({', '.join(told)})" if told else c.corpus
    return names


def without_transcript(data: PageData) -> list[str]:
    """What became of the cases without a transcript, by the names that the page's rows have."""
    names = set_names(data)
    return missing([replace(one.totals, model=one.label, corpus=names[one.place], **_USUAL) for one in data.systems])


def _relabelled(
    data: PageData, systems: Mapping[tuple[int, str, int], System], names: Mapping[int, str]
) -> Iterator[Outcome]:
    numbers = {one.conditions: one.number for one in data.sets}
    for number, run in enumerate(data.runs):
        for outcome in run.outcomes():
            place = numbers[Conditions.of(outcome, run.info)]
            label = systems[number, outcome.model, place].label
            yield replace(outcome, model=label, corpus=names[place], **_USUAL)


def _placed(findings: Mapping[str, Any], where: Mapping[tuple[str, str], System]) -> dict[str, Any]:
    kinds = (*KINDS, *(f"{name}_{kind}" for name in installed() for kind in KINDS_OF_RATES))
    placed: dict[str, Any] = {kind: [] for kind in kinds}
    for kind in kinds:
        entries = findings.get(kind)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and (one := _numbered(entry, where)) is not None:
                placed[kind].append(one)
    placed["choices"] = list(_choices(findings, where))
    notes = findings.get("notes")
    return placed | {"notes": [str(note) for note in notes] if isinstance(notes, list) else []}


def _choices(findings: Mapping[str, Any], where: Mapping[tuple[str, str], System]) -> Iterator[dict[str, Any]]:
    """Which model to take, in words; nothing where figures come from several machines, whose speeds do not compare."""
    entries = findings.get("choices")
    for entry in entries if isinstance(entries, list) else ():
        alike = [one for (_, corpus), one in where.items() if isinstance(entry, dict) and corpus == entry.get("corpus")]
        if alike and len({one.facets.get("machine") for one in alike}) == 1:
            yield {"set": alike[0].place, "sentence": str(entry.get("sentence"))}


def _numbered(entry: Mapping[str, Any], where: Mapping[tuple[str, str], System]) -> dict[str, Any] | None:
    values = {key: value for key, value in entry.items() if key not in ("model", "corpus")}
    system = where.get((str(entry.get("model", entry.get("first"))), str(entry.get("corpus"))))
    if system is None:
        return None
    values |= {"system": system.number, "set": system.place}
    other = where.get((str(entry.get("second", entry.get("other"))), str(entry.get("corpus"))))
    return values | {"other": other.number} if other is not None else values
