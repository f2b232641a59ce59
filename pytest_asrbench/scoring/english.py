"""Whisper's English rules, faster and to the letter the same: what cannot apply to a text is not tried on it.

Most sentences hold no contraction, title or number, yet the package walks every word through its number grammar and
tries some sixty substitutions. Each short cut here is taken only where the long way provably returns its input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from whisper_normalizer.english import EnglishNumberNormalizer, EnglishTextNormalizer

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_WHOLE_WORD = re.compile(r"\\b(\w+)\\b")  # a rule for one word, such as r"\bmr\b"
_WHOLE_WORDS = re.compile(r"\\b\(([\w|]+)\)\\b")  # and one for several, such as r"\b(uh|um)\b"
# Sentences in which every mark becomes a blank, but that a full stop after another one may stay.
_PLAIN = re.compile(r"(?:[a-z\s,;:!?\"-]|\.(?!\.))*", re.ASCII)
_MARKS = str.maketrans(dict.fromkeys(',;:!?"-.', " "))
_PLAIN_SPELLING = re.compile(r"[a-z'-]+")


class _Numbers(EnglishNumberNormalizer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        # "and" changes a text between number words only.
        self.numeric: frozenset[str] = frozenset(self.words) - {"and"}

    def process_words(self, words: Sequence[str]) -> Iterator[Any]:
        """Yield `words` as they are if there is no number among them."""
        if self.numeric.isdisjoint(words) and not _DIGIT.search(" ".join(words)):
            return iter(words)
        numbers: Iterator[Any] = super().process_words(words)
        return numbers


class English(EnglishTextNormalizer):  # type: ignore[misc]
    """The package's EnglishTextNormalizer with its short cuts; not safe for use by several threads at once."""

    replacers: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.standardize_numbers = _Numbers()
        self._all_replacers = self.replacers
        whole_words = (_WHOLE_WORD.fullmatch(pattern) for pattern in self.replacers if "'" not in pattern)
        self._titles = frozenset(match[1] for match in whole_words if match is not None)
        # A rule of another form than these two is always tried.
        self._unforeseen = len(self._titles) + sum("'" in pattern for pattern in self.replacers) < len(self.replacers)
        self._words = self._words_with_rules()

    def _words_with_rules(self) -> frozenset[str] | None:
        """The words without apostrophe that rules are about, but for plain spellings; None: they are not known."""
        fillers = _WHOLE_WORDS.fullmatch(self.ignore_patterns)
        if fillers is None or self._unforeseen:
            return None
        spelling = self.standardize_spellings.mapping.items()
        odd = {word for word, spelled in spelling if not _PLAIN_SPELLING.fullmatch(spelled)}  # "flier / flyer"
        return self._titles | self.standardize_numbers.numeric | odd | {*fillers[1].split("|"), "half"}

    def __call__(self, s: str) -> str:
        """Normalise `s`."""
        lower = s.lower()
        if self._words is not None and _PLAIN.fullmatch(lower):
            words = lower.translate(_MARKS).split()
            if self._words.isdisjoint(words):
                spelled = self.standardize_spellings.mapping
                return " ".join([spelled.get(word, word) for word in words])
        self.replacers = self._all_replacers if self._may_apply(lower) else {}
        normalized: str = super().__call__(s)
        return normalized

    def _may_apply(self, s: str) -> bool:
        # Taking out a bracket may join what stood around it into a word that is to be replaced.
        return self._unforeseen or any(mark in s for mark in "'<[(") or not self._titles.isdisjoint(_WORD.findall(s))
