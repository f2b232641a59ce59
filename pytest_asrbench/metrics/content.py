"""Content: which part of the words that should come out is in the answer. The one that matters most."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup import lost
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts


class Content(CleanupMetric):
    """The share of content words that are kept. An answer that never came has kept none."""

    name = "content"
    title = "Content"
    better = "higher"
    order = 26
    shown = True
    loses = True
    meaning = "words of content in the answer / those that were said and should come out"

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the words of content that are in the answer."""
        kept, of_all = lost.kept(answer)
        return Counts(kept, of_all, found=told(lost.losses(answer))) if of_all else None
