"""Foreign text made fit to be read: of bearable length, and without characters that a terminal would act upon."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Control characters but for tab and line feed; those that turn the direction of text; halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
MAX_TOLD = 100_000  # characters of what an exception says
_TAIL = 3  # of a text that is cut, its end gets one part in so many


def printable(text: str, longest: int) -> str:
    """Return `text` with its control characters as escapes and, beyond `longest` characters, without its middle."""
    cut = len(text) - longest
    if cut > 0:
        tail = longest // _TAIL
        text = f"{text[: longest - tail]} ... [{cut:,} characters left out] ... {text[len(text) - tail :]}"
    return _UNPRINTABLE.sub(_escape, text.replace("\r\n", "\n"))


def some(names: Sequence[str], most: int) -> str:
    """Return the first of `names` in a row, and how many more there are: "a, b and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def told(error: BaseException) -> str:
    """Return what an exception says, fit to be read; some cannot even say that."""
    try:
        return printable(str(error), MAX_TOLD)
    except Exception as another:
        return f"(its text cannot be had: {type(another).__name__})"


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
