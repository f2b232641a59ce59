"""Saved runs as files, `.benchmarks/MACHINE/NNNN_NAME.json`: pytest-benchmark's storage, and what can be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import SCHEMA
from pytest_asrbench.store import schema
from pytest_asrbench.store.baseline import Baseline, Facts, unmeasured
from pytest_asrbench.store.places import machine_of, platform_name, platform_of_folder
from pytest_asrbench.store.reading import read_entry
from pytest_asrbench.support.checks import is_number, is_text

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
    return as_document(path, read_json(path))


def read_json(path: Path) -> Any:
    """Read a JSON file; raises HistoryError naming it."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise HistoryError(f"{path} cannot be read ({error.strerror}): mend it, or move it away") from error
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{path} is damaged, it is no JSON ({error}): restore it, or delete it") from None


def as_document(path: Path, content: Any) -> dict[str, Any]:
    """Return what `path` holds as a saved run, as `read_document` does."""
    if not isinstance(content, dict) or not isinstance(content.get("benchmarks"), list):
        raise HistoryError(f"{path} is no saved run of pytest-benchmark: move it out of its storage")
    if not all(isinstance(benchmark, Mapping) for benchmark in content["benchmarks"]):
        raise HistoryError(f"{path} is damaged, a benchmark in it is no object: restore it, or delete it")
    schema.check(path, _ours(content).get("schema", FIRST))
    return content


def infos(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The `extra_info` of each benchmark that has one, and what nobody timed."""
    found = (benchmark.get("extra_info") for benchmark in (*document["benchmarks"], *_untimed(document)))
    return [info for info in found if isinstance(info, Mapping)]


_STATS = ("min", "max", "mean", "stddev", "median", "iqr", "rounds", "iterations")


def check_loadable(path: Path, document: Mapping[str, Any]) -> None:
    """See to it that pytest-benchmark can load and tabulate `document`; it ends in a traceback where it cannot.

    Raises HistoryError naming the file.
    """
    if not isinstance(document.get("machine_info"), Mapping):
        raise HistoryError(f"{path} is damaged, it tells no machine: restore it, or delete it")
    for benchmark in document["benchmarks"]:
        name, stats = benchmark.get("fullname"), benchmark.get("stats")
        if not is_text(name):
            raise HistoryError(f"{path} is damaged, a benchmark in it has no name: restore it, or delete it")
        if not isinstance(stats, Mapping) or not all(is_number(stats.get(key)) for key in _STATS):
            raise HistoryError(f"{path} is damaged, the figures of {name} are not complete: restore it, or delete it")


OURS = "asrbench"  # what we add to a saved run, beside its benchmarks
FIRST = 1  # the schema of runs that do not tell theirs


def added(
    run: str, unmeasured: Sequence[Mapping[str, Any]], untimed: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """What stands in a saved run under OURS; run: its name, unmeasured: as `unmeasured_record` has it.

    untimed: the `extra_info` of answers without seconds, which cannot be benchmarks.
    """
    told = {"schema": SCHEMA, "run": run, "unmeasured": list(unmeasured)}
    return {**told, "untimed": list(untimed)} if untimed else told


def baseline_of(path: Path, document: Mapping[str, Any], source: str, option: str = "") -> Baseline | None:
    """Return a saved run as a baseline that is called `source`; None if it holds no measurement of ours.

    option: how a user names it. Raises HistoryError naming the file if it is damaged.
    """
    if not holds_entries(document):
        return None
    check_loadable(path, document)
    machine, ours = document["machine_info"], _ours(document)
    told = platform_name(*(machine.get(n) for n in ("system", "python_implementation", "python_version")))
    facts = Facts(
        unmeasured=unmeasured(ours.get("unmeasured")),
        # The folder is pytest-benchmark's word for it; a file may have been moved to where it would be found.
        platforms=frozenset(filter(None, (told, platform_of_folder(path.parent.name)))),
        option=option,
        machine=machine_of(machine.get("asrbench") or {}),
        run=str(ours.get("run", "")),
    )
    return Baseline(source, [*document["benchmarks"], *_untimed(document)], facts)


def _ours(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get(OURS)
    return found if isinstance(found, Mapping) else {}


def _untimed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What nobody timed, in the form of benchmarks."""
    found = _ours(document).get("untimed")
    return [{"extra_info": one} for one in found] if isinstance(found, list) else []


def holds_entries(document: Mapping[str, Any]) -> bool:
    """Whether a run has a snippet measured by us; one whose values are damaged counts."""
    for info in infos(document):
        try:
            if read_entry(info) is not None:
                return True
        except ValueError:
            return True
    return False
