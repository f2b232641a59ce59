"""Taking up an interrupted run: which of its outcomes stand, and whether this session asks for the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.machine import environment
from pytest_asrbench.plugin.settings import as_written
from pytest_asrbench.records import SCENARIO, Case, Outcome, RunInfo
from pytest_asrbench.statistics.comparable import changed
from pytest_asrbench.store import read_journal
from pytest_asrbench.store.journal import Shaped

MOST_REASONS = 4
# Of the settings that a run records.
_EQUAL = ("device", "dtype", "rounds", "sweeps", "ab", "warmup", "isolation", "engine")


def take_up(
    path: Path | None,
    now: RunInfo,
    shaped: Callable[[Case], Shaped | None],
    interpreter: Callable[[str], str],
) -> tuple[dict[Case, Outcome] | None, list[str]]:
    """Return the outcomes that stand (None: there is nothing to resume) and sentences for the summary.

    shaped: what shapes the answer of a case in this session, None for a case that it does not have. interpreter:
    that of a model. Cases that failed are tried again, and those whose answers something shaped that is different
    today are measured anew. Raises HistoryError if the options of the two sessions differ.
    """
    if path is None:
        return None, ["nothing to resume: no earlier run in this folder, starting anew"]
    then = read_journal(path)
    if then.complete:
        return None, ["nothing to resume: the last run was complete, starting anew"]
    before = _options(then.info["settings"], then.info["normalizers"])
    _check_same(path, before, _options(now.settings, now.normalizers))
    versions = _Versions(interpreter)
    standing: dict[Case, Outcome] = {}
    dropped: Counter[tuple[str, str]] = Counter()
    for outcome in {outcome.case: outcome for outcome in then.outcomes}.values():  # of each case the last
        today = shaped(outcome.case)
        if today is None:
            continue
        if not outcome.measured:
            dropped[outcome.model, "it had failed"] += 1
        elif reasons := [
            *changed(then.conditions[outcome.case], {**today.whole, **today.own}),
            *versions.differing(outcome),
        ]:
            more = [f"{len(reasons) - MOST_REASONS} more"] if len(reasons) > MOST_REASONS else []
            dropped[outcome.model, f"changed: {', '.join([*reasons[:MOST_REASONS], *more])}"] += 1
        else:
            standing[outcome.case] = outcome
    return standing, [f"resuming: {len(standing)} cases are taken from {path.name}", *_told(dropped)]


def whole_runs(standing: Mapping[Case, Outcome], asked: Iterable[Case]) -> dict[Case, Outcome]:
    """Those that stand still where all of what is `asked` of a run at a rate stands: its cases are of one run."""
    anew = {case.whole for case in asked if case.scenario != SCENARIO and case not in standing}
    return {case: outcome for case, outcome in standing.items() if case.whole not in anew}


class _Versions:
    """The versions of packages that the models' interpreters have today."""

    def __init__(self, interpreter: Callable[[str], str]) -> None:
        self._interpreter = interpreter
        self._found: dict[tuple[str, tuple[str, ...]], Mapping[str, str]] = {}

    def differing(self, outcome: Outcome) -> list[str]:
        place, names = self._interpreter(outcome.model), tuple(sorted(outcome.versions))
        if (place, names) not in self._found:
            today = environment.look((), names, place)
            self._found[place, names] = {**today.versions, "python": today.python}
        found = self._found[place, names]
        return [f"version of {name}" for name in names if outcome.versions[name] != found.get(name)]


def _told(dropped: Mapping[tuple[str, str], int]) -> Iterable[str]:
    for (model, reason), count in dropped.items():
        yield f"measured anew: {count} case{'s' * (count != 1)} of {model} ({reason})"


def _options(settings: Mapping[str, Any], normalizers: Mapping[str, str]) -> dict[str, str]:
    """What a run was told that must be equal, by the option as a user writes it."""
    told = {as_written(name): settings[name] for name in _EQUAL if name in settings}
    texts = {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in told.items()}
    return texts | {f"{as_written('normalizer')} of {corpus}": str(stamp) for corpus, stamp in normalizers.items()}


def _check_same(path: Path, then: Mapping[str, str], now: Mapping[str, str]) -> None:
    """What both runs were told must be equal; a corpus that only one has does not matter."""
    different = [name for name in then if name in now and then[name] != now[name]]
    if different:
        changes = ", ".join(f"{name} {then[name] or 'not given'}, now {now[name] or 'not given'}" for name in different)
        raise HistoryError(
            f"{path}: the interrupted run had {changes}; give the same options, or leave out --asr-resume"
        )
