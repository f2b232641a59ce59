"""Removal: which part of the fillers, repetitions and taken-back words that were said is not in the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import ClassVar

from pytest_asrbench.metrics.cleanup.answer import Answer, written
from pytest_asrbench.metrics.cleanup.labels import REMOVABLE, Slot
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


class Removal(CleanupMetric):
    """The share of words that were to go, and went. An answer that never came has removed nothing."""

    name = "removal"
    title = "Removal"
    better = "higher"
    order = 25
    shown = True
    meaning = "fillers, repetitions and taken-back words that are gone / all that were said"
    fields: ClassVar[Mapping[str, str]] = {
        "errors": "removal_gone",
        "total": "removal_total",
        **{f"{kind}_{what}": f"{kind}_{what}" for kind in REMOVABLE for what in ("gone", "total")},
    }

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the words of each kind that are gone."""
        words = list(answer.of_kind(*REMOVABLE))
        if not words:
            return None
        parts: dict[str, float] = {}
        for kind in REMOVABLE:
            gone = [not answer.has(place) for place, slot in words if slot.kind is kind]
            parts |= {f"{kind}_gone": sum(gone), f"{kind}_total": len(gone)}
        gone_of_all = sum(parts[f"{kind}_gone"] for kind in REMOVABLE)
        return Counts(gone_of_all, len(words), parts, told(_left(answer, words)))


def _left(answer: Answer, words: list[tuple[int, Slot]]) -> Iterator[str]:
    """The words that are left, those in a row together."""
    left = [(place, slot) for place, slot in words if answer.has(place)]
    rows = groupby(enumerate(left), key=lambda one: (one[1][0] - one[0], one[1][1].kind))
    for (_, kind), row in rows:
        text = " ".join(written(answer.references, slot) for _, (_, slot) in row)
        yield f'left "{text}" ({kind})'
