"""Copy-back: how often an answer is what was said, word for word, although there was something to take out of it."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup import lost
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.labels import REMOVABLE
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts

_ALIKE = 0.05  # of the words may differ


class Copyback(CleanupMetric):
    """The share of clips with something to remove that were copied back."""

    name = "copyback"
    title = "Copied back"
    order = 113
    meaning = "answers that leave all in that was to go, and hardly change a word / clips with something to take out"

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count one clip."""
        words = [place for place, _ in answer.of_kind(*REMOVABLE)]
        if not words:
            return None
        kept, of_all = lost.kept(answer)
        changed = of_all - kept + len(answer.added)
        copied = all(map(answer.has, words)) and changed <= _ALIKE * answer.references.said
        found = ("what was said was copied back word for word",) if copied else ()
        return Counts(int(copied), 1, found=found)
