"""One table in the form that is asked for: for people, for a spreadsheet, for a program, for a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from pytest_asrbench.cli.terminal import table
from pytest_asrbench.report.markdown import escape
from pytest_asrbench.support import spreadsheet, strict_json

FORMATS = ("table", "csv", "json", "markdown")
Row = Mapping[str, Any]
Columns = Mapping[str, Callable[[Row], str | Text]]


def show(form: str, to: Console, rows: Iterable[Row], columns: Columns, expendable: Sequence[str] = ()) -> None:
    """Print rows. columns: what people read, by heading; programs get the whole rows."""
    found = list(rows)
    if form == "json":
        print(strict_json.dumps(found, indent=2))
    elif form == "csv":
        spreadsheet.write(sys.stdout, found)
    elif form == "markdown":
        print("\n".join(_markdown(found, columns)))
    else:
        cells = [[column(row) for column in columns.values()] for row in found]
        table(to, list(columns), cells, expendable)


def _markdown(rows: Iterable[Row], columns: Columns) -> Iterator[str]:
    yield f"| {' | '.join(map(escape, columns))} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(escape(column(row)) for column in columns.values())} |"
