"""Gets a model's weights: from the local cache without a word to the network, or from a model hub.

Only the files that a model needs are taken, and only formats that hold nothing but numbers. Needs huggingface_hub
(extra `hub`) for downloading, and nothing for looking.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pytest_asrbench.adapter import PICKLE_STARTS, PICKLE_SUFFIXES
from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import lockfile
from pytest_asrbench.models.hub import Hub, Listing, storage
from pytest_asrbench.models.hub_errors import amount
from pytest_asrbench.support.checks import is_commit, is_path_below

HEADROOM = 1.05
_PICKLED_NAMES = ("pytorch_model*.bin", "pytorch_adapter*.bin", "adapter_model*.bin", "training_args.bin")


@dataclass(frozen=True, slots=True)
class Fetched:
    """Weights that are complete on this machine.

    path: the snapshot's folder; commit: which one it is; files: name -> bytes; downloaded: bytes that came just now.
    """

    path: Path
    commit: str
    files: dict[str, int]
    downloaded: int = 0

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(self.files.values())


def default_cache() -> Path:
    """Return huggingface_hub's cache folder, by its own rules: HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, ~/.cache."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if named:
        return Path(os.path.expandvars(named)).expanduser()
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(os.path.expandvars(os.environ.get("HF_HOME") or str(base))).expanduser() / "hub"


def locate(
    repo: str,
    files: Sequence[str],
    revision: str | None = None,
    *,
    cache: Path | None = None,
    allow_pickle: bool = False,
) -> Fetched | None:
    """Return the weights if all of them are in the cache, without any network; None if something is missing.

    `files` are names or patterns (as in fnmatch), each of which must be there; a safetensors index names its shards.
    """
    place = storage(cache or default_cache(), repo)
    commit = _cached_commit(place, revision)
    if commit is None:
        return None
    snapshot = place / "snapshots" / commit
    there = {path.relative_to(snapshot).as_posix(): path for path in snapshot.rglob("*") if path.is_file()}
    found: dict[str, int] = {}
    for pattern in files:
        matching = [name for name in there if fnmatchcase(name, pattern) and (allow_pickle or not is_pickle(name))]
        if not matching:
            return None
        found.update({name: there[name].stat().st_size for name in matching})
    if not all(shard.is_file() for path in there.values() for shard in _shards(path)):
        return None
    return Fetched(snapshot, commit, dict(sorted(found.items())))


def fetch(
    name: str,
    repo: str,
    files: Sequence[str],
    revision: str | None = None,
    *,
    cache: Path | None = None,
    optional: Sequence[str] = (),
    offline: bool = False,
    progress: bool = True,
    allow_pickle: bool = False,
    lock: Path | None = None,
    check: Callable[[Path], None] | None = None,
) -> Fetched:
    """Make sure that a model's weights are on this machine, and return where.

    name: the model, for messages and the lock file. repo: "owner/name" at the hub. files: names, or patterns as in
    fnmatch, each of which must match; `optional` ones are taken where they match. Pickles never match, unless
    `allow_pickle` is set and a revision is named.
    offline (or HF_HUB_OFFLINE): take what the cache has. lock: the lock file to record commit and files in.
    check: looks at the snapshot's folder when its configuration has come, and raises if the weights need not come.
    An interrupted download goes on with the files that are not complete. Raises WeightsError, whose one sentence names
    the remedy.
    """
    cache = cache or default_cache()
    if allow_pickle and revision is None:
        raise WeightsError(f"{name}: pickles run code when loaded; name the revision of {repo} that you trust.")
    if offline or os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        fetched = _from_cache(name, repo, files, revision, cache, allow_pickle)
    else:
        fetched = _from_hub(Hub(name, repo, cache), (files, optional), revision, progress, allow_pickle, check)
    if lock is not None:
        lockfile.record(lock, name, lockfile.Locked(repo, revision, fetched.commit, fetched.files))
    return fetched


def _from_cache(
    name: str, repo: str, files: Sequence[str], revision: str | None, cache: Path, allow_pickle: bool
) -> Fetched:
    fetched = locate(repo, files, revision, cache=cache, allow_pickle=allow_pickle)
    if fetched is None:
        at = f" at {revision}" if revision else ""
        raise WeightsError(
            f"{name}: the weights ({repo}{at}) are not complete in {cache} and the network is switched off; "
            f"run `pytest-asrbench download {name}` where there is one."
        )
    return fetched


