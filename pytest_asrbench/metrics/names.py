"""Names: which part of the words that the clean reference writes as names are in the answer, however it writes them.

A name is a word in capitals ("NASA"), with a capital within ("McAuliffe"), or one that begins with a capital amidst a
sentence. Languages that write all nouns so, and references without capitals, have no names to tell.
"""

from __future__ import annotations

import re

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.kept_words import KeptWords
from pytest_asrbench.metrics.normalizers.cleanup import Token

_NOUNS = frozenset({"de", "lb", "nds", "bar", "gsw"})  # languages that write every noun with a capital
_SENTENCE = re.compile(r"[.!?:…]+[\"'”»)\]]*$")
_MARKS = "\"'“”‘’«»([{*_#-–—"


class Names(KeptWords):
    """The share of names that are kept."""

    name = "names"
    title = "Names"
    order = 112
    inventions = False  # nobody can tell
    meaning = "words of names in the answer / those that should come out"

    def wants(self, token: Token, answer: Answer) -> bool:
        """Whether the clean reference writes a word of its own as a name."""
        if answer.references.code in _NOUNS:
            return False
        words, place = answer.references.clean_words, token.first
        word = words[place].strip(_MARKS)
        inner = any(sign.isupper() for sign in word[1:])
        begins = place == 0 or _SENTENCE.search(words[place - 1]) is not None or not words[place - 1].strip(_MARKS)
        return inner or (word[:1].isupper() and not begins and not _is_i(word))


def _is_i(word: str) -> bool:
    """Whether it is the English pronoun, which is always a capital."""
    return re.match(r"I(\W|$)", word) is not None
