"""Code that comes with a model's weights: it runs for a model that the user names, at a commit that they have read."""

from __future__ import annotations

from dataclasses import replace

from pytest_asrbench.adapter import REMOTE_CODE, AdapterInfo
from pytest_asrbench.errors import UsageError, WeightsError
from pytest_asrbench.models.catalog import HubSource
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.support.checks import is_commit

SWITCH = "--asr-trust-remote-code"
CODE = "*.py"


def allowed(entry: ModelEntry, info: AdapterInfo | None, commit: str) -> ModelEntry:
    """Return the model, allowed to run the code of its repository at `commit`, where its files are then taken from.

    info: what its adapter says of itself; None where that is not known yet. Raises UsageError for what is no full hash
    of a commit, for a model that runs no such code, and for one whose entry names another commit.
    """
    if not is_commit(commit):
        raise UsageError(
            f"{SWITCH}: {commit!r} is no full hash of a commit, and what a branch, a tag or a short one names may "
            f"change after you have read it: write {entry.names[-1]}@ and the 40 digits of the commit"
        )
    if info is not None and not info.own_code:
        raise UsageError(
            f"{SWITCH}: {entry.name} needs no such permission, because its adapter {entry.adapter} runs no code that "
            "comes with weights; take it out"
        )
    return replace(entry, options={**entry.options, REMOTE_CODE: commit}, hub=_at(entry, commit))


def _at(entry: ModelEntry, commit: str) -> HubSource | None:
    """Where the files of a model are taken from, code among them: from the commit alone that is allowed."""
    hub = entry.hub
    if hub is None:
        return None
    if is_commit(hub.revision) and hub.revision != commit:
        raise UsageError(
            f"{SWITCH}: {entry.name} is taken from the commit {hub.revision}, and {commit} is allowed; name one of them"
        )
    return replace(hub, revision=commit, files=tuple(dict.fromkeys((*hub.files, CODE))))


def check(entry: ModelEntry, info: AdapterInfo | None) -> None:
    """Raise WeightsError for a model that runs by code that comes with its weights, and may not."""
    if info is None or info.own_code != "must" or REMOTE_CODE in entry.options:
        return
    where = entry.hub.repo if entry.hub is not None else entry.source or "its repository"
    raise WeightsError(
        f"{entry.name} runs by code that comes with its weights ({where}), which is not run unless you allow it: read "
        f"it, and add {SWITCH}={entry.names[-1]}@COMMIT, the 40 digits of the commit that you have read"
    )