def _from_hub(
    hub: Hub,
    wanted: tuple[Sequence[str], Sequence[str]],
    revision: str | None,
    progress: bool,
    allow_pickle: bool,
    check: Callable[[Path], None] | None,
) -> Fetched:
    files, optional = wanted
    listing = hub.listing(revision)
    snapshot = storage(hub.cache, hub.repo) / "snapshots" / listing.commit
    required = _choose(hub, listing, files, allow_pickle)
    matched = [pattern for pattern in optional if any(fnmatchcase(file, pattern) for file in listing.files)]
    besides = [file for file in _choose(hub, listing, matched, allow_pickle) if file not in required]
    absent = [file for file in (*besides, *required) if not (snapshot / file).exists()]
    if not allow_pickle:
        _refuse_hidden_pickles(hub, listing, absent)
    downloaded = 0
    if absent:
        with hub.alone():
            downloaded = hub.missing([listing.files[file] for file in absent])
            _check_space(hub, downloaded)
            configs = [file for file in required if file.endswith(".json")]
            # In this order: where all that is required is there, nothing is missing.
            for some in (besides, configs, required):
                if some is required and check is not None:
                    check(snapshot)
                if wanting := [file for file in some if file in absent and not (snapshot / file).exists()]:
                    hub.bring(listing.commit, wanting, progress)
    hub.name_commit(revision, listing.commit)
    sizes = {file: (snapshot / file).stat().st_size for file in sorted((*besides, *required))}
    return Fetched(snapshot, listing.commit, sizes, downloaded)


def _choose(hub: Hub, listing: Listing, files: Sequence[str], allow_pickle: bool) -> list[str]:
    """Return the files of the commit that match, sorted. Raises WeightsError for a pattern that matches nothing."""
    chosen: set[str] = set()
    for pattern in files:
        matching = sorted(file for file in listing.files if fnmatchcase(file, pattern))
        if not matching:
            at = listing.commit[:12]
            raise WeightsError(
                f"{hub.name}: {hub.repo} has no file {pattern!r} at {at}; see {hub.endpoint}/{hub.repo}/tree/{at}."
            )
        allowed = [file for file in matching if allow_pickle or not is_pickle(file)]
        if not allowed:
            raise _refused(hub, matching[0])
        chosen.update(allowed)
    return sorted(chosen)


def is_pickle(file: str) -> bool:
    """Whether a file's name says that loading it would run code."""
    path = PurePosixPath(file)
    return path.suffix.lower() in PICKLE_SUFFIXES or any(fnmatchcase(path.name, name) for name in _PICKLED_NAMES)


def _refused(hub: Hub, file: str) -> WeightsError:
    return WeightsError(
        f"{hub.name}: {hub.repo}/{file} is a pickle, which runs code when it is loaded, and is not downloaded; take a "
        "repository with safetensors, ONNX or GGML files, or set allow_pickle = true and the revision that you trust "
        f"in a table [models.{hub.name}.hub] of asrbench.toml."
    )


def _refuse_hidden_pickles(hub: Hub, listing: Listing, files: Sequence[str]) -> None:
    for file in files:
        if file.endswith(".bin") and hub.first_bytes(listing.commit, file, 4).startswith(PICKLE_STARTS):
            raise _refused(hub, file)


def _check_space(hub: Hub, needed: int) -> None:
    """Raise WeightsError unless what is still to come fits on the cache's disk, and a little more."""
    needed = int(needed * HEADROOM)
    free = shutil.disk_usage(hub.cache).free
    if needed > free:
        raise WeightsError(
            f"{hub.name}: {hub.repo} needs {amount(needed)} more, but the disk of {hub.cache} has "
            f"{amount(free)} free; make room there, or name a folder on another disk in HF_HUB_CACHE."
        )


def _cached_commit(place: Path, revision: str | None) -> str | None:
    """Return the commit that `revision` was when it was last asked for, if the cache knows."""
    if revision is not None and is_commit(revision):
        return revision
    try:
        commit = (place / "refs" / (revision or "main")).read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return commit if is_commit(commit) else None


def _shards(file: Path) -> list[Path]:
    """Return the files that a safetensors index names; none for any other file."""
    if not file.name.endswith(".safetensors.index.json"):
        return []
    try:
        names = json.loads(file.read_text("utf-8"))["weight_map"].values()
        return [file.parent / name for name in sorted(set(names)) if is_path_below(name)]
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return []  # the adapter says what is wrong with it
