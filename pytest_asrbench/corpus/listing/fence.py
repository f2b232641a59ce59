"""The fence around a corpus: what lies outside its folder is neither read nor listed, unless that is allowed."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from pathlib import Path

from pytest_asrbench.errors import CorpusError


class Fence:
    """Folders that the paths and links of a corpus must not leave."""

    def __init__(self, folder: Path, allowed: Sequence[Path] = ()) -> None:
        self.folder = folder
        self._roots = tuple(root.resolve() for root in (folder, *allowed))
        self._judged: dict[Path, bool] = {}

    def inside(self, name: str) -> Path:
        """Return `name` as a path below the folder; raises CorpusError if it leads elsewhere, by links too."""
        path = self.folder / name
        try:
            inside = self._holds(path)
        except (OSError, ValueError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise CorpusError(f"{reprlib.repr(name)} is no usable path ({reason}); correct it") from None
        if not inside:
            raise CorpusError(f"{reprlib.repr(name)} points {self.remedy('move the file below it')}")
        return path

    def encloses(self, real: Path) -> bool:
        """Whether a path without links lies within."""
        return any(real.is_relative_to(root) for root in self._roots)

    def remedy(self, otherwise: str) -> str:
        """Say where something leads that leaves the fence, and what helps."""
        return f"outside {self.folder}: {otherwise}, or allow its folder with the ini option asr_audio_roots"

    def _holds(self, path: Path) -> bool:
        if "\0" in str(path):
            raise ValueError("it holds a NUL character")
        if path.name in ("", "..") or path.is_symlink():
            return self.encloses(path.resolve())
        # Following every link of every path would be the costliest part of listing; folders are few.
        parent = path.parent
        inside = self._judged.get(parent)
        if inside is None:
            inside = self._judged[parent] = self.encloses(parent.resolve())
        return inside
