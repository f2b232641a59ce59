"""The English rules of the Open ASR Leaderboard: Whisper's, and what `leaderboard.toml` changes in them.

Beside its data, four things differ from Whisper's: clock times are written in figures, "oh" is a zero among digits
alone, letters that are spelt out become one word, and only the contractions of pronouns are taken apart.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from whisper_normalizer.basic import remove_symbols_and_diacritics
from whisper_normalizer.english import EnglishTextNormalizer

from pytest_asrbench.metrics.normalizers.clock import Clock
from pytest_asrbench.metrics.normalizers.english import Numbers, without_brackets

_DATA = Path(__file__).with_name("leaderboard.toml")
_OH, _WORD = "oh", "\ue000oh"  # and one that is no figure, as the table of numbers is to see it
_FIGURES = re.compile(r"\D?\d+(\.\d+)?")
_REPEATERS = ("double", "triple")
_ARTICLES = frozenset("ai")  # letters that are words, too: it takes more of them to spell something out


class Leaderboard(EnglishTextNormalizer):  # type: ignore[misc]
    """The leaderboard's normaliser for English text, as it was written."""

    def __init__(self) -> None:
        super().__init__()
        table: Mapping[str, Any] = tomllib.loads(_DATA.read_text("utf-8"))
        self._fillers = re.compile(rf"\b({'|'.join(table['fillers'])})\b")
        self._contractions = [
            (rf"\b({table['is_of']})'s\b", r"\1 is") if pattern == r"'s\b" else (pattern, written)
            for pattern, written in self.replacers.items()
            if pattern not in table["kept"]
        ]
        self._compounds = [
            (re.compile(r"\b" + parts.replace(" ", r"\s+") + r"\b"), whole)
            for parts, whole in table["compounds"].items()
        ]
        self._words = {**self.standardize_spellings.mapping, **table["spellings"]}
        self._names = {other: name for name, others in table["names"].items() for other in others.split()}
        self._numbers = _Numbers()
        self._clock = Clock(self._numbers)

    def __call__(self, s: str) -> str:
        """Normalise `s` by the leaderboard's steps, in its order."""
        s = self._fillers.sub("", without_brackets(s.lower()))
        s = self._clock(re.sub(r"\s+'", "'", s))
        for pattern, written in self._contractions:
            s = re.sub(pattern, written, s)
        s = re.sub(r"\.(?![0-9])", " ", re.sub(r"(\d),(\d)", r"\1\2", s))
        s = remove_symbols_and_diacritics(s, keep=".%$¢€£")
        for parts, whole in self._compounds:
            s = parts.sub(whole, s)
        words = (self._words.get(word, word) for word in self._numbers(s).split())
        s = " ".join(spelt_out([self._names.get(word, word) for word in words]))
        return " ".join(re.sub(r"(?<![0-9])%", " ", re.sub(r"[.$¢€£](?![0-9])", " ", s)).split())


def spelt_out(words: Sequence[str]) -> Iterator[str]:
    """Yield `words`, runs of single letters and figures in one: two, or three where "a" or "i" is among them."""
    run: list[str] = []
    for word in (*words, ""):
        if len(word) == 1 and word.isalnum():
            run.append(word)
            continue
        if len(run) >= (2 if _ARTICLES.isdisjoint(run) else 3):
            yield "".join(run)
        else:
            yield from run
        run = []
        if word:
            yield word


class _Numbers(Numbers):
    """Whisper's numbers, but that "oh" is a zero only within a row of digits."""

    def process_words(self, words: Sequence[str]) -> Iterator[Any]:
        """Yield `words` with their numbers in figures."""
        for word in super().process_words(list(self._marked(words))):
            yield word.replace(_WORD, _OH)

    def _marked(self, words: Sequence[str]) -> Iterator[str]:
        """Yield `words`, each "oh" that is no zero marked. What belongs to a number, and stands before it, has none."""
        plain = self._are_words(words)
        before = ""
        for place, word in enumerate(words):
            if place in plain:
                yield f"{self.preceding_prefixers.get(before, '')}{_WORD}"
            elif place + 1 not in plain or not self._needs_number(word, before):
                yield word
            before = word

    def _needs_number(self, word: str, before: str) -> bool:
        """Whether a word that stands before what is no number is lost, or becomes a sign of that."""
        return word in (*self.preceding_prefixers, "point") or (word == "and" and before in self.multipliers)

    def _are_words(self, words: Sequence[str]) -> set[int]:
        """The places of each "oh" that is no zero: a zero goes on with a digit, and has one before or a second one."""
        found: set[int] = set()
        for place, word in enumerate(words):
            if word != _OH or (place and words[place - 1] in _REPEATERS):
                continue
            after = [self._is_digit(one) for one in words[place + 1 : place + 3]]
            begun = place > 0 and place - 1 not in found and self._may_go_on(words[max(0, place - 2) : place])
            if after != [True, True] and not (begun and after[:1] == [True]):
                found.add(place)
        return found

    def _is_digit(self, word: str) -> bool:
        return word.isdecimal() or word in self.zeros or word in self.ones or word in self.tens

    def _may_go_on(self, before: Sequence[str]) -> bool:
        """Whether a number that ends with these one or two words takes further digits."""
        last = before[-1]
        if last == "and":
            return before[0] in self.multipliers
        return last == "point" or last in self.multipliers or self._is_digit(last) or bool(_FIGURES.fullmatch(last))
