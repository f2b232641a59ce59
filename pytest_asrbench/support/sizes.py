"""Amounts of memory as people write them: "12GB" is 12 × 10**9 bytes, "12GiB" 12 × 2**30, "12" is "12GB"."""

from __future__ import annotations

import math
import re

from pytest_asrbench.errors import UsageError

GB = 10**9
_UNITS = {"": GB, "MB": 10**6, "GB": GB, "TB": 10**12, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_WRITTEN = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)\s*")


def read(text: str) -> int:
    """Return the number of bytes; raises UsageError."""
    found = _WRITTEN.fullmatch(text)
    unit = _UNITS.get(found[2].upper()) if found is not None else None
    if found is None or unit is None or not math.isfinite(size := float(found[1]) * unit) or size < 1:
        raise UsageError(f"{text!r} is no amount of memory; write 12GB (10**9 bytes) or 12GiB (2**30)")
    return int(size)


def gigabytes(size: float) -> str:
    """Return a number of bytes in GB, as tables have it: "9.35"."""
    return f"{size / GB:.2f}"
