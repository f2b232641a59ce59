"""Refusals: how often a model says that it will not or cannot, instead of writing down what was said."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup import phrases
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


class Refusals(CleanupMetric):
    """The share of answers that refuse."""

    name = "refusals"
    title = "Refusals"
    order = 115
    meaning = "answers that say they cannot / answers"

    def of_answer(self, answer: Answer, context: Context) -> Counts:
        """Count one answer."""
        refusing = [text for _, text in phrases.found(answer, "refusals")]
        return Counts(int(bool(refusing)), 1, found=told(f'refused: "{text}"' for text in refusing))
