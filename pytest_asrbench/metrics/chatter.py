"""Chatter: how often a model speaks of its answer ("Here is the cleaned text:") or fences it. Nothing is stripped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pytest_asrbench.metrics.cleanup import phrases
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts

_KINDS = ("preamble", "closing", "fence")


class Chatter(CleanupMetric):
    """The share of answers with chatter. Its words are additions besides."""

    name = "chatter"
    title = "Chatter"
    order = 114
    meaning = "answers with words about the answer, or in fences / answers"
    fields: ClassVar[Mapping[str, str]] = {
        "errors": "chatter_errors",
        "total": "chatter_total",
        **{kind: f"chatter_{kind}" for kind in _KINDS},
    }

    def of_answer(self, answer: Answer, context: Context) -> Counts:
        """Count one answer."""
        parts = dict(phrases.found(answer, "chatter"))
        if phrases.fenced(answer):
            parts["fence"] = phrases.FENCE
        found = told(f'{kind}: "{text}"' for kind, text in parts.items())
        return Counts(int(bool(parts)), 1, {kind: int(kind in parts) for kind in _KINDS}, found)
