"""CSV that is meant for spreadsheets: cells that one would take for a formula are defused."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import IO, Any

_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # full-width, too


def cell(value: Any) -> Any:
    """Return a value as a cell that is read as it is: None as an empty one, no text as a formula."""
    if not isinstance(value, str) or not value:
        return value
    if "\x00" in value:
        value = value.replace("\x00", "\ufffd")
    # A leading apostrophe makes a spreadsheet show the text instead of computing it.
    return f"'{value}" if value[0] in _FORMULA_STARTS else value


def write(file: IO[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, under the names that any of them has."""
    writer = csv.writer(file, lineterminator="\n")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer.writerow(names)
    writer.writerows([cell(row.get(name)) for name in names] for row in rows)
