"""All files below a folder, links followed within the fence; what cannot be one of them is named, never dropped."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pytest_asrbench.corpus.decoding.content import absent
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.errors import CorpusError


@dataclass(slots=True)
class Found:
    """files: what can be opened. lost: why what stands at a path cannot; remarks: what else should be known."""

    files: list[Path] = field(default_factory=list)
    lost: dict[Path, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def walk(fence: Fence) -> Found:
    """Find the files below the fence's folder, hidden ones aside.

    Links to folders and files within the fence are followed, those that lead outside or to nothing are lost; one that
    leads back to a folder above itself adds nothing, and is remarked. Raises CorpusError for a folder that cannot be
    listed.
    """
    found = Found()
    waiting: list[tuple[Path, tuple[str, ...]]] = [(fence.folder, ())]
    while waiting:
        place, above = waiting.pop()
        real = os.path.realpath(place)
        if real in above:
            found.remarks.append(f"{place} leads back to a folder above it, and was not followed")
        elif not fence.encloses(Path(real)):
            found.lost[place] = f"{place} is a link {fence.remedy('copy the folder below it')}"
        else:
            waiting += ((folder, (*above, real)) for folder in _list(place, fence, found))
    found.files.sort()
    return found


def _list(place: Path, fence: Fence, found: Found) -> list[Path]:
    """Take the files of one folder into `found`, and return the folders in it."""
    folders = []
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                path = place / entry.name
                if entry.is_symlink() and not path.is_dir():
                    _follow(path, fence, found)
                elif entry.is_dir():
                    folders.append(path)
                elif entry.is_file():
                    found.files.append(path)
                else:
                    found.lost[path] = f"{path} is a pipe, a socket or a device, not a file: remove it"
    except OSError as error:
        raise CorpusError(f"{place} cannot be listed ({error.strerror}): mend its permissions") from error
    return folders


def _follow(path: Path, fence: Fence, found: Found) -> None:
    """Take what a link to a file leads to."""
    real = Path(os.path.realpath(path))
    if not path.exists():
        found.lost[path] = f"{path} does not exist: {absent(path)}"
    elif not fence.encloses(real):
        found.lost[path] = f"{path} is a link {fence.remedy('copy the file below it')}"
    elif not real.is_file():
        found.lost[path] = f"{path} leads to a pipe, a socket or a device, not a file: remove it"
    else:
        found.files.append(path)
