"""Our own runs: the folders below `runs/` of a report folder, by name and newest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.store.baseline import Baseline
from pytest_asrbench.store.journal import JOURNAL
from pytest_asrbench.store.report_folder import LATEST, RUNS
from pytest_asrbench.store.results import RESULTS, Run, as_baseline, read_run
from pytest_asrbench.support.checks import hint

OPTION = "--asr-baseline"


def folders(root: Path, but: Path | None = None) -> list[Path]:
    """The folders of all runs in the report folder `root` that hold anything to read, newest first, `but` one."""
    found = (path for path in root.glob(f"{RUNS}/*") if path != but and _holds(path))
    return sorted(found, key=lambda path: path.name, reverse=True)


def named(root: Path, name: str, but: Path | None = None) -> Baseline:
    """The run that `name` means: its folder's name, the beginning of one alone, or "latest".

    Raises HistoryError for none or several, and for one that is damaged.
    """
    there = {path.name: path for path in folders(root, but)}
    if name == LATEST:
        chosen = list(there)[:1]
    else:
        chosen = [name] if name in there else [one for one in there if one.startswith(name)]
    if len(chosen) > 1:
        raise HistoryError(f"{OPTION}={name}: several runs in {root / RUNS} begin so, {', '.join(chosen)}: name one")
    if not chosen:
        raise HistoryError(
            f"{OPTION}={name}: there is no such file; name a saved run, or a results.json or its folder, or a run in "
            f"{root / RUNS}: {hint(name, [*there, LATEST]) if there else 'it holds none'}"
        )
    return as_baseline(read_run(there[chosen[0]]), f"{OPTION}={name}", chosen[0])


def holding(
    root: Path, models: Collection[str], but: Collection[str], tell: Callable[[str], None]
) -> Iterator[Baseline]:
    """The runs that measured any of `models`, newest first, but for A/Bs, against which nothing is held.

    but: names of runs that are left out. tell: is told why a run is passed over.
    """
    for path in folders(root):
        if path.name in but:
            continue
        try:
            run = read_run(path)
            if _models(run).isdisjoint(models) or run.settings.get("ab"):
                continue
            found = as_baseline(run, f"{OPTION}={path.name}", path.name)
        except HistoryError as error:
            tell(str(error))
            continue
        if found:
            yield found


def _models(run: Run) -> set[Any]:
    """The names of the models that a run was asked for."""
    found = run.settings.get("models")
    return set(found) if isinstance(found, dict) else set()


def _holds(path: Path) -> bool:
    with suppress(OSError):
        return (path / RESULTS).is_file() or (path / JOURNAL).is_file()
    return False
