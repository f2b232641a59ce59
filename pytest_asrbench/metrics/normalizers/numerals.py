"""English numbers in figures, whether they were written in words or not, and never two of them as one.

"sixty four billion" and "64 billion" come to the same word; "five five" stays two: it may be a repetition. A year is
said in two halves, and so written: "2021" and "two thousand twenty one" as "20 21". A one is the word "one", which
mostly counts nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

MAX_WORDS = 30  # of one number
_MAX_DIGITS = 15  # of one that is calculated with
_YEARS = range(1100, 2100)


class Numeral(NamedTuple):
    """A number in a row of words: how it is written, in one word or the two of a year, and how many words it took."""

    words: tuple[str, ...]
    length: int


def numeral(words: Sequence[str]) -> Numeral | None:
    """The number with which a row of words, at most `MAX_WORDS`, begins; None where it begins with none."""
    length, value, last = 0, Decimal(0), ""
    part = Decimal(0)  # below the next thousand
    for word in words:
        kind, number = _kind(word)
        if length == 0 and word == "a" and len(words) > 1 and _kind(words[1])[0] in ("hundred", "scale"):
            kind, number = "unit", Decimal(1)
        if word == "and" and last in ("hundred", "scale") and _goes_on(words, length + 1):
            length += 1
            continue
        if not kind or not _follows(last, kind, part):
            break
        length, last = length + 1, kind
        if kind == "hundred":
            part *= 100
        elif kind == "scale":
            value, part = value + part * number, Decimal(0)
        else:
            part += number
    if not length:
        return None
    return _with_ending(value + part, last, words, length)


@cache
def starts() -> frozenset[str]:
    """The words with which a number may begin, figures aside."""
    return frozenset({"a", "hundred"}.union(*_tables().values()))


def _goes_on(words: Sequence[str], place: int) -> bool:
    return place < len(words) and _kind(words[place])[0] in ("unit", "teen", "tens")


def _with_ending(value: Decimal, last: str, words: Sequence[str], length: int) -> Numeral | None:
    """The number with what follows it: its decimals in words, or the last word, which makes it an ordinal."""
    if words[length : length + 1] == ["point"] and (decimals := _digits(words[length + 1 :])):
        return Numeral((f"{value}.{decimals}",), length + 1 + len(decimals))
    ordinal = _tables()["ordinals"].get(words[length]) if length < len(words) else None
    if ordinal is not None and (last == "hundred" or (last == "tens" and ordinal < 10)):
        return Numeral((_ordinal(int(value) + ordinal),), length + 1)
    return Numeral(_written(value), length)


def ordinal(word: str) -> str | None:
    """An ordinal of one word, in figures; the first two mostly order nothing and stay words."""
    found = _tables()["ordinals"].get(word, 0)
    return _ordinal(found) if found > 2 else None


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _written(value: Decimal) -> tuple[str, ...]:
    if value == 1:
        return ("one",)
    whole = value == value.to_integral_value()
    if whole and int(value) in _YEARS and int(value) % 100 >= 10:
        return str(int(value) // 100), str(int(value) % 100)
    return (str(int(value)) if whole else f"{value.normalize():f}",)


def _digits(words: Sequence[str]) -> str:
    """Single figures in words, in a row: what is said behind a point."""
    found = ""
    for word in words[:_MAX_DIGITS]:
        kind, number = _kind(word)
        if kind != "unit":
            break
        found += str(number)
    return found


def _follows(last: str, kind: str, part: Decimal) -> bool:
    """Whether a word of one kind may stand behind one of another in the same number."""
    if kind in ("hundred", "scale"):
        return last in ("unit", "teen", "tens", "figures") or (kind == "scale" and last == "hundred")
    if kind == "figures":
        return not last
    return last in ("", "hundred", "scale") or (last == "tens" and kind == "unit" and part % 10 == 0)


@lru_cache(maxsize=65_536)
def _kind(word: str) -> tuple[str, Decimal]:
    """What a word is in a number: "unit", "teen", "tens", "hundred", "scale", "figures", or "" for nothing."""
    if word == "hundred":
        return "hundred", Decimal(100)
    for kind, table in (("unit", "units"), ("teen", "teens"), ("tens", "tens"), ("scale", "scales")):
        if word in _tables()[table]:
            return ("unit" if word == "zero" else kind), Decimal(_tables()[table][word])
    if word.replace(".", "", 1).isdigit() and word[0] != "." and word.isascii() and len(word) <= _MAX_DIGITS:
        return ("figures", Decimal(word)) if word == "0" or word[0] != "0" or "." in word else ("", Decimal(0))
    return "", Decimal(0)


@cache
def _tables() -> Mapping[str, Mapping[str, int]]:
    return tomllib.loads(Path(__file__).with_name("numerals.toml").read_text("utf-8"))
