"""The punctuation of an answer beside that of the clean reference: mark by mark, behind the words that agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.normalizers.cleanup import Token

MARKS = {",": "comma", ".": "period", "?": "question", "!": "exclamation", ":": "colon", ";": "semicolon"}
# Full-width, East Asian and Arabic ones, and the ellipsis.
MARKS_OF_ALL = str.maketrans("\uff0c\u3001\u3002\uff0e\uff1f\uff01\uff1a\uff1b\u060c\u061f\u061b\u2026", ",,..?!:;,?;.")
_ENDING = re.compile(r"[,.?!:;]+(?=[\"'”»)\]*_]*$)")
_ABBREVIATION = re.compile(r"(\w\.){2,}")


def pairs(answer: Answer) -> Iterator[tuple[str, str]]:
    """What stands behind each word: the mark of the clean reference and the answer's, "" for none."""
    references = answer.references
    wanted = _behind(references.clean, [slot.clean for slot in references.slots])
    given = _behind(answer.text, answer.tokens)
    for mark, place in zip(wanted, answer.beside, strict=True):
        if place is None:
            yield mark, ""
            continue
        yield mark, given[place]
        given[place] = ""
    yield from (("", mark) for mark in given)


def written(text: str) -> list[str]:
    """A text as it is written, in its words and its marks."""
    return re.findall(r"\w+(?:['’\-]\w+)*|[,.?!:;]", text.translate(MARKS_OF_ALL))


def has_any(text: str) -> bool:
    """Whether a text is written with marks or capitals."""
    return any(sign in MARKS or sign.isupper() for sign in text.translate(MARKS_OF_ALL))


def _behind(text: str, row: Sequence[Token | None]) -> list[str]:
    """The first mark behind each token, "" where it is not the last of its word."""
    words = text.translate(MARKS_OF_ALL).split()
    lasts = {token.last: place for place, token in enumerate(row) if token is not None}
    return [
        _mark(words[token.last]) if token is not None and lasts[token.last] == place else ""
        for place, token in enumerate(row)
    ]


def _mark(word: str) -> str:
    found = _ENDING.search(word)
    return "" if found is None or _ABBREVIATION.fullmatch(word) else found[0][0]
