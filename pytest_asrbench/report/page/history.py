"""The history that a page shows: the saved runs of its models and corpora, as `store.changes.series` tells them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_asrbench.errors import HistoryError

if TYPE_CHECKING:
    from pytest_asrbench.store.runs import Run

MAX_POINTS = 200  # runs of one model on one corpus; more than a chart can tell apart


def history(
    folder: Path, wanted: Collection[tuple[str, str]], max_bytes: int | None = None, own: Run | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the series of `wanted` (model, corpus) below the storage `folder`, and notes on what was left out.

    max_bytes: of files to read, newest first; None: all of them. own: a run that need not be read. A file that cannot
    be used is a note.
    """
    from pytest_asrbench.store.changes import series
    from pytest_asrbench.store.files import saved_files
    from pytest_asrbench.store.runs import read_run

    runs = [] if own is None else [own]
    files = [path for path in saved_files(folder) if own is None or path.relative_to(folder).as_posix() != own.file]
    chosen = files if max_bytes is None else _newest(files, max_bytes)
    notes = []
    if len(chosen) < len(files):
        shown, every = len(chosen) + len(runs), len(files) + len(runs)
        which = f"the last {shown}" if shown > 1 else "the last one" if shown else "none"
        notes.append(f"The history shows {which} of {every} saved runs; pytest-asrbench report reads them all.")
    for path in chosen:
        try:
            run = read_run(path, folder)
        except HistoryError as error:
            notes.append(f"Left out of the history: {error}.")
            continue
        if run is not None:
            runs.append(run)
    runs.sort(key=lambda run: (run.datetime, run.file))
    found = [one.to_dict() for one in series(runs) if (one.model, one.corpus) in wanted]
    return [one | {"points": one["points"][-MAX_POINTS:]} for one in found], notes


def _newest(files: list[Path], max_bytes: int) -> list[Path]:
    chosen: list[Path] = []
    size = 0
    for path in sorted(files, key=_modified, reverse=True):
        try:
            size += path.stat().st_size
        except OSError:
            continue
        if size > max_bytes:
            break
        chosen.append(path)
    return sorted(chosen)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
