"""An answer beside what was said and what should have come out: which words were kept, left, and made up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pytest_asrbench.metrics.cleanup import spelling
from pytest_asrbench.metrics.cleanup.labels import Kind, Slot
from pytest_asrbench.metrics.cleanup.language import Language
from pytest_asrbench.metrics.normalizers.cleanup import Token

_EDIT = 0.5  # of the clean reference's words must have been said, in this order


@dataclass(frozen=True)
class References:
    """A verbatim reference and its clean one. slots: the words of both in one row, as `labels.slots` has them.

    code: the language by whose rules they are read, as `profiles.rules_of` has it. numbers: how they write theirs.
    """

    verbatim: str
    clean: str
    code: str | None
    slots: Sequence[Slot]
    language: Language
    numbers: spelling.Numbers

    @cached_property
    def clean_words(self) -> Sequence[str]:
        """The clean reference between its blanks."""
        return self.clean.split()

    @cached_property
    def written(self) -> int:
        """Words of the clean reference."""
        return sum(slot.clean is not None for slot in self.slots)

    @cached_property
    def kept(self) -> int:
        """Words of the clean reference that were said."""
        return sum(slot.said is not None and slot.clean is not None and same(slot) for slot in self.slots)

    @property
    def is_edit(self) -> bool:
        """Whether the clean reference is the verbatim one with words taken out, and hardly any other change."""
        return self.kept >= _EDIT * self.written

    @cached_property
    def said(self) -> int:
        """Words of the verbatim reference."""
        return sum(slot.said is not None for slot in self.slots)


@dataclass(frozen=True)
class Answer:
    """An answer, laid beside its references.

    tokens: its words. beside: for each slot the place of the answer's word that is the same, None where there is none.
    instead: for each slot the place of a word that stands there in place of its own. joined: places of words that are
    parts of one that a reference writes together.
    """

    references: References
    text: str
    tokens: Sequence[Token]
    beside: Sequence[int | None]
    instead: Sequence[int | None]
    joined: frozenset[int] = frozenset()

    @cached_property
    def added(self) -> Sequence[int]:
        """The places of words that neither reference has there."""
        laid = self.joined.union(place for place in self.beside if place is not None)
        return [place for place in range(len(self.tokens)) if place not in laid]

    @cached_property
    def runs(self) -> Sequence[range]:
        """Added words, those in a row together."""
        found: list[range] = []
        for place in self.added:
            if found and found[-1].stop == place:
                found[-1] = range(found[-1].start, place + 1)
            else:
                found.append(range(place, place + 1))
        return found

    def of_kind(self, *kinds: Kind) -> Iterator[tuple[int, Slot]]:
        """The slots of some kinds, with their places."""
        return ((place, slot) for place, slot in enumerate(self.references.slots) if slot.kind in kinds)

    def has(self, slot: int) -> bool:
        """Whether the word of a slot is in the answer."""
        return self.beside[slot] is not None

    def words(self, places: range) -> str:
        """Words of the answer, as it has written them."""
        return quoted(self.text, self.tokens[places.start], self.tokens[places.stop - 1])


def same(slot: Slot) -> bool:
    """Whether what was said is what should come out."""
    return slot.said is not None and slot.clean is not None and slot.said.text == slot.clean.text


def written(references: References, slot: Slot) -> str:
    """The word of a slot as its reference has written it."""
    return quoted(references.verbatim if slot.clean is None else references.clean, slot.token, slot.token)


def quoted(text: str, first: Token, last: Token) -> str:
    """The words of a text from which words were made, without the marks around them."""
    return " ".join(_split(text)[first.first : last.last + 1]).strip(".,;:!?\"'()[]*_ ")


@lru_cache(maxsize=8)
def _split(text: str) -> Sequence[str]:
    return text.split()
