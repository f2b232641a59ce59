"""The journal of the run under way: one JSON line per event, flushed before anything else happens with it.

A killed session costs at most the case under way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import TIMING, Case, Outcome, RunInfo
from pytest_asrbench.store import schema
from pytest_asrbench.store.earlier import current
from pytest_asrbench.store.serialized import outcome_from_dict, reason, to_dict
from pytest_asrbench.support import strict_json

JOURNAL = "journal.jsonl"


Conditions = Mapping[str, str]


class Shaped(NamedTuple):
    """What shapes an outcome: what is the same for all cases of its model and set, and what is of its case alone."""

    whole: Conditions
    own: Conditions


NOTHING = Shaped({}, {})


class Journalled(NamedTuple):
    """What a journal holds: the run's facts, every outcome in turn, whether the run was complete.

    conditions: what shaped the last outcome of each case, all of it.
    """

    info: Mapping[str, Any]
    outcomes: list[Outcome]
    complete: bool
    conditions: Mapping[Case, Conditions]


class Journal:
    """Appends to a run's journal. A failing disk is remembered in `failure` and does not stop the measuring."""

    def __init__(self, path: Path, info: RunInfo, *, resume: bool) -> None:
        self.path = path
        self.failure: OSError | None = None
        self._told: dict[Case, Conditions] = {}  # what stands in the file by now of all cases of a model and a set
        if resume:
            _mend_last_line(path)
        self._file: IO[bytes] = path.open("ab" if resume else "wb", buffering=0)
        self._write({"event": "resume" if resume else "run", "info": to_dict(info)})

    def append(self, outcome: Outcome, shaped: Shaped = NOTHING) -> None:
        """Write one outcome, and what shaped it; it survives the death of this process from here on."""
        whole = outcome.case.whole
        if shaped.whole and self._told.get(whole) != shaped.whole:
            self._told[whole] = shaped.whole
            self._write({"event": "conditions", "of": to_dict(whole), "conditions": dict(shaped.whole)})
        self._write({"event": "outcome", "outcome": to_dict(outcome), "conditions": dict(shaped.own)})

    def finish(self) -> None:
        """Mark the run as complete."""
        self._write({"event": "end"})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, event: Mapping[str, Any]) -> None:
        if self.failure is not None:
            return
        line = memoryview(strict_json.dumps(event).encode() + b"\n")
        try:
            while line:  # an unbuffered write may take a part only
                line = line[self._file.write(line) or 0 :]
        except OSError as error:
            self.failure = error


def read_journal(path: Path, timing: str | None = TIMING) -> Journalled:
    """Read a run's journal. timing: the definition of seconds that it must have to be resumed, None for any.

    The last line may have been cut by a crash and is dropped then. Raises HistoryError for a file that is no journal,
    or one whose figures do not go with those of this version.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise HistoryError(f"{path} does not exist: there is no interrupted run to resume in this folder") from None
    except OSError as error:
        raise HistoryError(f"{path} cannot be read ({error.strerror}): mend it, or run without --asr-resume") from error
    info: dict[str, Any] = {}
    outcomes: list[Outcome] = []
    conditions: dict[Case, Conditions] = {}
    shared: dict[Case, Conditions] = {}
    complete = False
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            event = json.loads(line)
            kind = event["event"]
            if kind in ("run", "resume"):
                info = event["info"]
                _check_versions(path, info, timing)
                _check_facts(info)
            elif kind == "outcome":
                outcomes.append(outcome_from_dict(current(event["outcome"])))
                case = outcomes[-1].case
                conditions[case] = {**shared.get(case.whole, {}), **event["conditions"]}
            elif kind == "conditions":
                shared[Case(**event["of"])] = dict(event["conditions"])
            complete = kind == "end"
        except HistoryError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            if number == lines[-1][0] and not content.endswith(b"\n"):
                break
            raise HistoryError(
                f"{path}, line {number} is no journal entry ({reason(error)}): delete the line, or run without "
                "--asr-resume"
            ) from None
    if not info:
        raise HistoryError(f"{path} does not begin as a journal does: run without --asr-resume, or in another folder")
    return Journalled(info, outcomes, complete, conditions)


def _check_facts(info: Mapping[str, Any]) -> None:
    """Raise TypeError where a part of the run's facts is no table that resuming reads."""
    for name, part in (("settings", info["settings"]), ("normalizers", info["normalizers"])):
        if not isinstance(part, dict):
            raise TypeError(f"{name} is no table")


def _check_versions(path: Path, info: Mapping[str, Any], timing: str | None) -> None:
    schema.check(path, info.get("schema"), "run without --asr-resume")
    if timing is not None and info.get("timing") != timing:
        raise HistoryError(
            f"{path} is of timing {info.get('timing')}, this version writes {timing}: it cannot be resumed; "
            "run without --asr-resume"
        )


def _mend_last_line(path: Path) -> None:
    """Make sure that the next line begins as one: a crash may have cut the last, or only its line end."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        content = file.read()
        rest = content[content.rfind(b"\n") + 1 :]
        if not rest:
            return
        try:
            json.loads(rest)
        except ValueError:
            file.truncate(len(content) - len(rest))
        else:
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
