"""How figures of a unit are written, and how limits and sizes are read: per cent of fractions, and plain numbers."""

from __future__ import annotations

import re
from typing import Protocol

from pytest_asrbench.errors import UsageError

_NUMBER = r"\s*(\d+(?:\.\d+)?|\.\d+)\s*"


class Unit(Protocol):
    """What a unit of figures can do. A size is how much worse than a baseline a figure may be."""

    size: str  # an example of one, as it is written

    def write(self, value: float) -> str:
        """A figure as people read it."""

    def read(self, text: str) -> float:
        """A limit; raises UsageError."""

    def read_size(self, text: str) -> float | None:
        """A size; None if it is none."""

    def write_size(self, size: float) -> str:
        """A size as people read it."""

    def gap(self, now: float, then: float) -> float:
        """How much `now` is above `then`, as sizes are meant."""


class Fraction:
    """Fractions, written in per cent: 0.0312 is "3.12 %". Sizes are differences, in percentage points."""

    size = "0.5pp"

    def write(self, value: float) -> str:
        """0.0312 -> "3.12 %"."""
        return f"{value * 100:.2f} %"

    def read(self, text: str) -> float:
        """Read `0.1` or `10%` as 0.1."""
        match = re.fullmatch(_NUMBER + r"(%?)\s*", text)
        if match is None:
            raise UsageError(f"{text!r} is no rate: write a fraction (0.1) or a percentage (10%)")
        value = float(match[1]) / (100 if match[2] else 1)
        if value > 1 and not match[2]:
            raise UsageError(
                f"{text} would be {value:.0%}: write {text}% if that many per cent are meant, or a fraction"
            )
        return value

    def read_size(self, text: str) -> float | None:
        """Read `0.5pp` as 0.005."""
        match = re.fullmatch(_NUMBER + r"pp\s*", text)
        return float(match[1]) / 100 if match is not None else None

    def write_size(self, size: float) -> str:
        """0.005 -> "0.5 pp"."""
        return f"{size * 100:.6g} pp"

    def gap(self, now: float, then: float) -> float:
        """The difference."""
        return now - then


class Plain:
    """Numbers, with a word for what they count. Sizes are relative, in per cent."""

    size = "10%"

    def __init__(self, symbol: str) -> None:
        self._behind = f" {symbol}" if symbol else ""

    def write(self, value: float) -> str:
        """0.05 -> "0.05 words/min"."""
        return (f"{value:.4g}" if value < 1_000 else f"{value:.0f}") + self._behind

    def read(self, text: str) -> float:
        """Read `0.5`."""
        match = re.fullmatch(_NUMBER, text)
        if match is None:
            raise UsageError(f"{text!r} is no number of at least 0")
        return float(match[1])

    def read_size(self, text: str) -> float | None:
        """Read `10%` as 0.1."""
        match = re.fullmatch(_NUMBER + r"%\s*", text)
        return float(match[1]) / 100 if match is not None else None

    def write_size(self, size: float) -> str:
        """0.1 -> "10 %"."""
        return f"{size * 100:.6g} %"

    def gap(self, now: float, then: float) -> float:
        """The ratio, less 1; from nothing to something it is infinite."""
        return now / then - 1 if then else (float("inf") if now else 0.0)


FRACTION = Fraction()


def unit(symbol: str) -> Unit:
    """The unit that a metric declares by its symbol."""
    return FRACTION if symbol == "%" else Plain(symbol)
