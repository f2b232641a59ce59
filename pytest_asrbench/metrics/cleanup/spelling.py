"""Words that several texts write in different ways, in the way of one of them: numbers, and words written together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile

from pytest_asrbench.metrics.normalizers.cleanup import Phrase, Token, phrases

_LONGEST = 16  # figures that are said one by one
_ROW = 3  # numbers in a row that may be one: "twenty twenty one" is 2021
Numbers = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]  # in figures -> as texts have them


def numbers(code: str | None, *texts: Sequence[Token]) -> Numbers:
    """How texts write their numbers, the first text's way before the others'."""
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for words in texts:
        for figures, written in (*_written(words, code), *_digits(words, code)):
            ways = found.setdefault(figures, [])
            ways += [written] if written not in ways else []
    return found


def _written(words: Sequence[Token], code: str | None) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each number of a text, and numbers in a row that may be one, in figures and as they are written."""
    every = list(phrases(words, code))
    for begin in range(len(every)):
        row = _row(every[begin:])
        for length in range(len(row), 0, -1):
            yield _figures(row[:length]), tuple(one.text for one in words[row[0].begin : row[length - 1].end])


def _digits(words: Sequence[Token], code: str | None) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Rows of figures that are said one by one, as one number."""
    every = list(phrases(words, code))
    for begin in range(len(every)):
        row = list(takewhile(lambda phrase: _digit(phrase) is not None, _row(every[begin:], words)))
        for length in range(2, min(len(row), _LONGEST) + 1):
            figures = "".join(_digit(phrase) or "" for phrase in row[:length])
            yield (figures,), tuple(words[phrase.begin].text for phrase in row[:length])


def as_in(words: Sequence[Token], known: Numbers, code: str | None) -> list[Token]:
    """A text's words with each number in a way of `known`, if it has the number, and not in that of the text."""
    found: list[Token] = []
    every = list(phrases(words, code))
    place = 0
    while every:
        row = _row(every)
        length = next((n for n in range(len(row), 0, -1) if _figures(row[:n]) in known), 0)
        begin, end = row[0].begin, row[max(length, 1) - 1].end
        found += words[place:begin]
        found += _rewritten(words[begin:end], known[_figures(row[:length])]) if length else words[begin:end]
        place, every = end, every[max(length, 1) :]
    return [*found, *words[place:]]


def together(words: Sequence[Token], clean: Sequence[Token]) -> list[Token]:
    """Words, two of them as one where the clean reference writes them so, and never apart."""
    written = [one.text for one in clean]
    apart, wholes, found = set(pairwise(written)), set(written), list[Token]()
    for one in words:
        last = found[-1] if found else None
        if last is not None and last.text + one.text in wholes and (last.text, one.text) not in apart:
            found[-1] = Token(last.text + one.text, last.first, one.last, one.cut, one.stop)
        else:
            found.append(one)
    return found


def _rewritten(words: Sequence[Token], ways: Sequence[tuple[str, ...]]) -> Iterator[Token]:
    """A number in other words, each made of all the words that the text has for it."""
    if tuple(one.text for one in words) in ways:
        yield from words
        return
    first, last, texts = words[0], words[-1], ways[0]
    for place, text in enumerate(texts, 1):
        end = place == len(texts)
        yield Token(text, first.first, last.last, last.cut and end, last.stop and end, first.number)


def _row(every: Sequence[Phrase], words: Sequence[Token] = ()) -> Sequence[Phrase]:
    """The first numbers that stand right behind one another; with `words`, as far as no mark separates them."""
    length = 1
    most = len(every) if words else _ROW
    while length < min(most, len(every)) and every[length].begin == every[length - 1].end:
        if words and words[every[length].begin - 1].stop:
            break
        length += 1
    return every[:length]


def _figures(row: Sequence[Phrase]) -> tuple[str, ...]:
    return tuple(figure for phrase in row for figure in phrase.figures)


def _digit(phrase: Phrase) -> str | None:
    """The figure of a number of one digit in one word."""
    figure = "1" if phrase.figures == ("one",) else "".join(phrase.figures)
    return figure if phrase.end == phrase.begin + 1 and len(figure) == 1 else None
