"""Word error rate of the texts as they are, without any normalisation; of the answers that were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.records import Counts


class RawWer(Metric):
    """Word error rate without normalisation."""

    name = "raw_wer"
    title = "Raw WER"
    order = 60
    shown = False
    loses = False
    whole = True
    meaning = "wrong words / reference words of the texts as they are"
    absent = "the references hold no words"
    fields: ClassVar[Mapping[str, str]] = {"errors": "raw_errors", "total": "raw_reference_words"}

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts:
        """Count errors in words, which stand between any blanks."""
        from rapidfuzz.distance import Levenshtein

        said = references[context.reference].split()
        return Counts(Levenshtein.distance(said, hypothesis.split()), len(said))
