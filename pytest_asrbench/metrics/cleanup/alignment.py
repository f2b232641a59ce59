"""The cheapest way to lay one row of words beside another, where each place has its own costs.

Places are what the words may be laid beside. A place that is skipped, a word that stands for another one and a word
that stands beside nothing cost what the caller says, so that ties which matter are never left to chance. Exact, by
dynamic programming row by row (Wagner and Fischer 1974), with halved rows where the table would be large (Hirschberg
1975). Of several that cost the same, words are laid beside the last places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WORD = 1 << 20  # what a word too many costs; tie-breakers are far below
_CELLS = 4_000_000  # of a table that is kept whole
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """Each array has an entry for each place. same, other: numbers of the words that go there; -1 for none.

    match: what a word that goes there costs; replace: what any other word costs there; skip: what it costs to leave the
    place empty.
    """

    same: Integers
    other: Integers
    match: Integers
    replace: Integers
    skip: Integers

    def part(self, begin: int, end: int, step: int = 1) -> Places:
        """The places from `begin` to before `end`, backwards with step -1."""
        chosen = slice(begin, end)
        return Places(*(getattr(self, name)[chosen][::step] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.same)


def lay(words: Integers, places: Places) -> list[int]:
    """For each word the place beside which it lies, -1 for none. Words that replace others lie there, too."""
    found = [-1] * len(words)
    _lay(words, places, 0, 0, found)
    return found


def numbered(*rows: Sequence[str]) -> list[Integers]:
    """Rows of words as rows of numbers, the same number for the same word."""
    numbers: dict[str, int] = {}
    return [np.array([numbers.setdefault(word, len(numbers)) for word in row], dtype=np.int64) for row in rows]


def _lay(words: Integers, places: Places, word: int, place: int, found: list[int]) -> None:
    if len(words) * len(places) <= _CELLS or len(words) < 2:
        _trace(words, places, word, place, found)
        return
    middle = len(words) // 2
    backwards = places.part(0, len(places), -1)
    costs = _costs(words[:middle], places) + _costs(words[middle:][::-1], backwards)[::-1]
    cut = int(len(costs) - 1 - np.argmin(costs[::-1]))
    _lay(words[:middle], places.part(0, cut), word, place, found)
    _lay(words[middle:], places.part(cut, len(places)), word + middle, place + cut, found)


def _costs(words: Integers, places: Places) -> Integers:
    """What it costs to lay all words beside the first places, for each number of these."""
    (last,) = _rows(words, places, keep=False)
    last[1:] += np.cumsum(places.skip)
    return last


def _rows(words: Integers, places: Places, keep: bool) -> list[Integers]:
    """The rows of the table, or the last one: what it costs to lay the first words beside the first places.

    All costs are less what it would cost to skip these places, so that skipping costs nothing: what is cheapest at a
    place may have come from any place before it, and is the least up to there.
    """
    replace, match = places.replace - places.skip, places.match - places.skip
    rows = [np.zeros(len(places) + 1, dtype=np.int64)]
    known: dict[int, Integers] = {}
    for word in words.tolist():
        last = rows[-1]
        if word not in known:
            known[word] = np.where((places.same == word) | (places.other == word), match, replace)
        row = last + WORD
        np.minimum(row[1:], last[:-1] + known[word], out=row[1:])
        np.minimum.accumulate(row, out=row)
        if keep:
            rows.append(row)
        else:
            rows[0] = row
    return rows


def _trace(words: Integers, places: Places, first: int, start: int, found: list[int]) -> None:
    rows = _rows(words, places, keep=True)
    word, place = len(words), len(places)
    same, other, said = places.same.tolist(), places.other.tolist(), words.tolist()
    match, replace = (places.match - places.skip).tolist(), (places.replace - places.skip).tolist()
    while word and place:
        cost, above = int(rows[word][place]), rows[word - 1]
        right = said[word - 1] in (same[place - 1], other[place - 1])
        if cost == int(above[place - 1]) + (match if right else replace)[place - 1]:
            word, place = word - 1, place - 1
            found[first + word] = start + place
        elif cost == int(rows[word][place - 1]):
            place -= 1
        else:
            word -= 1
