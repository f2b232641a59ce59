"""Files that are whole or absent: written beside their place and moved there, so that no reader finds half of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path

from pytest_asrbench.errors import ReportError


@contextlib.contextmanager
def beside(place: Path) -> Iterator[Path]:
    """Yield a path to be written to; when the block has ended well, that file takes `place`. Raises OSError.

    What was at `place` stays as it is until then, and for good if the block raises.
    """
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(place)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def replace(path: Path, write: Callable[[TextIOWrapper], None], remedy: str) -> Path:
    """Let `write` fill `path`, and return it; raises ReportError with `remedy` where the disk does not let it."""
    try:
        with (
            beside(path) as temporary,
            temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
        ):
            write(file)
    except OSError as error:
        raise ReportError(f"cannot write {path} ({error.strerror or error}): {remedy}") from error
    return path
