"""Whisper's English rules, faster and to the letter the same: what cannot apply to a text is not tried on it.

Most sentences hold no contraction, title or number, yet the package walks every word through its number grammar and
tries some sixty substitutions. Each short cut here is taken only where the long way gives the same words: where rules
cannot apply, or apply to one word, or to a contraction and the word after it, whatever stands around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from whisper_normalizer.english import EnglishNumberNormalizer, EnglishTextNormalizer

_WORD = re.compile(r"\w+")
_WHOLE_WORD = re.compile(r"\\b(\w+)\\b")  # a rule for one word, such as r"\bmr\b"
_WHOLE_WORDS = re.compile(r"\\b\(([\w|]+)\)\\b")  # and one for several, such as r"\b(uh|um)\b"
_CONTRACTED = re.compile(r"(?:\\b)?[a-z]*'[a-z]+(?: ([a-z]+))?\\b")  # one for the end of a word, and the word after it
# Sentences in which every mark becomes a blank, but that a full stop after another one may stay.
_PLAIN = re.compile(r"(?:[a-z\s,;:!?\"-]|\.(?!\.)|(?<=[a-z])'(?=[a-z]))*", re.ASCII)
_MARKS = str.maketrans(dict.fromkeys(",;:!?\"-.'", " "))
_PLAIN_SPELLING = re.compile(r"[a-z'-]+")
_WITHOUT_MARKS = re.compile(r"[a-z0-9 ]*")


class _Numbers(EnglishNumberNormalizer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        # "and" changes a text between number words only.
        self.numeric: frozenset[str] = frozenset(self.words) - {"and"}

    def process_words(self, words: Sequence[str]) -> Iterator[Any]:
        """Yield `words` with their numbers in figures. What stands between other words is read without them."""
        for may_be_numeric, row in groupby(words, self._may_be_numeric):
            if may_be_numeric:
                yield from super().process_words(list(row))
            else:
                yield from row

    def _may_be_numeric(self, word: str) -> bool:
        return word in self.words or not word.isalpha()


class English(EnglishTextNormalizer):  # type: ignore[misc]
    """The package's EnglishTextNormalizer with its short cuts; not safe for use by several threads at once."""

    replacers: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.standardize_numbers = _Numbers()
        self._all_replacers = self.replacers
        whole_words = [_WHOLE_WORD.fullmatch(pattern) for pattern in self.replacers]
        contracted = [_CONTRACTED.fullmatch(pattern) for pattern in self.replacers]
        self._titles = {match[1]: self.replacers[match[0]] for match in whole_words if match is not None}
        # A rule of another form than these two is always tried.
        self._unforeseen = not all(a or b for a, b in zip(whole_words, contracted, strict=True))
        fillers = _WHOLE_WORDS.fullmatch(self.ignore_patterns)
        self._fillers = frozenset(fillers[1].split("|")) if fillers is not None else frozenset()
        spelling = self.standardize_spellings.mapping.items()
        odd = {word for word, spelled in spelling if not _PLAIN_SPELLING.fullmatch(spelled)}  # "flier / flyer"
        self._long_way = frozenset({*odd, "half"})
        made = {word for replacement in self.replacers.values() for word in replacement.split()}
        ruled = self._long_way | self._fillers | self._titles.keys()
        self._short = fillers is not None and not self._unforeseen and made.isdisjoint(ruled)
        after = "|".join(sorted({match[1] for match in contracted if match is not None and match[1]})) or r"\Z"
        self._contraction = re.compile(rf"[a-z]+(?:'[a-z]+)+(?: (?:{after})\b)?")
        self._contraction_after = re.compile(rf"\b(?:{after})'")  # in "it's got's" two contractions meet
        self._expanded = lru_cache(maxsize=10_000)(self._expand)

    def __call__(self, s: str) -> str:
        """Normalise `s`."""
        lower = s.lower()
        short = self._short_way(lower)
        if short is not None:
            return short
        self.replacers = self._all_replacers if self._may_apply(lower) else {}
        normalized: str = super().__call__(s)
        return normalized

    def _short_way(self, s: str) -> str | None:
        """Normalise a sentence of plain letters and marks; None if `s` is none, or holds what takes the long way."""
        if not self._short or not _PLAIN.fullmatch(s):
            return None
        words = s.translate(_MARKS).split()
        if not self._long_way.isdisjoint(words):
            return None
        if not self._fillers.isdisjoint(words):
            s = re.sub(self.ignore_patterns, "", s)
            if not _PLAIN.fullmatch(s):  # two full stops have met
                return None
            words = s.translate(_MARKS).split()
        titles = not self._titles.keys().isdisjoint(words)
        if "'" in s:
            if titles or self._contraction_after.search(s):
                return None
            words = self._contraction.sub(lambda match: self._expanded(match[0]), s).translate(_MARKS).split()
        elif titles:
            words = " ".join([self._titles.get(word, word) for word in words]).split()
        if not self.standardize_numbers.numeric.isdisjoint(words):
            figures = self.standardize_numbers(" ".join(words))
            if not _WITHOUT_MARKS.fullmatch(figures):  # "$5"
                return None
            words = figures.split()
        spelled = self.standardize_spellings.mapping
        return " ".join([spelled.get(word, word) for word in words])

    def _expand(self, contraction: str) -> str:
        """Apply the rules to a contraction by itself, such as "it's been"."""
        for pattern, replacement in self._all_replacers.items():
            contraction = re.sub(pattern, replacement, contraction)
        return contraction

    def _may_apply(self, s: str) -> bool:
        # Taking out a bracket may join what stood around it into a word that is to be replaced.
        titles = self._titles.keys()
        return self._unforeseen or any(mark in s for mark in "'<[(") or not titles.isdisjoint(_WORD.findall(s))
