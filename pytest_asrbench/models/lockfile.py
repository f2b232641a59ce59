"""`asrbench.lock`: which commit of which repository each model's weights came from.

A JSON file for version control: models sorted by name, one entry each, written anew as a whole.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.support import atomic
from pytest_asrbench.support.checks import is_commit

NAME = "asrbench.lock"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Locked:
    """One model's weights: repository, the revision asked for, the commit that it was, and the files' sizes.

    revision: None where the repository's default branch was asked for. date: when it was recorded, ISO 8601, UTC.
    """

    repo: str
    revision: str | None
    commit: str
    files: Mapping[str, int]
    date: str = ""

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(self.files.values())


def read(path: Path) -> dict[str, Locked]:
    """Return the entries by model name, none if there is no such file. Raises WeightsError for anything else."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); mend it or delete it.") from error
    try:
        content = json.loads(text)
        version = content["version"]
        entries = {name: _entry(entry) for name, entry in content["models"].items()} if version == VERSION else {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise WeightsError(
            f"{path} is no lock file of asrbench ({reprlib.repr(error)}); mend it or delete it."
        ) from error
    if version != VERSION:
        raise WeightsError(f"{path} has version {reprlib.repr(version)}, this program writes {VERSION}: update it.")
    return entries


def record(path: Path, name: str, locked: Locked) -> None:
    """Write or replace one model's entry, dated now unless nothing about it has changed.

    Raises WeightsError if the file is not a lock file or cannot be written.
    """
    entries = read(path)
    old = entries.get(name)
    same = old is not None and (old.repo, old.revision, old.commit, old.files) == (
        locked.repo,
        locked.revision,
        locked.commit,
        locked.files,
    )
    if same:
        return
    entries[name] = Locked(
        locked.repo, locked.revision, locked.commit, dict(locked.files), datetime.now(UTC).isoformat(timespec="seconds")
    )
    models = {name: {**asdict(entry), "bytes": entry.bytes} for name, entry in sorted(entries.items())}
    _write(path, json.dumps({"version": VERSION, "models": models}, indent=2) + "\n")


def pinned(path: Path, name: str, repo: str, revision: str | None) -> str | None:
    """Return the commit that the lock file holds for this model, if it was asked for in the same way."""
    locked = read(path).get(name)
    if locked is None or (locked.repo, locked.revision) != (repo, revision):
        return None
    return locked.commit


def _entry(entry: Mapping[str, object]) -> Locked:
    files, revision, commit = entry["files"], entry["revision"], entry["commit"]
    if not isinstance(files, dict) or not all(type(size) is int for size in files.values()):
        raise TypeError("files is no table of sizes")
    if not all(isinstance(text, str) for text in (entry["repo"], commit, entry["date"], revision or "")):
        raise TypeError("repo, revision, commit and date are texts")
    if not is_commit(commit):
        raise ValueError(f"{reprlib.repr(commit)} is no commit")
    return Locked(
        str(entry["repo"]), None if revision is None else str(revision), str(commit), files, str(entry["date"])
    )


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that no reader and no interruption sees half of it."""
    try:
        with atomic.beside(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise WeightsError(f"{path} cannot be written ({error}); the weights themselves are complete.") from error
