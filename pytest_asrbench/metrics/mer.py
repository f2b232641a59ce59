"""Match error rate (Morris, Maier and Green 2004): errors / (hits + errors), the share of matches that are wrong.

Never above 1. A clip without reference words says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.words import aligned
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
        words = aligned(*context.texts(references, hypothesis))
        return Counts(words.errors, words.hits + words.errors) if words.reference else None
