"""An answer laid beside its references, word by word: as many words of content as can be, then as many of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from pytest_asrbench.metrics.cleanup import spelling
from pytest_asrbench.metrics.cleanup.answer import Answer, References
from pytest_asrbench.metrics.cleanup.labels import Kind, Slot, slots
from pytest_asrbench.metrics.cleanup.language import language
from pytest_asrbench.metrics.normalizers.cleanup import Token, words


@lru_cache(maxsize=64)  # all metrics count in the same
def referred(verbatim: str, clean: str, code: str | None) -> References:
    """Lay a clean reference beside its verbatim one. code: of the language, as `profiles.rules_of` has it."""
    wanted = words(clean, code)
    numbers = spelling.numbers(code, wanted)
    said = spelling.together(spelling.as_in(words(verbatim, code), numbers, code), wanted)
    row = slots(said, wanted, language(code))
    return References(verbatim, clean, code, row, language(code), spelling.numbers(code, wanted, said))


@lru_cache(maxsize=8)
def answered(verbatim: str, clean: str, text: str, code: str | None) -> Answer:
    """Lay an answer beside its references."""
    references = referred(verbatim, clean, code)
    given = spelling.together(spelling.as_in(words(text, code), references.numbers, code), words(clean, code))
    beside: list[int | None] = [None] * len(references.slots)
    instead = list(beside)
    for place, at in enumerate(_laid(references.slots, given)):
        if at >= 0:
            right = given[place].text in _texts(references.slots[at])
            (beside if right else instead)[at] = place
    joined = frozenset(_join(references.slots, given, beside, instead))
    _leave(references.slots, given, beside, joined)
    return Answer(references, text, given, beside, instead, joined)


def _texts(slot: Slot) -> set[str]:
    """The forms in which a slot's word may come out: as it was said, and as it should be."""
    return {token.text for token in (slot.said, slot.clean) if token is not None}


def _laid(row: Sequence[Slot], given: Sequence[Token]) -> list[int]:
    """For each word of an answer its slot: as many words of content as can be, then as many of all."""
    import numpy as np

    from pytest_asrbench.metrics.cleanup.alignment import WORD, Places, lay, numbered

    texts, own, said = numbered(
        [one.text for one in given],
        [slot.token.text for slot in row],
        [(slot.said or slot.token).text for slot in row],
    )
    content = np.array([slot.kind is Kind.CONTENT for slot in row], dtype=bool)
    places = Places(
        own,
        said,
        np.where(content, 0, 1),
        np.where(content, 3 * WORD // 2, 3 * WORD),
        np.where(content, WORD, 0),
    )
    return lay(texts, places)


def _join(
    row: Sequence[Slot], given: Sequence[Token], beside: list[int | None], instead: list[int | None]
) -> Iterator[int]:
    """Find words that are written together on one side and apart on the other; yield the answer's that have no slot."""
    for group, places in list(_open(row, given, beside)):
        texts = [row[at].token.text for at in group]
        if len(group) != len(places) and "".join(texts) == "".join(given[place].text for place in places):
            for number, at in enumerate(group):
                beside[at], instead[at] = places[min(number, len(places) - 1)], None
            yield from places[len(group) :]


def _leave(row: Sequence[Slot], given: Sequence[Token], beside: list[int | None], joined: frozenset[int]) -> None:
    """Find words that were taken back and stand where those should that were said instead ("five" for "six")."""
    taken = joined.union(place for place in beside if place is not None)
    spare = {place: given[place].text for place in range(len(given)) if place not in taken}
    for begin, end in _gaps(row):
        wanted = {text: at for at in range(begin, end) if beside[at] is None for text in _texts(row[at])}
        if wanted.keys().isdisjoint(spare.values()):
            continue
        near = _near(row, beside, begin, end, len(given))
        for place, text in list(spare.items()):
            if place in near and text in wanted:
                beside[wanted.pop(text)] = place
                del spare[place]


def _near(row: Sequence[Slot], beside: Sequence[int | None], begin: int, end: int, given: int) -> range:
    """The places of an answer's words where those of a gap, or those that were said instead, should be."""
    instead = [at for at in range(end, len(row)) if row[at].kind is Kind.CONTENT][: end - begin]
    stop = instead[-1] if instead else end
    first = max((place for place in beside[:begin] if place is not None), default=-1) + 1
    return range(first, min((place for place in beside[stop:] if place is not None), default=given))


def _gaps(row: Sequence[Slot]) -> Iterator[tuple[int, int]]:
    """The runs of words that are to go."""
    for removable, run in groupby(enumerate(row), key=lambda one: one[1].kind.removable):
        places = [place for place, _ in run]
        if removable:
            yield places[0], places[-1] + 1


def _open(
    row: Sequence[Slot], given: Sequence[Token], beside: Sequence[int | None]
) -> Iterator[tuple[list[int], list[int]]]:
    """Between words that lie beside one another: the slots of content and the words of the answer that do not."""
    group: list[int] = []
    before = -1
    for at, slot in enumerate([*row, None]):
        place = len(given) if slot is None else beside[at]
        if place is None:
            if slot is not None and slot.kind is Kind.CONTENT:
                group.append(at)
            continue
        if group and place > before + 1:
            yield group, list(range(before + 1, place))
        group, before = [], place
