"""Files that are whole or absent: written beside their place and moved there, so that no reader finds half of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

from pytest_asrbench.errors import ReportError


def replace(path: Path, write: Callable[[TextIOWrapper], None], remedy: str) -> Path:
    """Let `write` fill `path`, and return it; raises ReportError with `remedy` where the disk does not let it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            write(file)
        temporary.replace(path)
    except OSError as error:
        raise ReportError(f"cannot write {path} ({error.strerror or error}): {remedy}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path
