"""The journal of the run under way: one JSON line per event, flushed before anything else happens with it.

A killed session costs at most the case under way.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pytest_asrbench import strict_json
from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import SCHEMA, TIMING, Outcome, RunInfo, outcome_from_dict, to_dict

JOURNAL = "journal.jsonl"


class Journal:
    """Appends to a run's journal. A failing disk is remembered in `failure` and does not stop the measuring."""

    def __init__(self, path: Path, info: RunInfo, *, resume: bool) -> None:
        self.path = path
        self.failure: OSError | None = None
        if resume:
            _mend_last_line(path)
        else:
            _keep_interrupted(path)
        self._file: IO[bytes] = path.open("ab" if resume else "wb", buffering=0)
        self._write({"event": "resume" if resume else "run", "info": to_dict(info)})

    def append(self, outcome: Outcome) -> None:
        """Write one outcome; it survives the death of this process from here on."""
        self._write({"event": "outcome", "outcome": to_dict(outcome)})

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


def read_journal(path: Path) -> tuple[dict[str, Any], list[Outcome], bool]:
    """Return the run's info, its outcomes and whether it was complete.

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
    complete = False
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    for number, line in lines:
        try:
            event = json.loads(line)
            kind = event["event"]
            if kind in ("run", "resume"):
                info = dict(event["info"])
                _check_versions(path, info)
            elif kind == "outcome":
                outcomes.append(outcome_from_dict(event["outcome"]))
            complete = kind == "end"
        except HistoryError:
            raise
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            if number == lines[-1][0]:
                break
            raise HistoryError(
                f"{path}, line {number} is no journal entry ({error}): delete the file, or run without --asr-resume"
            ) from None
    if not info:
        raise HistoryError(f"{path} does not begin as a journal does: run without --asr-resume, or in another folder")
    return info, outcomes, complete


def _check_versions(path: Path, info: Mapping[str, Any]) -> None:
    for name, ours in (("schema", SCHEMA), ("timing", TIMING)):
        if info.get(name) != ours:
            raise HistoryError(
                f"{path} is of {name} {info.get(name)}, this version writes {ours}: it cannot be resumed; "
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


def _keep_interrupted(path: Path) -> None:
    """Move the journal of an interrupted run aside instead of overwriting what only it holds."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - 64))
            interrupted = size > 0 and b'"event": "end"' not in file.read(64)
    except OSError:
        return
    if interrupted:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(path.stat().st_mtime))
        aside = path.with_name(f"journal-interrupted-{stamp}.jsonl")
        number = 2
        while aside.exists():
            aside = path.with_name(f"journal-interrupted-{stamp}-{number}.jsonl")
            number += 1
        path.replace(aside)
