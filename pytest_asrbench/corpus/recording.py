"""The audio of a snippet, wherever it lies: a file, a member of an archive, a row of a data set.

A recording is small and can be pickled: lists of a million are kept packed, and other processes may read it, too.
"""

from __future__ import annotations

import tarfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from pytest_asrbench.corpus import audio
from pytest_asrbench.corpus.audio import Decoded
from pytest_asrbench.corpus.decoding.content import absent
from pytest_asrbench.errors import AudioError


class Recording(Protocol):
    """What a snippet needs of its audio."""

    def read(self, rate: int) -> Decoded:
        """Return the samples at `rate` Hz, mono, and what should be known about them; raises AudioError."""

    def seconds(self) -> float | None:
        """How long it is, by what is declared or by a header; None if neither tells."""

    @property
    def fingerprint(self) -> str:
        """What is another one when the recording is another one; the audio is not read for it."""


@dataclass(frozen=True, slots=True)
class EncodedRecording(ABC):
    """Audio in any format that is decoded here; subclasses say where its bytes are.

    path: where it lies, or what messages and ids call it. offset, duration: the part that is meant, in seconds;
    without an offset, `duration` is what somebody declares the whole to last. channel: counted from 0.
    """

    path: Path
    offset: float | None = None
    duration: float | None = None
    channel: int | None = None

    @abstractmethod
    def source(self) -> Path | BytesIO:
        """Return the file, or its content in memory; raises AudioError."""

    @abstractmethod
    def version(self) -> str:
        """What changes with the content: size and time of a file, the fingerprint of a data set."""

    def read(self, rate: int) -> Decoded:
        """Decode to `rate` Hz mono; raises AudioError."""
        return audio.decode(
            self.source(),
            rate,
            called=self.path,
            channel=self.channel,
            offset=self.offset or 0.0,
            duration=self.duration if self.offset is not None else None,
            declared=self.duration,
        )

    def seconds(self) -> float | None:
        """Duration as declared, or else from the header; None if neither tells, or nothing can be read."""
        if self.duration is not None:
            return self.duration
        try:
            return audio.duration(self.source())
        except AudioError:
            return None

    @property
    def fingerprint(self) -> str:
        """Path, part and version."""
        return f"{self.path}|{self.offset}|{self.duration}|{self.channel}|{self.version()}"


@dataclass(frozen=True, slots=True)
class FileRecording(EncodedRecording):
    """A file of its own."""

    def __reduce__(self) -> tuple[type[FileRecording], tuple[Any, ...]]:
        return FileRecording, (self.path, self.offset, self.duration, self.channel)  # see Snippet

    def source(self) -> Path:
        """The file."""
        return self.path

    def version(self) -> str:
        """Size and time."""
        return _state(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class TarRecording(EncodedRecording):
    """A member of a tar archive. path: the archive's folder and the member's name."""

    archive: Path
    member: str

    def source(self) -> BytesIO:
        """The member's content; its archive is looked into when the first of its members is read."""
        places = _members(self.archive, _state(self.archive))
        if self.member not in places:
            raise AudioError(f"{self.archive} has no {self.member}: name another archive, or make it again")
        start, size = places[self.member]
        with self.archive.open("rb") as file:
            file.seek(start)
            return BytesIO(file.read(size))

    def version(self) -> str:
        """Size and time of the archive."""
        return _state(self.archive)


@lru_cache(maxsize=8)
def _members(archive: Path, _: str) -> dict[str, tuple[int, int]]:
    """Where the content of each member begins, and its bytes; a later one of a name replaces an earlier one."""
    try:
        with tarfile.open(archive, "r:") as tar:
            return {one.name.removeprefix("./"): (one.offset_data, one.size) for one in tar if one.isreg()}
    except FileNotFoundError:
        raise AudioError(f"{archive} does not exist: {absent(archive)}") from None
    except (tarfile.TarError, OSError) as error:
        raise AudioError(f"{archive} cannot be read as an uncompressed tar archive ({error}): copy it again") from None


def _state(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size}|{state.st_mtime_ns}"
