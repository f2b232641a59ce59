"""Tables and paragraphs for the terminal: coloured and fitted there, plain and complete in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def console(stderr: bool = False) -> Console:
    """Return a console that writes words as they are: no markup, no automatic colours, no wrapping in a pipe."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(
        stderr=stderr, highlight=False, markup=False, emoji=False, width=width, soft_wrap=not stream.isatty()
    )


def table(
    to: Console, columns: Sequence[str], rows: Sequence[Sequence[str | Text]], expendable: Sequence[str] = ()
) -> None:
    """Print a table; where the terminal is too narrow, `expendable` columns go first, then long cells are wrapped."""
    kept = list(range(len(columns)))
    for name in expendable:
        if to.is_terminal and _width(columns, rows, kept) > to.width:
            kept.remove(columns.index(name))
    grid = Table(box=box.SIMPLE_HEAD if to.is_terminal else None, pad_edge=False, header_style="bold")
    for index in kept:
        grid.add_column(columns[index], overflow="fold", no_wrap=index == kept[0])
    for row in rows:
        grid.add_row(*(row[index] for index in kept))
    if to.is_terminal:
        to.print(grid)
        return
    with to.capture() as captured:
        to.print(grid)
    to.print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _width(columns: Sequence[str], rows: Sequence[Sequence[str | Text]], kept: Sequence[int]) -> int:
    return sum(max(len(columns[i]), *(len(row[i]) for row in rows), 0) + 3 for i in kept)
