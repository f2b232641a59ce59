"""Word information lost (Morris, Maier and Green 2004): 1 - hits² / (reference words · words heard).

It is no quotient of counts, so a case counts its loss in reference words: a corpus's WIL is the mean of its cases'
WILs, weighted by their reference words. A clip without reference words says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.words import Words, aligned, counted
from pytest_asrbench.records import Counts


class Wil(Metric):
    """Word information lost."""

    name = "wil"
    title = "WIL"
    order = 50
    shown = False
    meaning = "share of the words' information that is lost"
    absent = "the references hold no words"

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count the reference words whose information is lost."""
        return _counts(aligned(*context.texts(references, hypothesis)))

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """As they were saved, or of the words' counts where these alone were."""
        words = counted(flat)
        return super().restored(flat) or (_counts(words) if words is not None else None)


def _counts(words: Words) -> Counts | None:
    if not words.reference:
        return None
    heard = words.hits + words.substitutions + words.insertions
    kept = words.hits / words.reference * (words.hits / heard) if heard else 0.0
    return Counts((1 - kept) * words.reference, words.reference)
