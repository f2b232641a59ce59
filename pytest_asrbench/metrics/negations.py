"""Negations: which part of the words that turn a sentence around are kept. One that is made up counts as one lost."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.kept_words import KeptWords
from pytest_asrbench.metrics.normalizers.cleanup import Token


class Negations(KeptWords):
    """The share of negations that are kept. The "no" of a repair is no content, and counts for nothing."""

    name = "negations"
    title = "Negations"
    order = 110
    meaning = "negations in the answer / those that should come out, and those that nobody said"

    def wants(self, token: Token, answer: Answer) -> bool:
        """Whether a word is one."""
        return token.text in answer.references.language.negations
