"""Exports of a list of models: raw and processed, JSON and CSV, under the time at which they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError, ReportError
from pytest_asrbench.store.files import read_json
from pytest_asrbench.support import atomic, spreadsheet, strict_json

_STAMP = "%Y%m%dT%H%M%SZ"
_PROCESSED = "models-????????T??????Z.json"
_REMEDY = "make room, or name another folder with --output"
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Export:
    """A processed export, read again. name: of its file; where: who was asked."""

    name: str
    where: str
    rows: Rows


def write_exports(folder: Path, time: datetime, where: str, raw: Rows, rows: Rows) -> list[Path]:
    """Write the four files into `folder`; raises ReportError. time: in UTC."""
    stem = f"models-{time.strftime(_STAMP)}"
    head = {"where": where, "time": time.isoformat(timespec="seconds")}
    flat = [{name: _cell(value) for name, value in one.items()} for one in raw]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"cannot make {folder} ({error.strerror}): {_REMEDY}") from error
    files = {
        f"{stem}-raw.json": _json({**head, "models": list(raw)}),
        f"{stem}-raw.csv": _csv(flat),
        f"{stem}.csv": _csv(rows),
        f"{stem}.json": _json({**head, "models": list(rows)}),  # the last: where it is, the others are
    }
    return [atomic.replace(folder / name, write, _REMEDY) for name, write in files.items()]


def last_export(folder: Path) -> Export | None:
    """Return the newest processed export of a folder; None if there is none. Raises HistoryError if it is damaged."""
    path = max(folder.glob(_PROCESSED), key=lambda one: one.name, default=None)
    if path is None:
        return None
    content = read_json(path)
    rows = content.get("models") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(one, dict) and "repo" in one for one in rows):
        raise HistoryError(f"{path} is no export of models: move it away")
    return Export(path.name, str(content.get("where", "")), rows)


def _json(content: Mapping[str, Any]) -> Callable[[TextIOWrapper], None]:
    def write(file: TextIOWrapper) -> None:
        file.write(strict_json.dumps(content, indent=1) + "\n")

    return write


def _csv(rows: Rows) -> Callable[[TextIOWrapper], None]:
    return lambda file: spreadsheet.write(file, rows)


def _cell(value: Any) -> Any:
    """A value of one cell: tables and lists as JSON."""
    return strict_json.dumps(value) if isinstance(value, (Mapping, list, tuple)) else value
