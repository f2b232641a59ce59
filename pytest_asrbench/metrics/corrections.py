"""Corrections: how often a speaker who takes something back is followed: the old words gone, the next one there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_asrbench.metrics.cleanup.answer import Answer, written
from pytest_asrbench.metrics.cleanup.labels import Kind, Slot
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


@dataclass(frozen=True, slots=True)
class Correction:
    """Where words are taken back: their slots, and that of the word which is said instead, None at the end."""

    taken_back: Sequence[int]
    instead: int | None

    def applied(self, answer: Answer) -> bool:
        """Whether an answer does as the speaker says."""
        gone = not any(answer.has(place) for place in self.taken_back)
        return gone and (self.instead is None or answer.has(self.instead))


class Corrections(CleanupMetric):
    """The share of spoken corrections that are applied. A word that was only cut off is none."""

    name = "corrections"
    title = "Corrections"
    better = "higher"
    order = 109
    loses = True
    meaning = "spoken corrections that are applied / all of them"

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the corrections."""
        every = list(_corrections(answer.references.slots))
        missed = [one for one in every if not one.applied(answer)]
        found = told(_sentence(answer, one) for one in missed)
        return Counts(len(every) - len(missed), len(every), found=found) if every else None


def _corrections(slots: Sequence[Slot]) -> Iterator[Correction]:
    taken_back: list[int] = []
    for place, slot in enumerate(slots):
        if slot.kind is Kind.REPAIR:
            taken_back.append(place)
        elif slot.kind is Kind.CONTENT:
            if _is_correction(slots, taken_back):
                yield Correction(taken_back, place)
            taken_back = []
    if _is_correction(slots, taken_back):
        yield Correction(taken_back, None)


def _is_correction(slots: Sequence[Slot], taken_back: Sequence[int]) -> bool:
    return any(not slots[place].token.cut for place in taken_back)


def _sentence(answer: Answer, one: Correction) -> str:
    slots = answer.references.slots
    old = " ".join(written(answer.references, slots[place]) for place in one.taken_back)
    new = "" if one.instead is None else f' for "{written(answer.references, slots[one.instead])}"'
    return f'"{old}" was not taken back{new}'
