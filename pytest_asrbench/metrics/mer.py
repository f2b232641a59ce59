"""Match error rate (Morris, Maier and Green 2004): errors / (hits + errors), the share of matches that are wrong.

Never above 1. A clip without reference words says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.words import Words, aligned, counted
from pytest_asrbench.records import Counts


class Mer(Metric):
    """Match error rate."""

    name = "mer"
    title = "MER"
    order = 40
    shown = False
    whole = True
    meaning = "wrong words / hits and wrong words"
    absent = "the references hold no words"

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count wrong matches among all."""
        return _counts(aligned(*context.texts(references, hypothesis)))

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """As they were saved, or of the words' counts where these alone were."""
        words = counted(flat)
        return super().restored(flat) or (_counts(words) if words is not None else None)


def _counts(words: Words) -> Counts | None:
    return Counts(words.errors, words.hits + words.errors) if words.reference else None
