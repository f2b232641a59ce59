"""Code that comes with a checkpoint: at which commit the user allows it to run, and what it is.

It is run where the option `trust_remote_code` names a commit, which --asr-trust-remote-code on the command line alone
sets. What a checkpoint leads to in another repository was not read at that commit, and is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import REMOTE_CODE
from pytest_asrbench.errors import WeightsError

from .checkpoint_files import read_json

SNAPSHOTS = "snapshots"  # where a hub's cache keeps commits, each in a folder of its own name
NAMING = ("auto_map", "custom_pipelines")  # what configurations name classes of a checkpoint's own code by
ELSEWHERE = "--"  # between a repository and a module in it


def permitted(folder: Path, options: Mapping[str, Any]) -> dict[str, str]:
    """Return what the record says of a checkpoint's code, which may be run: its commit, and a digest of its files.

    The digest tells which code that was also where a folder cannot tell its commit. Raises WeightsError without
    permission, with one for another commit, and for a configuration that leads to code of another repository.
    """
    commit = str(options.get(REMOTE_CODE) or "")
    if not commit:
        raise WeightsError(
            f"{folder} runs by code of its own, which is not run unless you allow it: read it, and add "
            "--asr-trust-remote-code=MODEL@COMMIT, the model as you have named it and the 40 digits of the commit."
        )
    if folder.parent.name == SNAPSHOTS and folder.name != commit:
        raise WeightsError(f"{folder} is the commit {folder.name}, but the code of {commit} is allowed; name one.")
    for config in sorted(folder.rglob("*config.json")):
        content = read_json(config)
        for name in _texts([content.get(key) for key in NAMING]):
            if ELSEWHERE in name:
                raise WeightsError(
                    f"{config} leads to code of another repository, {name[:100]}, which was not read at the commit "
                    "that is allowed: put that code into the folder, and take the name in front of -- away."
                )
    return {"remote_code": commit, "remote_code_sha256": _digest(folder)}


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value of a configuration, which name classes in files of its own, or of others."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _digest(folder: Path) -> str:
    """A digest of all Python files of a folder, and of their names."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
