"""A table as a terminal shows it. Data in, lines of text out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

LEFT = ("Model", "Corpus", "Load")  # columns of texts


def width(rows: Sequence[Mapping[str, str]]) -> int:
    """How many characters a line of these rows takes."""
    from rich.cells import cell_len

    names = list(rows[0]) if rows else []
    return sum(max(len(name), *(cell_len(row[name]) for row in rows)) + 3 for name in names)


def lines(rows: Sequence[Mapping[str, str]], *, color: bool, bad: Sequence[bool] = ()) -> list[str]:
    """The rows, all with the same columns, under their headings. bad: whether each is one of which something failed."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in rows[0] if rows else ():
        grid.add_column(name, justify="left" if name in LEFT else "right", no_wrap=True)
    for number, row in enumerate(rows):
        grid.add_row(*(Text(cell) for cell in row.values()), style="red" if bad and bad[number] else None)
    text = io.StringIO()
    console = Console(
        file=text,
        width=max(width(rows), 40),
        force_terminal=color,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(grid)
    return [line.rstrip() for line in text.getvalue().splitlines() if line.strip()]
