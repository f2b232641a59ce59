"""Punctuation: the F1 of its marks, 2 · right ones / (marks of the answer + marks of the reference), by mark, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.marks import MARKS, has_any, pairs
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


class Punctuation(CleanupMetric):
    """F1 of punctuation marks behind words that agree."""

    name = "punctuation"
    title = "Punctuation F1"
    better = "higher"
    order = 120
    meaning = "twice the marks that are right / the answer's and the reference's marks"
    fields: ClassVar[Mapping[str, str]] = {
        "errors": "punctuation_right",
        "total": "punctuation_total",
    }

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the marks on both sides."""
        if not has_any(answer.references.clean):
            return None
        right, of_all = dict.fromkeys(MARKS, 0), dict.fromkeys(MARKS, 0)
        for wanted, given in pairs(answer):
            for mark in filter(None, (wanted, given)):
                of_all[mark] += 1
                right[mark] += wanted == given
        parts = {f"{name}_right": right[mark] for mark, name in MARKS.items()}
        parts |= {f"{name}_total": of_all[mark] for mark, name in MARKS.items()}
        return Counts(sum(right.values()), sum(of_all.values()), parts)
