"""Taking up an interrupted run: which of its outcomes stand, and whether this session asks for the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench import environment
from pytest_asrbench.errors import HistoryError
from pytest_asrbench.history import read_journal
from pytest_asrbench.plugin.conditions import Conditions, differing
from pytest_asrbench.records import Key, Outcome, RunInfo

MOST_REASONS = 4


def take_up(
    path: Path | None,
    now: RunInfo,
    conditions: Callable[[Key], Conditions | None],
    interpreter: Callable[[str], str],
) -> tuple[dict[Key, Outcome] | None, list[str]]:
    """Return the outcomes that stand (None: there is nothing to resume) and sentences for the summary.

    conditions: what shapes the answer of a case in this session, None for a case that it does not have. interpreter:
    that of a model. Cases that failed are tried again, and those whose answers something shaped that is different
    today are measured anew. Raises HistoryError if the options of the two sessions differ.
    """
    if path is None:
        return None, ["nothing to resume: no earlier run in this folder, starting anew"]
    then = read_journal(path)
    if then.complete:
        return None, ["nothing to resume: the last run was complete, starting anew"]
    _check_same(path, {**then.info["settings"], "normalizers": then.info["normalizers"]}, _settings(now))
    versions = _Versions(interpreter)
    standing: dict[Key, Outcome] = {}
    dropped: Counter[tuple[str, str]] = Counter()
    for outcome in {outcome.key: outcome for outcome in then.outcomes}.values():  # of each case the last
        today = conditions(outcome.key)
        if today is None:
            continue
        if not outcome.measured:
            dropped[outcome.model, "it had failed"] += 1
        elif reasons := [*differing(then.conditions[outcome.key], today), *versions.differing(outcome)]:
            more = [f"{len(reasons) - MOST_REASONS} more"] if len(reasons) > MOST_REASONS else []
            dropped[outcome.model, f"changed: {', '.join([*reasons[:MOST_REASONS], *more])}"] += 1
        else:
            standing[outcome.key] = outcome
    return standing, [f"resuming: {len(standing)} cases are taken from {path.name}", *_told(dropped)]


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


def _settings(info: RunInfo) -> dict[str, Any]:
    return {**info.settings, "normalizers": dict(info.normalizers)}


def _check_same(path: Path, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for name, value in then.items():
        if name not in ("models", "corpora") and now.get(name) != value:
            raise HistoryError(
                f"{path}: the interrupted run had {name} {value}, this one has {now.get(name)}; "
                "give the same options, or leave out --asr-resume"
            )
