"""What the metrics share that watch over words of one sort: which of them are kept, lost, or made up."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from pytest_asrbench.metrics.cleanup import lost
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.labels import Kind, Slot
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.metrics.normalizers.cleanup import Token
from pytest_asrbench.records import Counts


class KeptWords(CleanupMetric):
    """The share of words of one sort that are kept. inventions: whether those that nobody said count as lost ones."""

    better = "higher"
    loses = True
    inventions: ClassVar[bool] = True

    @abstractmethod
    def wants(self, token: Token, answer: Answer) -> bool:
        """Whether a word is of this sort."""

    def part_of(self, place: int, token: Token) -> int:
        """What a word counts for: words of one unit count once, and only if all are kept."""
        return place

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the units of this sort."""

        def wanted(slot: Slot) -> bool:
            return self.wants(slot.token, answer)

        content = [(place, slot) for place, slot in answer.of_kind(Kind.CONTENT) if wanted(slot)]
        units = _units((self.part_of(place, slot.token), answer.has(place)) for place, slot in content)
        made_up = self._made_up(answer, {answer.instead[place] for place, _ in content}) if self.inventions else []
        total = len(units) + len(made_up)
        found = told([*lost.losses(answer, wanted), *(f'added "{word}"' for word in made_up)])
        return Counts(sum(units.values()), total, {"made_up": len(made_up)}, found) if total else None

    def _made_up(self, answer: Answer, changed: set[int | None]) -> list[str]:
        """The units of an answer that nobody said, as it has written them; without those that stand for others."""
        added = set(answer.added) - changed
        given = [(place, token) for place, token in enumerate(answer.tokens) if self.wants(token, answer)]
        units = _units((self.part_of(place, token), place in added) for place, token in given)
        firsts = {self.part_of(place, token): place for place, token in reversed(given)}
        return [answer.words(range(firsts[unit], firsts[unit] + 1)) for unit, new in units.items() if new]


def _units(words: Iterable[tuple[int, bool]]) -> dict[int, bool]:
    """Each unit, and whether something holds for all of its words."""
    found: dict[int, bool] = {}
    for unit, holds in words:
        found[unit] = found.get(unit, True) and holds
    return found
