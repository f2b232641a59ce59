"""What each word of a verbatim reference is: as people have labelled it, and where it is easy to get wrong."""

from __future__ import annotations

import pytest

from pytest_asrbench.metrics.cleanup.labels import Kind
from pytest_asrbench.metrics.cleanup.laying import referred
from tests.unit.labelled import Labelled, labelled

TEXTS = list(labelled())
ENOUGH = 0.95


def kinds(text: Labelled) -> list[str]:
    """The kind of each word between blanks: that of the first of the words that it is made of."""
    found = ["none"] * len(text.verbatim.split())
    for slot in reversed(referred(text.verbatim, text.clean, text.language).slots):
        if slot.said is not None:
            for place in range(slot.said.first, slot.said.last + 1):
                found[place] = slot.kind.value
    return found


def marked(verbatim: str, clean: str, language: str = "en") -> str:
    """The words that should not come out, each with the first letter of its kind."""
    row = [slot for slot in referred(verbatim, clean, language).slots if slot.kind.removable and slot.said]
    return " ".join(f"{slot.token.text}/{slot.kind.value[:3]}" for slot in row)


def test_more_than_two_hundred_words_are_labelled_and_many_of_each_kind() -> None:
    every = [kind for text in TEXTS for kind in text.kinds]
    assert len(every) > 200
    assert min(every.count(kind) for kind in ("filler", "repetition", "repair")) >= 30
    assert len([text for text in TEXTS if text.name.startswith("disfluent/")]) == 16


@pytest.mark.parametrize("kind", ["filler", "repetition", "repair", "content"])
def test_labels_agree_with_those_of_people(kind: str) -> None:
    ours = [(one, own) for text in TEXTS for one, own in zip(kinds(text), text.kinds, strict=True)]
    right = sum(one == own == kind for one, own in ours)
    assert right >= ENOUGH * sum(one == kind for one, _ in ours), "precision"
    assert right >= ENOUGH * sum(own == kind for _, own in ours), "recall"


@pytest.mark.parametrize(
    ("verbatim", "clean", "expected"),
    [
        ("I I want", "I want", "i/rep"),
        ("meet at five no six", "meet at six", "five/rep no/rep"),
        ("um no six is fine", "no six is fine", "um/fil"),
        ("no no six", "no six", "no/rep"),
        ("two two hundred and and ten", "two hundred and ten", "two/rep and/rep"),
        ("at twenty twenty five", "at 25", "twenty/rep"),
        ("the white the white board", "the whiteboard", "the/rep white/rep"),
        ("we was um there", "we were there", "um/fil"),
        ("ähm wir wir gehen", "wir gehen", "ähm/fil wir/rep"),
        ("a thing yxk um we do", "a thing we do", "yxk/rep um/fil"),
    ],
)
def test_words_that_should_go(verbatim: str, clean: str, expected: str) -> None:
    assert marked(verbatim, clean, "de" if "wir" in verbatim else "en") == expected


def test_kinds_that_begin_alike_are_told_apart() -> None:
    slots = referred("the the dog no cat", "the cat", "en").slots
    assert [slot.kind for slot in slots] == [Kind.REPETITION, Kind.CONTENT, Kind.REPAIR, Kind.REPAIR, Kind.CONTENT]


def test_an_unknown_language_has_the_fillers_that_many_have() -> None:
    assert marked("um ja tak", "ja tak", "da") == "um/fil"
    assert marked("so ja tak", "ja tak", "da") == "so/rep"


def test_words_that_stand_in_the_clean_reference_alone_may_be_written() -> None:
    (first, *_) = referred("we went home", "Yesterday we went home", "en").slots
    assert (first.kind, first.kind.removable) == (Kind.WRITTEN, False)
