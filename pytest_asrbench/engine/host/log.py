"""The file that takes what a model's process prints: bounded, and never a reason to stop.

The child writes into it by an inherited descriptor; the parent cuts out its middle when it has grown too long.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO

from pytest_asrbench.errors import HostError
from pytest_asrbench.support.plain import printable
from pytest_asrbench.support.redaction import without_ours

MAX_BYTES = 32 * 2**20
KEPT_BYTES = 2**20  # of its beginning and of its end
TAIL_LINES = 20
TAIL_BYTES = 8_192


class Log:
    """Raises HostError, when it is made, if its place is taken by something that is no file.

    Where a file cannot be made or written for any other reason, the model runs without one, and `tail` says why.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self._problem = ""
        self.file: IO[bytes]
        try:
            self.file = _open(path)
        except OSError as error:
            if path.exists() and not path.is_file():
                raise HostError(
                    f"{name}: the log {path} cannot be written, it is a folder or a device: remove it, or name another "
                    "folder with --asr-report-dir"
                ) from error
            self._problem = error.strerror or str(error)
            self.file = os.fdopen(os.open(os.devnull, os.O_WRONLY), "wb", buffering=0)
        self._start = self._size()

    def mark(self) -> None:
        """From here on what is printed belongs to the next request."""
        self.trim()
        self._start = self._size()

    def trim(self) -> None:
        """Take out the middle of a log that has grown beyond its limit."""
        size = self._size()
        if size <= MAX_BYTES:
            return
        with contextlib.suppress(OSError), self.path.open("rb") as reader:
            reader.seek(size - KEPT_BYTES)
            end = reader.read(KEPT_BYTES)
            self.file.truncate(KEPT_BYTES)
            self.file.seek(KEPT_BYTES)  # where no file is opened for appending, the child goes on from here, too
            self.file.write(f"\n[asrbench] {size - 2 * KEPT_BYTES:,} bytes were left out here\n".encode() + end)
            self._start = min(self._start, KEPT_BYTES)

    def note(self, text: str) -> None:
        """Write a line of our own."""
        with contextlib.suppress(OSError):
            self.file.write(f"[asrbench] {text}\n".encode())

    def tail(self) -> str:
        """Return the last lines since the mark, fit to be read."""
        if self._problem:
            return f"(no log: {self._problem})"
        try:
            with self.path.open("rb") as reader:
                reader.seek(max(self._start, reader.seek(0, os.SEEK_END) - TAIL_BYTES))
                text = reader.read(TAIL_BYTES).decode("utf-8", "replace")
        except OSError as error:
            return f"(no log: {error})"
        return "\n".join(printable(line, TAIL_BYTES) for line in text.splitlines()[-TAIL_LINES:])

    def close(self) -> None:
        """Close our side, when the process has ended, and hide secrets of this environment that it has printed."""
        with contextlib.suppress(OSError):
            self.file.close()
            written = self.path.read_bytes()
            if (fit := without_ours(written)) != written:
                self.path.write_bytes(fit)

    def _size(self) -> int:
        try:
            return os.fstat(self.file.fileno()).st_size
        except OSError:
            return 0


def _open(path: Path) -> IO[bytes]:
    """Open for appending, and nothing but a file: a FIFO would keep us waiting for its reader."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a file")
    if sys.platform != "win32":
        os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "ab", buffering=0)
