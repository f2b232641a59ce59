"""Additions: words of an answer that nobody said and no reference has, against the words that were said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


class Additions(CleanupMetric):
    """Words made up. Small ones, which hold a sentence together, are counted apart from those that name something."""

    name = "additions"
    title = "Additions"
    order = 27
    shown = True
    meaning = "words that nobody said / words that were said"
    fields: ClassVar[Mapping[str, str]] = {
        "errors": "additions_errors",
        "total": "additions_total",
        "content": "additions_content",
        "small": "additions_small",
    }

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the words that lie beside none of either reference."""
        added, small = answer.added, answer.references.language.small
        of_grammar = sum(answer.tokens[place].text in small for place in added)
        parts = {"content": len(added) - of_grammar, "small": of_grammar}
        found = told(f'added "{answer.words(run)}"' for run in answer.runs)
        return Counts(len(added), answer.references.said, parts, found)
