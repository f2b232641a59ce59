"""Files of answers: results of ours, manifests with `pred_text`, and tables."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.decoding.content import is_text
from pytest_asrbench.corpus.listing import json_lines, text_lines
from pytest_asrbench.engine.transcripts.rows import CLIPS, TEXTS, Content, content
from pytest_asrbench.errors import AsrBenchError, UsageError
from pytest_asrbench.records import Outcome
from pytest_asrbench.store import JOURNAL, results

_HEAD = 512  # bytes that tell what a file is
_RESULTS = re.compile(rb'\s*\{\s*"run"\s*:')
_FORMULA = re.compile(r"'(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")  # what our tables put before such a sign
_UNANSWERED = ("status", "OK")  # a column of our tables, and what it says of an answer

Entries = Iterator[tuple[str, Any]]


def read(path: Path) -> Content:
    """Read a file of answers, or a report folder; raises UsageError for what is none."""
    try:
        found = content(_entries(path))
    except UsageError:
        raise
    except AsrBenchError as error:
        raise UsageError(str(error)) from error
    if not found.rows:
        first = f" ({found.problems[0]})" if found.problems else ""
        raise UsageError(f"{path} holds no answers{first}: name a table or manifest that has a clip and a text a line")
    return found


def _entries(path: Path) -> Entries:
    if path.is_dir() or path.name == JOURNAL:
        return _outcomes(path)
    if not path.exists():
        raise UsageError(f"{path} does not exist: name the file of the answers")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): mend its permissions") from error
    if _RESULTS.match(head):
        return _outcomes(path)
    packed = head.startswith(b"\x1f\x8b")
    if packed or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return json_lines.entries(path, manifest=False)
    if not is_text(head):
        raise UsageError(f"{path} is no text in UTF-8: name the file of the answers, or save it as UTF-8")
    return _table(path)


def _outcomes(path: Path) -> Entries:
    """The answers of a run of ours; what it did not answer is missing here, too."""
    run = results.read_run(path)
    return ((f"{path}, {one.case.clip}", _answer(one)) for one in run.outcomes() if one.measured)


def _answer(one: Outcome) -> dict[str, Any]:
    names = ("snippet", "corpus", "task", "model", "transcript", "reference")
    return {name: getattr(one, name) for name in names}


def _table(path: Path) -> Entries:
    """The rows of a table: ours, one whose columns have names that are known, or two columns, clip and text."""
    with text_lines.opened(path) as file:
        first = file.readline()
        file.seek(0)
        tabs = path.suffix.lower() == ".tsv" or ("\t" in first and path.suffix.lower() != ".csv")
        quoting: Any = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
        reader = csv.reader(file, delimiter="\t" if tabs else ",", quoting=quoting)
        top = [cell.strip() for cell in next(reader, [])]
        heading = _heading(path, top)
        numbered = ((reader.line_num, row) for row in reader if row)
        for line, row in numbered if heading != _BARE else chain([(1, top)], numbered):
            where = f"{path}, line {line}"
            yield where, text_lines.not_utf8("".join(row)) or _named(heading, row)


_BARE = ("id", "text")


def _heading(path: Path, top: Sequence[str]) -> Sequence[str]:
    """The names of the columns; raises UsageError where nobody can tell which is which."""
    names = [cell.lower() for cell in top]
    if not {*names}.isdisjoint(CLIPS) and not {*names}.isdisjoint(TEXTS):
        return names
    if len(top) == len(_BARE):
        return _BARE
    shown = ", ".join(cell[:40] for cell in top[:12]) or "nothing"
    raise UsageError(
        f"{path} has {shown} in its first line: a table of answers has two columns, the clip and the text, or a "
        f"heading with id (or audio_filepath) and {TEXTS[0]}"
    )


def _named(heading: Sequence[str], row: Sequence[str]) -> dict[str, str | None] | ValueError:
    if len(row) != len(heading):
        return ValueError(f"{len(row)} cells, and {len(heading)} columns: quote those that hold the delimiter")
    values: dict[str, str | None] = {name: _FORMULA.sub("", cell, 1) for name, cell in zip(heading, row, strict=True)}
    column, answered = _UNANSWERED
    if values.get(column, answered) != answered:
        values |= dict.fromkeys((name for name in TEXTS if name in values), None)
    return values
