"""What values from configuration files and manifests may be."""

from __future__ import annotations

import math
from typing import Any


def is_number(value: Any) -> bool:
    """Whether `value` is a finite int or float that fits into a float; true and false are no numbers."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_whole(value: Any) -> bool:
    """Whether `value` is an int, and no bool."""
    return isinstance(value, int) and is_number(value)


def is_text(value: Any) -> bool:
    """Whether `value` is a string with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_texts(value: Any) -> bool:
    """Whether `value` is a list of strings."""
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
