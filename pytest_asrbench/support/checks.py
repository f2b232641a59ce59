"""What values from configuration files, manifests and answers of a hub may be."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LONGEST_NAME = 255  # bytes of one part of a path, on most file systems


def hint(name: str, known: Iterable[str]) -> str:
    """Name the one of `known` that was meant, or all of them."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, 1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}."


def is_number(value: Any) -> bool:
    """Whether `value` is a finite int or float that fits into a float; true and false are no numbers."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_rate(value: Any) -> bool:
    """Whether `value` is a finite number, 0 or above."""
    return is_number(value) and value >= 0


def is_whole(value: Any) -> bool:
    """Whether `value` is an int, and no bool."""
    return isinstance(value, int) and is_number(value)


def is_text(value: Any) -> bool:
    """Whether `value` is a string with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_texts(value: Any) -> bool:
    """Whether `value` is a list of strings."""
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def is_commit(value: Any) -> bool:
    """Whether `value` is the full hash of a git commit."""
    return isinstance(value, str) and _COMMIT.fullmatch(value) is not None


def is_path_below(value: Any) -> bool:
    """Whether `value` is a path with "/" between its parts that stays below the folder that it is put behind.

    On any system: no way up, no drive, no backslash or control character, no name that is too long.
    """
    if not isinstance(value, str) or not value or "\\" in value or any(ord(letter) < 32 for letter in value):
        return False
    path = PurePosixPath(value)
    usual = path.parts and path.as_posix() == value and not path.is_absolute() and not PureWindowsPath(value).drive
    try:
        return bool(usual) and all(part != ".." and len(part.encode()) <= _LONGEST_NAME for part in path.parts)
    except UnicodeEncodeError:
        return False


def lacks(annotation: str, value: Any) -> str:
    """Return what a field with this annotation should hold, in words, if `value` is something else; "" if it fits.

    Numbers are counts, sizes, rates and seconds: none is below 0. Annotations that are not listed here take anything.
    """
    kind, optional = annotation.removesuffix(" | None"), annotation.endswith(" | None")
    test, words = _KINDS.get(kind, (lambda _: True, ""))
    return "" if test(value) or (optional and value is None) else words


def _number(value: Any) -> bool:
    return is_number(value) and value >= 0


def _list_of(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, (list, tuple)) and all(map(test, value))


def _table_of(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(map(test, value.values()))


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _count(value: Any) -> bool:
    return is_whole(value) and value >= 0


_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "str": (_text, "a string"),
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "int": (_count, "a whole number of at least 0"),
    "float": (_number, "a number of at least 0"),
    "tuple[str, ...]": (_list_of(_text), "a list of strings"),
    "tuple[float, ...]": (_list_of(_number), "a list of numbers of at least 0"),
    "tuple[float | None, ...]": (_list_of(lambda v: v is None or _number(v)), "a list of numbers of at least 0"),
    "tuple[Mapping[str, float], ...]": (_list_of(_table_of(_number)), "a list of tables of numbers"),
    "Mapping[str, Any]": (lambda v: isinstance(v, Mapping), "a table"),
    "Mapping[str, str]": (_table_of(_text), "a table of strings"),
    "Mapping[str, int]": (_table_of(_count), "a table of whole numbers"),
    "Mapping[str, float]": (_table_of(_number), "a table of numbers"),
    "Mapping[str, Counts]": (_table_of(lambda v: isinstance(v, Mapping)), "a table of counts"),
}
