"""Runs as the page's data: sets of comparable cases, systems, and cases in a compact form, read one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.totals import Totals, counted, counts_as, figures
from pytest_asrbench.records import WORDS, Breach, Counts, Outcome, Status
from pytest_asrbench.report.page import cleaned
from pytest_asrbench.report.page.alignment import counts, operations
from pytest_asrbench.report.page.sets import Clip, Conditions, SnippetSet
from pytest_asrbench.report.page.systems import System, label
from pytest_asrbench.store.results import Run
from pytest_asrbench.support import strict_json

RAW = "raw_wer"  # the metric that counts the words of the texts as they are
_EDITS = ("substitutions", "deletions", "insertions")
MAX_LOGS = 200  # distinct log tails in a page
MAX_BREACHES = 50  # of a run; results.json has all
# Characters that could end a script element, or a line of one, become escapes: no text can break out of the page.
_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "\x7f": "\\u007f"}
)
_STATUSES = [status.value for status in Status]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case of which nothing came, and why."""

    snippet: str
    status: Status
    error: str


@dataclass(slots=True)
class PageData:
    """Everything that the page shows, but for the audio."""

    runs: list[Run]
    sets: list[SnippetSet] = field(default_factory=list)
    systems: list[System] = field(default_factory=list)
    logs: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[System, Failure]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    findings: dict[str, Any] | None = None

    @property
    def counted(self) -> set[str]:
        """The names of the metrics that counted anything."""
        return set(chain.from_iterable(system.totals.metrics for system in self.systems))

    def of(self, number: int) -> list[System]:
        """The systems of a set."""
        return [system for system in self.systems if system.place == number]

    def head(self) -> dict[str, Any]:
        """All but the cases, as JSON-ready values."""
        shown = registry.shown(self.counted)
        return {
            "statuses": _STATUSES,
            "metrics": [registry.declared(one) | {"shown": one in shown} for one in registry.installed().values()],
            "clip_metrics": [one.name for one in registry.shown()],
            "runs": [
                {**run.info, "origin": run.origin, "breaches": _sentences(run.breaches), "speed": list(run.speed)}
                for run in self.runs
            ],
            "sets": [
                {"id": one.number, "series": one.conditions.series, **asdict(one.conditions), **_size(one)}
                for one in self.sets
            ],
            "systems": [_system(system) for system in self.systems],
            "logs": list(self.logs),
            "notes": self.notes,
            "findings": self.findings,
        }

    def worst_first(self) -> list[tuple[SnippetSet, int, Clip]]:
        """Every snippet, those with the most errors by any system first."""
        every = [(one, number, clip) for one in self.sets for number, clip in enumerate(one.clips)]
        return sorted(every, key=lambda entry: -entry[2].errors)


def escaped(value: Any) -> str:
    """Return `value` as JSON that may stand in a script element of a page."""
    return strict_json.dumps(value).translate(_ESCAPES)


def gather(runs: Sequence[Run], notes: Iterable[str] = ()) -> PageData:
    """Read all outcomes of `runs`; raises HistoryError where one is damaged."""
    data = PageData(list(runs), notes=list(notes))
    sets: dict[Conditions, SnippetSet] = {}
    systems: dict[tuple[int, str, int], System] = {}
    for number, run in enumerate(runs):
        for outcome in run.outcomes():
            conditions = Conditions.of(outcome, run.info)
            if conditions not in sets:
                sets[conditions] = SnippetSet(len(sets), conditions)
            place = sets[conditions]
            key = (number, outcome.model, place.number)
            if key not in systems:
                totals = Totals(outcome.model, outcome.corpus, task=outcome.task, scenario=outcome.scenario)
                systems[key] = System(len(systems), place.number, number, outcome.model, totals)
            _take(data, place, systems[key], outcome)
    data.sets, data.systems = list(sets.values()), list(systems.values())
    for system in data.systems:
        system.describe(runs[system.run].info, runs[system.run].origin)
    for place in data.sets:
        label(data.of(place.number))
    data.notes += _apart(data)
    return data


def _take(data: PageData, place: SnippetSet, system: System, outcome: Outcome) -> None:
    snippet = place.place(outcome)
    system.count(outcome, snippet)
    clip = place.clips[snippet]
    clip.errors = max(clip.errors, counted(outcome).get(WORDS, Counts()).errors)
    if not outcome.measured:
        data.failures.append((system, Failure(clip.id, outcome.status, outcome.error)))
    system.rows.append(escaped(_row(data, snippet, outcome)))


