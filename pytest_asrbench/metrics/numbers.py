"""Numbers: which part of them are kept as they are. One that is made up counts as one lost."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.kept_words import KeptWords
from pytest_asrbench.metrics.normalizers.cleanup import Token


class Numbers(KeptWords):
    """The share of numbers that are kept. A one by itself is no number: mostly it counts nothing."""

    name = "numbers"
    title = "Numbers"
    order = 111
    meaning = "numbers in the answer / those that should come out, and those that nobody said"

    def wants(self, token: Token, answer: Answer) -> bool:
        """Whether a word is part of a number, in figures or, in English, in words."""
        return token.number >= 0

    def part_of(self, place: int, token: Token) -> int:
        """The number."""
        return token.number
