"""Runs as they are read again: the session that has just ended, or a results.json of any machine, or a journal.

A results.json is read line by line as it was written, one outcome at a time, so that large runs need little memory;
one that another program has laid out anew is read at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import Breach, Case, Outcome
from pytest_asrbench.store import schema
from pytest_asrbench.store.baseline import Baseline, Facts, unmeasured
from pytest_asrbench.store.earlier import current
from pytest_asrbench.store.entries import entry_of
from pytest_asrbench.store.journal import JOURNAL, read_journal
from pytest_asrbench.store.places import machine_of, platform_name
from pytest_asrbench.store.serialized import OUTCOME, breach_from_dict, outcome_from_dict

RESULTS = "results.json"
_BEGIN = '"outcomes": ['
_NO_RESULTS = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its facts (`RunInfo` as JSON has it), its outcomes, and what the analysis found if it was made.

    origin: the file, or the report folder, as a reader would name it. outcomes: a function that yields them anew with
    each call. breaches: the limits that were missed. speed: judgements of the speed gate, as in results.json.
    unmeasured: as `store.baseline.Facts` has it.
    """

    origin: str
    info: Mapping[str, Any]
    outcomes: Callable[[], Iterable[Outcome]]
    findings: Mapping[str, Any] | None = None
    breaches: Sequence[Breach] = ()
    speed: Sequence[Mapping[str, Any]] = ()
    unmeasured: Mapping[tuple[str, str], Collection[str]] | None = None

    @property
    def name(self) -> str:
        """The run's own name: two files with the same one hold the same run."""
        return str(self.info.get("run", ""))

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it was asked for, as far as it tells."""
        found = self.info.get("settings")
        return found if isinstance(found, Mapping) else {}


def as_baseline(run: Run, option: str = "", source: str = "") -> Baseline:
    """Return a run as a baseline; `option`: how a user names it; `source`: what it is called, its origin without.

    Raises HistoryError if an outcome is damaged.
    """
    machine = run.info.get("machine")
    facts = machine if isinstance(machine, Mapping) else {}
    told = platform_name(facts.get("system"), facts.get("implementation", "CPython"), facts.get("python"))
    found = Baseline(
        source or run.origin,
        facts=Facts(run.unmeasured, frozenset({told} if told else ()), option, machine_of(facts), run.name),
    )
    for outcome in run.outcomes():
        found.add(entry_of(outcome))
    return found


def read_run(where: Path) -> Run:
    """Read a results.json, or that of a report folder; raises HistoryError for anything else.

    A run that was cut off has no results: of its folder, or of the journal itself, what the journal has is read.
    """
    path = where / RESULTS if where.is_dir() else where
    journal = where / JOURNAL if where.is_dir() else where
    if journal.name == JOURNAL and journal.exists() and not (where.is_dir() and path.exists()):
        return _journalled(journal)
    try:
        with path.open(encoding="utf-8") as file:
            head = _head(file)
        content = _parsed(path, path.read_text("utf-8") if head is None else head)
    except FileNotFoundError:
        raise HistoryError(f"{path} does not exist: name a results.json or the folder that holds one") from None
    except OSError as error:
        raise HistoryError(f"{path} cannot be read ({error.strerror}): mend its permissions") from error
    except UnicodeDecodeError:
        raise HistoryError(f"{path} is no results.json: it is not UTF-8") from None
    info = content.get("run")
    if not isinstance(info, dict) or not isinstance(content.get("outcomes"), list) or "schema" not in info:
        raise HistoryError(f"{path} is no results.json of pytest-asrbench: name one, or the folder that holds it")
    schema.check(path, info["schema"])
    if head is None:
        return _run(path, info, content, lambda: _outcomes(path, content["outcomes"]))
    tail = _tail(path)
    return _run(path, info, {**content, **tail}, lambda: _outcomes(path, _rows(path)))


def read_runs(places: Iterable[Path]) -> tuple[list[Run], list[str]]:
    """Read several; a run that comes twice is taken once, and the notes say so. Raises HistoryError."""
    runs: dict[str, Run] = {}
    notes = []
    for place in places:
        run = read_run(place)
        first = runs.setdefault(run.name or run.origin, run)
        if first is not run:
            notes.append(f"{run.origin} holds the same run as {first.origin} and is left out.")
    return list(runs.values()), notes


def _run(
    path: Path, info: Mapping[str, Any], content: Mapping[str, Any], outcomes: Callable[[], Iterable[Outcome]]
) -> Run:
    findings, breaches, speed = (content.get(name) for name in ("findings", "breaches", "speed"))
    return Run(
        str(path),
        info,
        outcomes,
        findings if isinstance(findings, dict) else None,
        [_breach(path, one) for one in breaches] if isinstance(breaches, list) else (),
        [one for one in speed if isinstance(one, dict)] if isinstance(speed, list) else (),
        unmeasured(content.get("unmeasured")),
    )


def _journalled(path: Path) -> Run:
    held = read_journal(path, timing=None)
    last = {outcome.case: outcome for outcome in held.outcomes}
    return Run(str(path), held.info, last.values)


def _breach(path: Path, value: Any) -> Breach:
    """A missed limit; older versions wrote the sentence alone."""
    if isinstance(value, str):
        return Breach(Case("", ""), "", value)
    try:
        return breach_from_dict(value)
    except _NO_RESULTS as error:
        raise HistoryError(f"{path} is damaged: a missed limit in it is no such record ({error})") from None


def _head(file: Iterator[str]) -> str | None:
    """The text before the outcomes, as an object of its own; None if they do not follow one a line."""
    read: list[str] = []
    for line in file:
        if line.strip() == _BEGIN:
            first = next(file, "").strip().rstrip(",")
            return "".join(read) + _BEGIN + "]}" if first.startswith("{") and first != "{" else None
        read.append(line)
    return None


def _rows(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip() == _BEGIN:
                break
        for number, line in enumerate(file, 1):
            text = line.strip().rstrip(",")
            if text == "]":
                return
            try:
                yield json.loads(text)
            except _NO_RESULTS:
                raise HistoryError(f"{path} is damaged: its outcome {number} is no JSON; copy the file again") from None
    raise HistoryError(f"{path} is cut short: its outcomes do not end; copy the file again")


def _tail(path: Path) -> dict[str, Any]:
    """What follows the outcomes, found by reading the file once; raises HistoryError where they do not end."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip() == _BEGIN:
                break
        for line in file:
            if line.strip() in ("]", "],"):
                text = file.read().strip()
                return _parsed(path, "{" + text) if line.strip() == "]," else {}
    raise HistoryError(f"{path} is cut short: its outcomes do not end; copy the file again")


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{path} is no results.json: it is no JSON ({error}); copy the file again") from None
    return content if isinstance(content, dict) else {}


def _outcomes(path: Path, rows: Iterable[Any]) -> Iterator[Outcome]:
    for number, row in enumerate(rows, 1):
        try:
            # The rates, which stand beside an outcome, are computed anew.
            yield outcome_from_dict({name: value for name, value in current(row).items() if name in OUTCOME})
        except _NO_RESULTS as error:
            raise HistoryError(f"{path} is damaged: its outcome {number} is no outcome ({error})") from None
