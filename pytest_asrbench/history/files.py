"""Saved runs as files, `.benchmarks/MACHINE/NNNN_NAME.json`: pytest-benchmark's storage, and what can be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError

DEFAULT_STORAGE = "./.benchmarks"
_SAVED = "[0-9][0-9][0-9][0-9]_*.json"


def storage_folder(storage: str) -> Path:
    """The folder that pytest-benchmark's `--benchmark-storage` means: a path or `file://PATH`.

    Raises HistoryError for a storage of another kind, whose runs are not files.
    """
    scheme, found, path = storage.partition("://")
    if not found:
        return Path(storage)
    if scheme != "file":
        raise HistoryError(f"{storage} is no folder: only runs that are saved as files can be read, write file://PATH")
    return Path(path)


def saved_files(folder: Path) -> list[Path]:
    """The saved runs below a storage folder, of all its machines, by name; none if there is no such folder."""
    return sorted([*folder.glob(_SAVED), *folder.glob(f"*/{_SAVED}")], key=lambda path: (path.parent.name, path.name))


def read_document(path: Path) -> dict[str, Any]:
    """Read a saved run: an object whose `benchmarks` is a list of objects. Raises HistoryError naming the file."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise HistoryError(f"{path} cannot be read ({error.strerror}): mend it, or move it away") from error
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{path} is damaged, it is no JSON ({error}): restore it, or delete it") from None
    if not isinstance(content, dict) or not isinstance(content.get("benchmarks"), list):
        raise HistoryError(f"{path} is no saved run of pytest-benchmark: move it out of its storage")
    if not all(isinstance(benchmark, Mapping) for benchmark in content["benchmarks"]):
        raise HistoryError(f"{path} is damaged, a benchmark in it is no object: restore it, or delete it")
    return content


def infos(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The `extra_info` of each benchmark that has one."""
    found = (benchmark.get("extra_info") for benchmark in document["benchmarks"])
    return [info for info in found if isinstance(info, Mapping)]
