"""What the words of a language can be in speech: data, a file for each language that somebody knows well enough."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Rows = Mapping[str, Sequence[tuple[str, ...]]]  # by their first word, the longest first

_FOLDER = Path(__file__).with_name("languages")
OTHERS = "any"


@dataclass(frozen=True, slots=True)
class Language:
    """fillers say nothing, wherever they stand; markers where they are left out; editing: between what is taken back
    and what is said instead. negations turn what is said around. small: words of grammar, which name nothing.
    """

    fillers: Rows
    markers: Rows
    editing: Rows
    negations: frozenset[str]
    small: frozenset[str]

    def is_filler(self, word: str) -> bool:
        """Whether a word by itself says nothing."""
        return (word,) in self.fillers.get(word, ())


def longest(rows: Rows, words: Sequence[str], place: int) -> int:
    """How many words from `place` on are the longest row that begins there; 0 if none does."""
    return next((len(row) for row in rows.get(words[place], ()) if tuple(words[place : place + len(row)]) == row), 0)


@cache
def language(code: str | None) -> Language:
    """The words of a language; of one that nobody has described, what is a filler in many."""
    path = _FOLDER / f"{code}.toml"
    known = code is not None and code.isalpha() and path.is_file()
    table = tomllib.loads((path if known else _FOLDER / f"{OTHERS}.toml").read_text("utf-8"))
    fillers, markers, editing = (_rows(table.get(name, ())) for name in ("fillers", "markers", "editing"))
    negations, small = (frozenset(table.get(name, ())) for name in ("negations", "small"))
    return Language(fillers, markers, editing, negations, small)


def _rows(phrases: Sequence[str]) -> Rows:
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in sorted((tuple(phrase.split()) for phrase in phrases), key=len, reverse=True):
        found.setdefault(row[0], []).append(row)
    return found
