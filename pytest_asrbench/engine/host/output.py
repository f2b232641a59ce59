"""What a model's process prints: into its log, and never to its harm.

A disk that is full, a file-size limit or a descriptor that a library has closed cost lines of the log and nothing else.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any


class _Forgiving(io.FileIO):
    """A descriptor to which every write succeeds, as far as its writer can see."""

    def write(self, data: Any) -> int:
        whole = memoryview(data).cast("B")
        rest = whole
        try:
            while rest and (written := super().write(rest)):
                rest = rest[written:]
        except OSError:
            pass  # nobody is helped by an exception amidst a transcription
        return len(whole)


def forgive() -> None:
    """Let print(), warnings and logging go on when standard output or error cannot be written."""
    sys.stdout, sys.stderr = _stream(1), _stream(2)


class Notes:
    """Our own lines in the log, by a descriptor of our own: number 2 may be another file's by the time of the next."""

    def __init__(self) -> None:
        try:
            self._descriptor: int | None = os.dup(2)
        except OSError:
            self._descriptor = None

    def add(self, text: str) -> None:
        """Write a line, if there is something in it and it can be written."""
        if self._descriptor is None or not text:
            return
        try:
            os.write(self._descriptor, f"{text}\n".encode("utf-8", "replace"))
        except OSError:
            return


def _stream(descriptor: int) -> io.TextIOWrapper:
    raw: Any = _Forgiving(descriptor, "wb", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)
