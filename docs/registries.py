"""Reference pages, made from what the package itself goes by: options, fixtures, hooks, columns, models, entries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path

from pytest_asrbench.metrics import registry
from pytest_asrbench.models import entry
from pytest_asrbench.plugin import fixtures, hookspecs
from pytest_asrbench.plugin.options import OPTIONS
from pytest_asrbench.report import results
from pytest_asrbench.tasks import registry as tasks


def options() -> Iterator[str]:
    """Every option: on the command line, in configuration files, what it takes, what it does."""
    yield "# Options by name\n\n[What they mean, with defaults](../options.md).\n"
    rows = (
        (
            f"`{one.switch}{f'={one.metavar}' if one.metavar else ''}`",
            f"`{one.name}`" if one.ini else "–",
            one.help.replace("%%", "%"),
        )
        for one in OPTIONS
    )
    yield from _table(("option", "in a configuration", "meaning"), rows)


def interface() -> Iterator[str]:
    """Fixtures and hooks, by their docstrings."""
    yield "# Fixtures and hooks\n\n[How they are used](../own-tests.md).\n\n## Fixtures by name\n"
    for name in sorted(name for name in vars(fixtures) if name.startswith("asr_")):
        yield f"### `{name}`\n\n{inspect.getdoc(_function(getattr(fixtures, name)))}\n"
    yield "## Hooks by name\n"
    for name in sorted(name for name in vars(hookspecs) if name.startswith("pytest_asrbench_")):
        hook = getattr(hookspecs, name)
        yield f"### `{name}`\n\n```python\ndef {name}{inspect.signature(hook)}: ...\n```\n\n{inspect.getdoc(hook)}\n"


def columns() -> Iterator[str]:
    """The columns of results.csv, in order."""
    yield "# Columns of results.csv\n\n[What they mean](../reports.md#result-files). The first ten stay as they are.\n"
    yield from _table(
        ("number", "column"), ((str(number), f"`{name}`") for number, name in enumerate(results.columns(), 1))
    )


def metrics() -> Iterator[str]:
    """What is counted."""
    yield "# Metrics\n\n[How they are made](../numbers.md), [how to add one](../extending.md#a-metric).\n"
    rows = ((f"`{n}`", one.title, one.unit, one.better, one.meaning) for n, one in registry.installed().items())
    yield from _table(("name", "title", "unit", "better", "what is divided by what"), rows)


def models() -> Iterator[str]:
    """The catalogue."""
    yield "# Models of the catalogue\n\n[How to choose one](../models.md).\n"
    rows = (
        (
            f"`{name}`",
            f"`{one.adapter}`",
            one.parameters,
            one.licence,
            one.description,
        )
        for name, one in sorted(entry.catalogue().items())
    )
    yield from _table(("model", "adapter", "parameters", "licence", "description"), rows)


def entry_points() -> Iterator[str]:
    """What the package adds to its own seams by entry points, which others can use in the same way."""
    yield "# Entry points\n\n[How to add to them](../extending.md).\n"
    found = metadata.distribution("pytest-asrbench").entry_points
    for group in sorted({one.group for one in found if one.group.startswith("pytest_asrbench.")}):
        yield f"## `{group}`\n"
        rows = ((f"`{one.name}`", f"`{one.value}`", _about(one)) for one in found.select(group=group))
        yield from _table(("name", "object", ""), sorted(rows))


def _about(point: metadata.EntryPoint) -> str:
    """What an entry is, in a line; a task is data, and says so itself."""
    if point.group == tasks.GROUP:
        return tasks.installed_task(point).description
    return (inspect.getdoc(point.load()) or "").partition("\n")[0]


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "options": options,
    "interface": interface,
    "columns": columns,
    "metrics": metrics,
    "models": models,
    "entry_points": entry_points,
}


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in PAGES.items():
        (folder / f"{name}.md").write_text("\n".join(lines()) + "\n", "utf-8")


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _function(fixture: object) -> object:
    """The function behind a fixture."""
    return inspect.unwrap(fixture) if callable(fixture) else fixture
