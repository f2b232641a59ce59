"""Taking up an interrupted run: which of its outcomes stand, and whether this session asks for the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.history import read_journal
from pytest_asrbench.records import Outcome, RunInfo
from pytest_asrbench.totals import Counts, counts_as


def take_up(path: Path, now: RunInfo) -> tuple[list[Outcome] | None, str]:
    """Return the outcomes that stand (None: there is nothing to resume) and a sentence for the summary.

    Outcomes of a model that is defined differently today are measured anew, and so is what was never run. Raises
    HistoryError if the options differ.
    """
    if not path.exists():
        return None, "nothing to resume: no earlier run in this folder, starting anew"
    info, outcomes, complete = read_journal(path)
    if complete:
        return None, "nothing to resume: the last run was complete, starting anew"
    _check_same(path, {**info["settings"], "normalizers": info["normalizers"]}, _settings(now))
    models: Mapping[str, Any] = info["settings"]["models"]
    changed = {name for name, facts in now.settings["models"].items() if models.get(name, facts) != facts}
    standing = [one for one in outcomes if one.model not in changed and counts_as(one) is not Counts.NOT_RUN]
    return standing, f"resuming: {len(standing)} cases are taken from {path.name}"


def _settings(info: RunInfo) -> dict[str, Any]:
    return {**info.settings, "normalizers": dict(info.normalizers)}


def _check_same(path: Path, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for name, value in then.items():
        if name not in ("models", "corpora") and now.get(name) != value:
            raise HistoryError(
                f"{path}: the interrupted run had {name} {value}, this one has {now.get(name)}; "
                "give the same options, or leave out --asr-resume"
            )
