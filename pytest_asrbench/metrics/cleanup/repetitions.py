"""Which of the words that are not kept are said again right after them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

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
    stays = " ".join(["", *(one.text for one, keep in zip(said, kept, strict=True) if keep), ""])
    for between in (set(sounds), {*sounds, *marks}):
        row = [place for place in range(len(said)) if place not in between]
        while places := next(_again(row, said, kept, called, stays), None):
            found.update(places)
            row = [place for place in row if place not in places]
    return found


def _again(
    row: Sequence[int], said: Sequence[Token], kept: Sequence[bool], called: set[int], stays: str
) -> Iterator[Sequence[int]]:
    """Words of a row that are not kept and stand in it once more at once, the shortest and the last ones first.

    called: places of words that say nothing twice, either. stays: the words that are kept: what they say twice on
    purpose, such as figures, is no repetition where it is taken back.
    """
    starts = [start for start, place in enumerate(row) if not kept[place]]
    for length in range(1, _LONGEST + 1):
        for start in reversed(starts):
            first, second = row[start : start + length], row[start + length : start + 2 * length]
            if (
                len(second) == length
                and all(_same(said[one], said[other]) for one, other in zip(first, second, strict=True))
                and not any(kept[place] for place in first)
                and not called.issuperset(second)
                and (kept[second[-1]] or f" {' '.join(said[place].text for place in (*first, *second))} " not in stays)
            ):
                yield first


def _same(first: Token, second: Token) -> bool:
    """Whether a word is said again, or whole after it was cut off."""
    return first.text == second.text or (first.cut and second.text.startswith(first.text))
