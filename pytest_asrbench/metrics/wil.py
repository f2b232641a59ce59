"""Word information lost (Morris, Maier and Green 2004): 1 - hits² / (reference words · words heard).

It is no quotient of counts, so a case counts its loss in reference words: a corpus's WIL is the mean of its cases'
WILs, weighted by their reference words. A clip without reference words says nothing of it.
"""

from __future__ import annotations

from pytest_asrbench.metrics.alignment_counts import AlignmentMetric
from pytest_asrbench.metrics.words import Words
from pytest_asrbench.records import Counts


class Wil(AlignmentMetric):
    """Word information lost."""

    name = "wil"
    title = "WIL"
    order = 50
    shown = False
    meaning = "share of the words' information that is lost"
    absent = "the references hold no words"

    def of_words(self, words: Words) -> Counts | None:
        """Count the reference words whose information is lost."""
        if not words.reference:
            return None
        heard = words.hits + words.substitutions + words.insertions
        kept = words.hits / words.reference * (words.hits / heard) if heard else 0.0
        return Counts((1 - kept) * words.reference, words.reference)
