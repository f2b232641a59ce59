"""What each word of a verbatim reference is, by the clean one: a filler, a repetition, part of a repair, or content.

Of words that are said twice, the last are those that stay. A cut-off word that is said whole right after it is a
repetition, any other one is taken back. An editing term ("no", "I mean") belongs to the repair whose words it takes
back; where nothing is taken back, it is a filler.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pytest_asrbench.metrics.cleanup.language import Language, Rows, longest
from pytest_asrbench.metrics.cleanup.repetitions import repeated
from pytest_asrbench.metrics.normalizers.cleanup import Token


class Kind(StrEnum):
    """What a word is. WRITTEN: it stands in the clean reference alone, nobody said it, and it may be written."""

    FILLER = "filler"
    REPETITION = "repetition"
    REPAIR = "repair"
    CONTENT = "content"
    WRITTEN = "written"

    @property
    def removable(self) -> bool:
        """Whether it should not be in an answer."""
        return self in REMOVABLE


REMOVABLE = (Kind.FILLER, Kind.REPETITION, Kind.REPAIR)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a word in an answer. said: the word of the verbatim reference; clean: that of the clean one."""

    kind: Kind
    said: Token | None = None
    clean: Token | None = None

    @property
    def token(self) -> Token:
        """The word as it should come out, or else as it was said."""
        found = self.clean or self.said
        assert found is not None
        return found


def slots(said: Sequence[Token], clean: Sequence[Token], language: Language) -> list[Slot]:
    """The words of both references in one row, in order, each with its kind."""
    said = [_stuttered(one, language) for one in said]
    beside = _beside(said, clean, language)
    laid = set(beside)
    kinds = _kinds(said, [place in laid for place in range(len(said))], language)
    return list(_merged(said, clean, beside, kinds))


def _stuttered(word: Token, language: Language) -> Token:
    """A word; a letter that is none is the beginning of one."""
    return replace(word, cut=True) if len(word.text) == 1 and word.text not in language.small else word


def _beside(said: Sequence[Token], clean: Sequence[Token], language: Language) -> list[int]:
    """For each word of the clean reference the one that was said, -1 for none."""
    import numpy as np

    from pytest_asrbench.metrics.cleanup.alignment import WORD, Places, lay, numbered

    spoken, written = numbered([one.text for one in said], [one.text for one in clean])
    sounds = np.array([language.is_filler(one.text) or one.cut for one in said], dtype=bool)
    places = Places(
        spoken,
        np.full(len(said), -1),
        np.zeros(len(said), dtype=np.int64),
        np.where(sounds, 3 * WORD, 3 * WORD // 2),
        np.where(sounds, WORD // 2, WORD),
    )
    return lay(written, places)


def _merged(
    said: Sequence[Token], clean: Sequence[Token], beside: Sequence[int], kinds: Sequence[Kind]
) -> Iterator[Slot]:
    done = 0
    for word, place in zip(clean, beside, strict=True):
        if place < 0:
            yield Slot(Kind.WRITTEN, clean=word)
            continue
        yield from (Slot(kinds[at], said[at]) for at in range(done, place))
        yield Slot(Kind.CONTENT, said[place], word)
        done = place + 1
    yield from (Slot(kinds[at], said[at]) for at in range(done, len(said)))


def _kinds(said: Sequence[Token], kept: Sequence[bool], language: Language) -> list[Kind]:
    """The kind of each word; kept: whether it is in the clean reference."""
    words = [one.text for one in said]
    kinds = [Kind.CONTENT if stays else Kind.REPAIR for stays in kept]
    gaps = list(_gaps(kept))
    sounds = {place for gap in gaps for row in _rows(language.fillers, words, *gap) for place in row}
    marks = {place for gap in gaps for row in _rows(language.markers, words, *gap) for place in row}
    terms = {place for gap in gaps for row in _rows(language.editing, words, *gap) for place in row}
    twice = repeated(said, kept, sounds, marks, terms)
    for place in sounds | twice:
        kinds[place] = Kind.FILLER if place in sounds else Kind.REPETITION
    for begin, end in gaps:
        _settle(words, kinds, begin, end, language)
    return kinds


def _gaps(kept: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The runs of words that are not kept."""
    begin = 0
    for place, stays in enumerate((*kept, True)):
        if stays:
            if place > begin:
                yield begin, place
            begin = place + 1


def _rows(rows: Rows, words: Sequence[str], begin: int, end: int) -> Iterator[range]:
    """The places of each row of words that stands from `begin` to before `end`."""
    place = begin
    while place < end:
        length = longest(rows, words[:end], place)
        if length:
            yield range(place, place + length)
        place += length or 1


def _settle(words: Sequence[str], kinds: list[Kind], begin: int, end: int, language: Language) -> None:
    """Tell what is taken back in a gap, and the terms behind it, from words that say nothing."""
    taken = begin - 2  # the last word that is taken back
    place = begin
    while place < end:
        if kinds[place] is not Kind.REPAIR:
            place += 1
            continue
        term, marker = (longest(rows, words[:end], place) for rows in (language.editing, language.markers))
        length = max(term, marker)
        open_kinds = kinds[place + length : place + length + 1] if place + length < end else []
        before, behind = taken == place - 1, open_kinds == [Kind.REPAIR]
        again = _holds(words[end : 2 * end - begin], words[place : place + length])  # in what is said instead
        if not length or (before and behind and not term) or ((before or behind) and again):
            taken, place = place, place + 1
            continue
        if not (term == length and taken >= begin):
            kinds[place : place + length] = [Kind.FILLER] * length
        place += length


def _holds(words: Sequence[str], row: Sequence[str]) -> bool:
    """Whether words hold a row of them."""
    return any(words[place : place + len(row)] == row for place in range(len(words)))
