"""Numbers: which part of them are kept as they are. One that is made up counts as one lost."""

from __future__ import annotations

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.kept_words import KeptWords
from pytest_asrbench.metrics.cleanup.labels import Slot
from pytest_asrbench.metrics.normalizers.cleanup import Token


class Numbers(KeptWords):
    """The share of numbers that are kept. A one by itself is no number: mostly it counts nothing."""

    name = "numbers"
    title = "Numbers"
    order = 111
    meaning = "numbers in the answer / those that should come out, and those that nobody said"

    def wants(self, slot: Slot, answer: Answer) -> bool:
        """Whether it holds a figure; English number words are figures by now."""
        return _is_number(slot.token)

    def made_up(self, token: Token, answer: Answer) -> bool:
        """Whether it holds one."""
        return _is_number(token)


def _is_number(token: Token) -> bool:
    return any(sign.isdigit() for sign in token.text)
