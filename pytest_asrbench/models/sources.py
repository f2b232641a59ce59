"""Where a model's weights lie on this machine: where the user says, or in the cache of what was downloaded.

Nothing is downloaded unless that was asked for. A model that the lock file knows is taken at the locked commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import lockfile, repositories, weights
from pytest_asrbench.models.catalog import HubSource
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.hub_errors import amount
from pytest_asrbench.models.weights import Fetched

LOCK_FILE = "asrbench.lock"


@dataclass(frozen=True, slots=True)
class Source:
    """Weights that are ready: what the adapter is given, and where that came from ("owner/name@commit", or a path).

    options: the model's own, in which a folder on this machine stands for each repository.
    """

    path: str | None
    origin: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


def resolve(
    entry: ModelEntry,
    project: Path,
    *,
    download: bool = False,
    offline: bool = False,
    cache: Path | None = None,
    check: Callable[[Path], None] | None = None,
) -> Source:
    """Return the weights of `entry`, downloading them if `download` is set and they are incomplete.

    `project` holds the lock file; `check` is that of `weights.fetch`. Raises WeightsError whose sentence names the
    command that mends it.
    """
    take = partial(_take, entry, project / LOCK_FILE, download=download, offline=offline, cache=cache)
    named = repositories.of_options(entry.options)
    options = {**entry.options, **{key: str(take(f"{entry.names[-1]}[{key}]", hub).path) for key, hub in named.items()}}
    if entry.source is not None or entry.hub is None:
        return Source(entry.source, entry.source or "", options)
    found = take(entry.names[-1], entry.hub, check=check)
    return Source(str(found.path / entry.hub.path), f"{entry.hub.repo}@{found.commit}", options)


def _take(
    entry: ModelEntry,
    lock: Path,
    name: str,
    hub: HubSource,
    *,
    download: bool,
    offline: bool,
    cache: Path | None,
    check: Callable[[Path], None] | None = None,
) -> Fetched:
    """Return the files of one repository, which the lock file knows under `name`."""
    revision = lockfile.pinned(lock, name, hub.repo, hub.revision) or hub.revision
    found = weights.locate(hub.repo, hub.files, revision, cache=cache, allow_pickle=hub.allow_pickle)
    if found is None and not download:
        size = f" ({amount(hub.bytes)})" if hub.bytes else ""
        what, asked = ("files", f'"{entry.name}"') if "[" in name else ("weights", name)
        raise WeightsError(
            f"{entry.name}: the {what} of {hub.repo}{size} are not on this machine: "
            f"run `pytest-asrbench download {asked}`, or add --asr-download"
        )
    if found is None:
        found = weights.fetch(
            name,
            hub.repo,
            hub.files,
            revision,
            optional=hub.optional,
            cache=cache,
            offline=offline,
            allow_pickle=hub.allow_pickle,
            check=check,
        )
    if download:
        lockfile.record(lock, name, lockfile.Locked(hub.repo, hub.revision, found.commit, found.files))
    return found
