"""Whisper's English rules, with the tables of the package whisper-normalizer, on texts of any length and script.

The package's own call takes minutes on runs of brackets or blanks, fails on numbers of thousands of digits, takes a
full stop for a word and strips vowel signs of other scripts. Here are the same steps in the same order without that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby, islice
from typing import Any

from whisper_normalizer.basic import remove_symbols_and_diacritics
from whisper_normalizer.english import EnglishNumberNormalizer, EnglishTextNormalizer

_MAX_DIGITS = 300  # or words of a number that is still taken for one
_BRACKETS = (re.compile(r"[<\[][^>\]]*([>\]]|\Z)"), re.compile(r"\([^)]+(\)|\Z)"))


def without_brackets(text: str) -> str:
    """`text` without what stands in brackets; a bracket that nothing closes stays. Takes linear time."""
    for pattern in _BRACKETS:
        text = pattern.sub(lambda match: "" if match[1] else match[0], text)
    return text


class Numbers(EnglishNumberNormalizer):  # type: ignore[misc]
    """The package's numbers, of rows of any length."""

    def process_words(self, words: Sequence[str]) -> Iterator[Any]:
        """Yield `words` with their numbers in figures, none of which is made of too many words or digits."""
        for may_be_numeric, row in groupby(words, self._may_be_numeric):
            if not may_be_numeric:
                yield from row
                continue
            while part := list(islice(row, _MAX_DIGITS)):
                yield from super().process_words(part)

    def _may_be_numeric(self, word: str) -> bool:
        return word in self.words or not (word.isalpha() or len(word) > _MAX_DIGITS)


class English(EnglishTextNormalizer):  # type: ignore[misc]
    """The package's EnglishTextNormalizer for text in lower case, with single blanks."""

    def __init__(self) -> None:
        super().__init__()
        self.standardize_numbers = Numbers()
        self._ignored = re.compile(self.ignore_patterns)
        self._replaced = [(_always_in(pattern), re.compile(pattern), new) for pattern, new in self.replacers.items()]

    def __call__(self, s: str) -> str:
        """Normalise `s`; what is left of its marks stands for itself only beside a figure."""
        s = self._ignored.sub("", without_brackets(s))
        s = " ".join(s.split()).replace(" '", "'")
        for letters, pattern, replacement in self._replaced:
            if letters in s:  # most are in no text, and looking for them takes a twentieth of the pattern's time
                s = pattern.sub(replacement, s)
        s = re.sub(r"(\d),(\d)", r"\1\2", s)
        s = re.sub(r"\.(?![0-9])", " ", s)
        s = self.standardize_spellings(self.standardize_numbers(_plain_letters(s)))
        s = re.sub(r"[-+.$¢€£](?![0-9])", " ", s)
        return re.sub(r"(?<![0-9])%", " ", s)


def _always_in(pattern: str) -> str:
    """What every match of `pattern` holds: all of it, if it is made of letters and ends of words; else nothing."""
    letters = pattern.replace(r"\b", "")
    return letters if re.fullmatch(r"[\w' ]+", letters) else ""


def _plain_letters(s: str) -> str:
    """`s` without symbols other than those of amounts; Latin letters without their accents."""
    if not s.isascii():
        s = _pattern(r"\p{Latin}[\p{Latin}\p{M}]*").sub(lambda word: remove_symbols_and_diacritics(word[0]), s)
    return str(_pattern(r"[^\p{L}\p{M}\p{N}\s.%$¢€£\u200c\u200d]").sub(" ", s))


@cache
def _pattern(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)
