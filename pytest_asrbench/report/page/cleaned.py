"""What was said, what should have come out and what did, side by side: runs of words, each with what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.labels import Kind
from pytest_asrbench.metrics.cleanup.laying import answered
from pytest_asrbench.metrics.normalizers.cleanup import Token
from pytest_asrbench.metrics.normalizers.profiles import rules_of
from pytest_asrbench.records import VERBATIM, Outcome

ADDED, LOST = "added", "lost"
Runs = list[list[str]]  # a mark, "" for none, and the words between blanks that it is of


def sides(outcome: Outcome) -> dict[str, Runs] | None:
    """The three texts of a case by "said", "clean" and "answer"; None for one that is not judged by two references.

    Marks are, of what was said and is left, the words' kinds; of the clean text `LOST`; of the answer `ADDED`, too.
    """
    said = outcome.other_references.get(VERBATIM)
    if said is None or outcome.reference is None or outcome.reference_field == VERBATIM:
        return None
    code = rules_of(said, outcome.language)
    answer = answered(said, outcome.reference, outcome.transcript or "", code)
    if not answer.references.is_edit:
        return None
    return {
        "said": _runs(said, _said(answer)),
        "clean": _runs(outcome.reference, _lost(answer)),
        "answer": _runs(answer.text, _given(answer)),
    }


def found(outcome: Outcome) -> list[list[Any]]:
    """What each metric found wrong in the words of a case: its title, and the sentences."""
    counted = registry.known(outcome.scores)
    return [[one.title, list(lines)] for one in counted if (lines := outcome.scores[one.name].found)]


def _said(answer: Answer) -> Iterable[tuple[Token, str]]:
    for slot in answer.references.slots:
        if slot.said is not None:
            yield slot.said, slot.kind.value if slot.kind.removable else ""


def _lost(answer: Answer) -> Iterable[tuple[Token, str]]:
    for place, slot in answer.of_kind(Kind.CONTENT, Kind.WRITTEN):
        if slot.clean is not None:
            yield slot.clean, "" if answer.has(place) or slot.kind is Kind.WRITTEN else LOST


def _given(answer: Answer) -> Iterable[tuple[Token, str]]:
    left = {place: slot.kind.value for at, slot in answer.of_kind(*Kind) if (place := answer.beside[at]) is not None}
    added = set(answer.added)
    for place, token in enumerate(answer.tokens):
        kind = ADDED if place in added else left.get(place, "")
        yield token, "" if kind in (Kind.CONTENT, Kind.WRITTEN) else kind


def _runs(text: str, marked: Iterable[tuple[Token, str]]) -> Runs:
    """The words of a text with their marks; a word of several parts has that of the first that has one."""
    marks: dict[int, str] = {}
    for token, mark in marked:
        for place in range(token.first, token.last + 1):
            marks[place] = marks.get(place) or mark
    words: list[tuple[str, str]] = []
    for place, word in enumerate(text.split()):
        before = words[-1][0] if words else ""
        words.append((marks.get(place, before), word))  # a mark that stands alone belongs to the word before it
    return [[mark, " ".join(word for _, word in run)] for mark, run in groupby(words, key=_mark)]


def _mark(word: tuple[str, str]) -> str:
    return word[0]


def told(outcome: Outcome) -> Mapping[str, Any]:
    """Both, as a case of the page has them; nothing where there is nothing to show."""
    every = {"sides": sides(outcome), "found": found(outcome)}
    return {name: value for name, value in every.items() if value}
