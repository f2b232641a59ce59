"""Which of the words that are not kept are said again right after them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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
    texts = [one.text for one in said]
    stays = " ".join(["", *(text for text, keep in zip(texts, kept, strict=True) if keep), ""])
    called, gone = {*marks, *terms}, {place for place, keep in enumerate(kept) if not keep}

    def again(first: Sequence[int], second: Sequence[int]) -> bool:
        """Whether words that are not kept stand there once more, other than words that say nothing twice, either."""
        return (
            gone.issuperset(first)
            and all(_same(said[one], said[other]) for one, other in zip(first, second, strict=True))
            and not called.issuperset(second)
            # What is kept twice on purpose, such as figures, is no repetition where it is taken back.
            and (kept[second[-1]] or _in_row(texts, (*first, *second)) not in stays)
        )

    found: set[int] = set()
    for between in (set(sounds), {*sounds, *marks}):
        row = [place for place in range(len(said)) if place not in between]
        while places := _without(row, gone, again):
            found.update(places)
    return found


def _in_row(texts: Sequence[str], places: Sequence[int]) -> str:
    return f" {' '.join(texts[place] for place in places)} "


def _without(
    row: list[int], gone: AbstractSet[int], again: Callable[[Sequence[int], Sequence[int]], bool]
) -> list[int]:
    """Take out of a row what stands in it once more right behind it, the shortest and the last first; return it.

    gone: the places of words that are not kept.
    """
    taken: list[int] = []
    for length in range(1, min(_LONGEST, len(row) // 2) + 1):
        for start in [start for start, place in enumerate(row) if place in gone][::-1]:
            first, second = row[start : start + length], row[start + length : start + 2 * length]
            if len(second) == length and again(first, second):
                taken += first
                del row[start : start + length]
    return taken


def _same(first: Token, second: Token) -> bool:
    """Whether a word is said again, or whole after it was cut off."""
    return first.text == second.text or (first.cut and second.text.startswith(first.text))
