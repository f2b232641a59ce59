"""From the names on the command line to tasks: a path, a project's own by name, or one that a package brings along."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.records import TASK
from pytest_asrbench.support import entry_points
from pytest_asrbench.support.checks import hint
from pytest_asrbench.support.project import CONFIG_FILES, tables
from pytest_asrbench.tasks.task import Task, read

GROUP = "pytest_asrbench.tasks"


def load(names: Iterable[str], project: Path, here: Path) -> dict[str, Task]:
    """Return the tasks that the user named, by their names; raises UsageError.

    project: the folder with the configuration. A path is meant from `here`, or else from there.
    """
    own = {name: (table, path) for path in _configurations(project) for name, table in _own(path).items()}
    found: dict[str, Task] = {}
    for name in dict.fromkeys(names):
        task = _task(name, own, project, here)
        if task.name in found:
            raise UsageError(f"--asr-task: two tasks are called {task.name!r}: give one of the files another name")
        found[task.name] = task
    return found


def _task(name: str, own: dict[str, tuple[Any, Path]], project: Path, here: Path) -> Task:
    if name.endswith(".toml") or "/" in name or "\\" in name:
        path = here / name if (here / name).exists() else project / name
        return read(path.stem, _parsed(path), str(path), path.parent)
    if name in own:
        table, path = own[name]
        return read(name, table, str(path), path.parent)
    installed = entry_points.offered(GROUP)
    if name not in installed:
        known = {TASK, *installed, *own}
        raise UsageError(
            f"unknown task {name!r}; {hint(name, known)} A task of your own is named by its path: ./x.toml"
        )
    return installed_task(installed[name])


def installed_task(point: metadata.EntryPoint) -> Task:
    """The task of a package: its entry point names the package and a TOML file in it, `package:file.toml`.

    Raises UsageError.
    """
    where = f"the task {point.name} of {point.value}"
    try:
        folder = resources.files(point.module)
        table = tomllib.loads((folder / point.attr).read_text("utf-8"))
    except AttributeError:  # entry points are made for objects
        raise UsageError(
            f"{where}: the file's name should have no sign but letters, digits and _ before .toml"
        ) from None
    except (OSError, ImportError, TypeError, ValueError) as error:
        raise UsageError(f"{where} cannot be read ({error}): install its package anew") from None
    return read(point.name, table, where, folder)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--asr-task={path} cannot be read ({error.strerror}): name a TOML file") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise UsageError(f"{path} is no valid TOML ({error}): correct it") from None


def _configurations(project: Path) -> list[Path]:
    return [project / name for name in CONFIG_FILES]


def _own(path: Path) -> dict[str, Any]:
    """The tables [tasks.NAME] of a configuration file."""
    found = tables(path, "tasks")
    for name, table in found.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: the task {name!r} is no table: write [tasks.{name}]")
    return found
