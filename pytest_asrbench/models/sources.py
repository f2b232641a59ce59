"""Where a model's weights lie on this machine: where the user says, or in the cache of what was downloaded.

Nothing is downloaded unless that was asked for. A model that the lock file knows is taken at the locked commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import lockfile, weights
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.hub_errors import amount

LOCK_FILE = "asrbench.lock"


@dataclass(frozen=True, slots=True)
class Source:
    """Weights that are ready: what the adapter is given, and where that came from ("owner/name@commit", or a path)."""

    path: str | None
    origin: str


def resolve(
    entry: ModelEntry, project: Path, *, download: bool = False, offline: bool = False, cache: Path | None = None
) -> Source:
    """Return the weights of `entry`, downloading them if `download` is set and they are incomplete.

    `project` holds the lock file. Raises WeightsError whose sentence names the command that mends it.
    """
    hub = entry.hub
    if entry.source is not None or hub is None:
        return Source(entry.source, entry.source or "")
    name = entry.names[-1]
    lock = project / LOCK_FILE
    revision = lockfile.pinned(lock, name, hub.repo, hub.revision) or hub.revision
    found = weights.locate(hub.repo, hub.files, revision, cache=cache, allow_pickle=hub.allow_pickle)
    if found is None and not download:
        size = f" ({amount(hub.bytes)})" if hub.bytes else ""
        raise WeightsError(
            f"{entry.name}: the weights of {hub.repo}{size} are not on this machine: "
            f"run `pytest-asrbench download {name}`, or add --asr-download"
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
        )
    if download:
        lockfile.record(lock, name, lockfile.Locked(hub.repo, hub.revision, found.commit, found.files))
    return Source(str(found.path / hub.path), f"{hub.repo}@{found.commit}")
