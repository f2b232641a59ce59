"""Texts to words for cleaned dictation: every word that is said stays one, and what is written in two ways is one.

Fillers, repetitions, cut-off words and negations are kept; "n't" is the word "not". English numbers are in figures.
Each word knows which words of the text it is made of, so that a finding about it can be shown in that text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pytest_asrbench.metrics.normalizers import numerals, scripts, unicode

_CUT = re.compile(r"\w['’]?[-\u2010-\u2015]+[,.;:!?\"'”»)\]]*$")
_STOP = re.compile(r"[,.;:!?…–—)\]]+[\"'”»)\]]*$")
_FIGURES = re.compile(r"(\d[\d.,:]*\d|\d)([^\W\d_]*)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as it is compared, and the first and last word of the text that it is made of, counted from 0.

    cut: whether the text marks it as cut off ("st-"); stop: whether a mark behind it separates it from the next one.
    number: the number, counted from 0, that it is part of; -1 for none, and for a one that no number stands beside.
    """

    text: str
    first: int
    last: int
    cut: bool = False
    stop: bool = False
    number: int = -1


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are a number: the places of the first and behind the last, and how it is written in figures."""

    begin: int
    end: int
    figures: tuple[str, ...]


def apply(text: str, code: str | None) -> str:
    """A text in its words, numbers in figures. code: its language, as `profiles.rules_of` has it."""
    found = words(text, code)
    texts: list[str] = []
    place = 0
    for phrase in phrases(found, code):
        texts += [one.text for one in found[place : phrase.begin]]
        texts += phrase.figures
        place = phrase.end
    return " ".join((*texts, *(one.text for one in found[place:])))


@lru_cache(maxsize=32)  # the same texts are asked for again
def words(text: str, code: str | None) -> Sequence[Token]:
    """The words of a text, each as it is said; a number in figures is one word."""
    found = [
        Token(said, place, place, cut, stop)
        for place, word in enumerate(text.split())
        for said, cut, stop in _of_word(word, code)
    ]
    every = list(phrases(found, code))
    beside = {place for phrase in every for place in (phrase.begin - 1, phrase.end)}
    for number, phrase in enumerate(every):
        if phrase.figures == ("one",) and phrase.begin not in beside:
            continue  # mostly it counts nothing
        for place in range(phrase.begin, phrase.end):
            found[place] = replace(found[place], number=number)
    return found


def phrases(found: Sequence[Token], code: str | None) -> Iterator[Phrase]:
    """The numbers in a row of words; one in English words ends where a mark separates two of them."""
    texts = [one.text for one in found]
    starts = numerals.starts() if code == "en" else frozenset()
    place = 0
    while place < len(found):
        if texts[place] not in starts and not texts[place][0].isdigit():
            place += 1  # as of nearly all words
            continue
        phrase = _phrase(found, texts, place) if code == "en" else None
        if phrase is None and texts[place][0].isdigit():
            phrase = Phrase(place, place + 1, (texts[place],))
        if phrase is not None:
            yield phrase
        place = place + 1 if phrase is None else phrase.end


def _phrase(found: Sequence[Token], texts: Sequence[str], place: int) -> Phrase | None:
    """The English number that begins at a place."""
    near = found[place : place + numerals.MAX_WORDS]
    length = next((at for at, one in enumerate(near, 1) if one.stop), len(near))
    number = numerals.numeral(texts[place : place + length])
    if number is not None:
        return Phrase(place, place + number.length, number.words)
    single = numerals.ordinal(texts[place])
    return None if single is None else Phrase(place, place + 1, (single,))


@lru_cache(maxsize=65_536)  # words come again and again
def _of_word(word: str, code: str | None) -> tuple[tuple[str, bool, bool], ...]:
    """What one word between blanks is made of, each with `cut` and `stop`."""
    folded = unicode.fold(word, code)
    texts = [text for piece in folded.split() for text in _split(piece, code or "")]
    cut, stop = _CUT.search(word) is not None, _STOP.search(word) is not None
    last = len(texts) - 1
    return tuple((text, cut and place == last, stop and place == last) for place, text in enumerate(texts))


def _split(piece: str, code: str) -> Iterator[str]:
    table = _table(code)
    signs: Mapping[str, str] = table.get("signs", {})
    if _pattern(r"(\p{L}\.){2,}\p{L}?\W*").fullmatch(piece):  # "p.m.", "U.S."
        piece = piece.replace(".", "")
    if any(sign.isdigit() for sign in piece):
        yield from _figures(piece, table, signs)
        return
    for word in _pattern(r"[\p{L}\p{M}\p{N}'\u200c\u200d]+|[%&+€$£]").findall(piece):
        for text in (
            _opened(signs.get(word, word), table) if word in signs or word[-1:].isalnum() or "'" in word else []
        ):
            yield from scripts.split(text)


def _figures(piece: str, table: Mapping[str, Any], signs: Mapping[str, str]) -> Iterator[str]:
    """Figures without their marks, with what stands behind them; a sign of money before them is said behind."""
    behind = [signs[sign] for sign in piece if sign in signs]
    rest = "".join(" " if sign in signs else sign for sign in piece)
    for part in _pattern(r"\d[\d.,:]*\d\p{L}*|\d\p{L}*|[\p{L}\p{M}']+").findall(rest):
        match = _FIGURES.fullmatch(part)
        if match is None:
            yield from _opened(part, table)
            continue
        ordinal = match[2] in ("st", "nd", "rd", "th", "s") and ":" not in match[1]
        numbers = _plain(match[1]).split(":")
        numbers = [*numbers[:-1], numbers[-1] + match[2]] if ordinal else [*numbers, *filter(None, [match[2]])]
        for number in numbers:
            yield from _variants(number, table).split()
    for sign in behind:
        yield from sign.split()


def _plain(figures: str) -> str:
    """Figures without the marks between their thousands."""
    return re.sub(r"[.,](?=\d{3}(?!\d))", "", figures) if re.fullmatch(r"\d{1,3}([.,]\d{3})+", figures) else figures


def _opened(word: str, table: Mapping[str, Any]) -> list[str]:
    """A word with what its apostrophe stands for."""
    known = _variants(word, table)
    if known != word or "'" not in word:
        return known.split()
    for ending, meaning in table.get("endings", {}).items():
        if word.endswith(ending) and word != ending:
            return [*_opened(word.removesuffix(ending), table), meaning]
    opened = table.get("opened", {})
    if word.endswith("'s") and word[:-2] in opened.get("before", ()):
        return [word[:-2], opened["'s"]]
    for start, meaning in table.get("elided", {}).items():
        if word.startswith(start) and word != start:
            return [meaning, *_opened(word.removeprefix(start), table)]
    plain = word.strip("'")
    return [plain] if plain else []


def _variants(word: str, table: Mapping[str, Any]) -> str:
    found: str = table.get("variants", {}).get(word, word)
    return _spellings().get(found, found) if table.get("spellings") else found


@cache
def _table(code: str) -> Mapping[str, Any]:
    found = tomllib.loads(Path(__file__).with_name("spelt.toml").read_text("utf-8"))
    return found.get(code, {})  # type: ignore[no-any-return]


@cache
def _spellings() -> Mapping[str, str]:
    """British to American."""
    from whisper_normalizer.english import EnglishSpellingNormalizer

    return EnglishSpellingNormalizer().mapping  # type: ignore[no-any-return]


@cache
def _pattern(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)
