"""Written WER: the word error rate of texts as they are written, where case counts and each mark is a word."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.marks import has_any, written
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


class WrittenWer(CleanupMetric):
    """Word error rate with case and punctuation."""

    name = "written_wer"
    title = "Written WER"
    order = 119
    loses = True
    meaning = "wrong words and marks / those of the reference, as they are written"

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the errors; a reference without marks and capitals says nothing of them."""
        from rapidfuzz.distance import Levenshtein

        if not has_any(answer.references.clean):
            return None
        wanted = written(answer.references.clean)
        return Counts(Levenshtein.distance(wanted, written(answer.text)), len(wanted))
