"""Which of the words that are not kept are said again right after them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet

from pytest_asrbench.metrics.normalizers.cleanup import Token

_LONGEST = 12  # words that are said again at once


def repeated(
    said: Sequence[Token], kept: Sequence[bool], sounds: Collection[int], marks: Collection[int], terms: Collection[int]
) -> set[int]:
    """The places of repeated words, none of which is kept.

    sounds, marks, terms: the places of fillers, of markers and of editing terms that are not kept. The first may stand
    between a word and its repetition, and so may the second where it is not they that are repeated.
    """
    found: set[int] = set()
    called = {*marks, *terms}
    for between in (set(sounds), {*sounds, *marks}):
        row = [place for place in range(len(said)) if place not in between]
        while places := next(_again(row, said, kept, called), None):
            found.update(places)
            row = [place for place in row if place not in places]
    return found


def _again(
    row: Sequence[int], said: Sequence[Token], kept: Sequence[bool], called: AbstractSet[int]
) -> Iterator[Sequence[int]]:
    """Words of a row that are not kept and stand in it once more at once, the shortest and the last ones first.

    called: places of words that say nothing twice, either.
    """
    starts = [start for start, place in enumerate(row) if not kept[place]]
    for length in range(1, _LONGEST + 1):
        for start in reversed(starts):
            first, second = row[start : start + length], row[start + length : start + 2 * length]
            if (
                len(second) == length
                and all(_same(said[one], said[other]) for one, other in zip(first, second, strict=True))
                and not any(kept[place] for place in first)
                and called.isdisjoint(second)
            ):
                yield first


def _same(first: Token, second: Token) -> bool:
    """Whether a word is said again, or whole after it was cut off."""
    cut = first.cut or len(first.text) == 1
    return first.text == second.text or (cut and second.text.startswith(first.text))
