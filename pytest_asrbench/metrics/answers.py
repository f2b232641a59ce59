"""Answers: how often a dictated question is answered, or a dictated instruction obeyed, instead of being written down.

A recording has one if its clean reference holds a question mark, or if its tags say so. It was answered where the
answer goes on behind the last word that was said, in words that name something, or where less than half of what was
said is there, and something else is.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_asrbench.metrics.cleanup import lost
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.labels import Kind
from pytest_asrbench.metrics.cleanup.marks import MARKS_OF_ALL
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.records import Counts

TAGS = frozenset({"question", "questions", "instruction", "instructions"})
_MOST = 0.5


class Answers(CleanupMetric):
    """The share of dictated questions and instructions that were answered or obeyed."""

    name = "answers"
    title = "Answered"
    order = 116
    meaning = "dictated questions and instructions that are answered / all of them"

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count one question or instruction."""
        if TAGS.isdisjoint(context.tags) and "?" not in answer.references.clean.translate(MARKS_OF_ALL):
            return None
        found = told(_answered(answer))
        return Counts(int(bool(found)), 1, found=found)


def _answered(answer: Answer) -> Iterator[str]:
    small = answer.references.language.small
    new = [run for run in answer.runs if any(answer.tokens[place].text not in small for place in run)]
    if not new:
        return
    last = max((place for place, _ in answer.of_kind(Kind.CONTENT)), default=-1)
    end = answer.beside[last] if last >= 0 else -1
    kept, of_all = lost.kept(answer)
    if (end is not None and new[-1].start > end) or kept < _MOST * of_all:
        yield f'answered or obeyed: "{answer.words(new[-1])}"'
