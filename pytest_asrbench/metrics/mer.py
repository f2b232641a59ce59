"""Match error rate (Morris, Maier and Green 2004): errors / (hits + errors), the share of matches that are wrong.

Never above 1. A clip without reference words says nothing of it.
"""

from __future__ import annotations

from pytest_asrbench.metrics.alignment_counts import AlignmentMetric
from pytest_asrbench.metrics.words import Words
from pytest_asrbench.records import Counts


class Mer(AlignmentMetric):
    """Match error rate."""

    name = "mer"
    title = "MER"
    order = 40
    shown = False
    whole = True
    meaning = "wrong words / hits and wrong words"
    absent = "the references hold no words"

    def of_words(self, words: Words) -> Counts | None:
        """Count wrong matches among all."""
        return Counts(words.errors, words.hits + words.errors) if words.reference else None