def _row(data: PageData, snippet: int, outcome: Outcome) -> list[Any]:
    """A case: snippet, status, three kinds of errors, seconds, transcript, edits, rates, and what is rare.

    rates: of the metrics that tables show, in their order; None where one says nothing of the case.
    """
    rare = _rare(data, outcome)
    row: list[Any] = [snippet, _STATUSES.index(outcome.status.value)]
    if not outcome.measured:
        row += [None, None, None, _short(outcome.time), outcome.transcript, None, None]
    else:
        edits = operations(outcome.normalized_reference or "", outcome.normalized_transcript or "")
        words = outcome.scores.get(WORDS)
        split = tuple(words.part(kind) for kind in _EDITS) if words is not None else counts(edits)
        if counts(edits) != split:  # another version's aligner: the counts stay, and the page says so
            rare["realigned"] = True
        row += [*split, _short(outcome.time), outcome.transcript, edits, _rates(outcome)]
    return [*row, rare] if rare else row


def _rates(outcome: Outcome) -> list[float | None]:
    return [_short(outcome.scores.get(one.name, Counts()).rate) for one in registry.shown()]


def _rare(data: PageData, outcome: Outcome) -> dict[str, Any]:
    rare: dict[str, Any] = {}
    if outcome.unstable:
        rare["unstable"] = True
    if len(outcome.seconds) > 1:
        rare["rounds"] = [_short(seconds) for seconds in outcome.seconds]
    if outcome.stages:
        rare["stages"] = [[one.model, _short(one.time), one.transcript] for one in outcome.stages]
    words, raw = outcome.scores.get(WORDS), outcome.scores.get(RAW)
    if words is not None and raw is not None and raw.errors != words.errors:
        rare["raw"] = [raw.errors, raw.total]
    if outcome.measured:
        rare |= cleaned.told(outcome)
    else:
        counted = counts_as(outcome)
        rare |= {"error": outcome.error, "kind": outcome.error_kind, "counts_as": counted.value}
        if counted.in_figures:
            rare["words"] = outcome.reference_words
        if outcome.log_tail:
            rare["log"] = _log(data, outcome.log_tail)
    return rare


def _log(data: PageData, text: str) -> int | None:
    """The number of a log tail; equal ones stand once in the page. None beyond `MAX_LOGS`."""
    if text not in data.logs and len(data.logs) >= MAX_LOGS:
        return None
    return data.logs.setdefault(text, len(data.logs))


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _size(one: SnippetSet) -> dict[str, Any]:
    seconds = [clip.seconds for clip in one.clips if clip.seconds is not None]
    words = sum(clip.words for clip in one.clips)
    return {"snippets": len(one.clips), "reference_words": words, "audio_seconds": sum(seconds)}


def _system(system: System) -> dict[str, Any]:
    return {
        "id": system.number,
        "set": system.place,
        "run": system.run,
        "model": system.model,
        "label": system.label,
        "machine": system.facets.get("machine", ""),
        "tried": len(system.snippets),
        "statuses": system.statuses,
        "unstable": system.unstable,
        "totals": {**figures(system.totals), "absent": system.totals.absent, "leading": system.totals.leading.name},
        "stages": [{"rtf": stage.rtf, **asdict(stage)} for stage in system.stages.values()],
        **system.facts,
    }


def _sentences(breaches: Sequence[Breach]) -> list[str]:
    more = [f"and {len(breaches) - MAX_BREACHES} more"] if len(breaches) > MAX_BREACHES else []
    return [breach.text for breach in breaches[:MAX_BREACHES]] + more


def _apart(data: PageData) -> list[str]:
    """Sentences on what is not comparable and therefore stands apart."""
    notes = []
    for name in dict.fromkeys(one.conditions.corpus for one in data.sets):
        same = [asdict(one.conditions) for one in data.sets if one.conditions.corpus == name]
        if len(same) > 1:
            unlike = [key for key in same[0] if len({one[key] for one in same}) > 1]
            words = " and ".join(_NAMES[key] for key in unlike)
            notes.append(
                f"{name} was measured with more than one {words}: such figures are not comparable, and stand apart."
            )
    for one in data.sets:
        if one.split:
            notes.append(
                f"{len(one.split)} snippets of {one.conditions.corpus} have another reference or length in different "
                "runs: they stand apart as variants."
            )
        notes += _partly(data, one)
    return notes


def _partly(data: PageData, one: SnippetSet) -> list[str]:
    systems = [system for system in data.of(one.number) if system.snippets]
    if len({frozenset(system.snippets) for system in systems}) < 2:
        return []
    tried = ", ".join(f"{system.label} {len(system.snippets)}" for system in systems[:10])
    return [
        f"Not all were tried on the same snippets of {one.conditions.corpus} ({tried} of {len(one.clips)}): "
        "their totals are not comparable, the snippets that they share are."
    ]


_NAMES: Mapping[str, str] = {
    "corpus_version": "version",
    "normalizer": "normaliser",
    "task": "task",
    "scenario": "scenario",
    "timing": "definition of the timing",
}
