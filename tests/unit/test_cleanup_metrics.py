"""Cleaned dictation scored: perfect, copied and empty answers on every clip, and answers with faults that are known."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pytest_asrbench.metrics import Counts
from pytest_asrbench.metrics.cleanup.labels import REMOVABLE, Kind
from pytest_asrbench.metrics.cleanup.laying import answered as laid
from tests.unit.cleaned import CLEANED, SAID, answered, counted
from tests.unit.labelled import Clip, clips, labelled


def rates(verbatim: str, clean: str, answer: str, language: str = "en") -> tuple[float | None, ...]:
    """Removal, content and additions of an answer; None where there is nothing to count."""
    scores = answered(answer, verbatim, clean, language).scores
    return tuple(scores.get(name, Counts()).rate for name in ("removal", "content", "additions"))


# What every figure must be


TEXTS = {**clips(), **{one.verbatim: Clip(one.language, one.verbatim, one.clean) for one in labelled()}}


@pytest.mark.parametrize("name", TEXTS)
def test_perfect_copied_and_empty_answers_of_every_clip(name: str) -> None:
    language, verbatim, clean = TEXTS[name]
    slots = laid(verbatim, clean, "", language).references.slots
    to_go, to_stay = any(slot.kind.removable for slot in slots), any(slot.kind is Kind.CONTENT for slot in slots)

    def expected(removal: float, content: float) -> tuple[float | None, ...]:
        return removal if to_go else None, content if to_stay else None, 0.0

    assert to_go or to_stay
    assert rates(verbatim, clean, clean, language) == expected(1.0, 1.0)
    assert rates(verbatim, clean, verbatim, language) == expected(0.0, 1.0)
    assert rates(verbatim, clean, "", language) == expected(1.0, 0.0)


def test_the_corpora_hold_clips_of_every_sort() -> None:
    assert len(clips()) >= 40
    assert any(not clean for _, _, clean in clips().values()), "a clip of fillers alone"
    assert any(verbatim == clean for _, verbatim, clean in clips().values()), "a fluent one"


def test_perfect_copied_and_empty_answers_to_any_words() -> None:
    draw = random.Random(12)
    for _ in range(400):
        said = draw.choices(
            ["a", "b", "um", "no", "i", "mean", "the", "not", "two", "hundred", "2"], k=draw.randint(1, 14)
        )
        clean = [word for word in said if draw.random() < 0.6]
        if clean and draw.random() < 0.3:
            clean[draw.randrange(len(clean))] = draw.choice(["x", "the", "102"])
        if draw.random() < 0.3:
            clean.insert(draw.randrange(len(clean) + 1), draw.choice(["x", "a", "the"]))
        verbatim, cleaned = " ".join(said), " ".join(clean)
        for answer, gone, kept in ((cleaned, True, True), (verbatim, False, True), ("", True, False)):
            found = laid(verbatim, cleaned, answer, "en")
            told = f"{verbatim} | {cleaned} | {answer}"
            assert all(found.has(place) != gone for place, _ in found.of_kind(*REMOVABLE)), told
            assert all(found.has(place) == kept for place, _ in found.of_kind(Kind.CONTENT)), told
            assert not found.added, told


# Faults that are known

PREAMBLE, CLOSING = "Here is the cleaned text:", "Let me know if you need more."
REFUSAL = "I'm sorry, but I can't help with that."
KEPT = '"at five no" was not taken back for "at"'
FAULTS = {
    "perfect": (CLEANED, (8, 14, 0), ""),
    "a filler left": ("Um, " + CLEANED, (7, 14, 0), 'removal: left "um" (filler)'),
    "a repetition": (CLEANED.replace("do not", "do not do not"), (6, 14, 0), 'removal: left "do not" (repetition)'),
    "a not lost": (CLEANED.replace(" not", ""), (8, 13, 0), 'negations: lost "not" behind "we do"'),
    "a not made up": (CLEANED.replace("is at", "is not at"), (8, 14, 1), 'negations: added "not"'),
    "a sentence added": (CLEANED + " Thank you all.", (8, 14, 3), 'additions: added "Thank you all"'),
    "a number changed": (CLEANED.replace("six", "seven"), (8, 13, 1), 'numbers: "six" became "seven"'),
    "a name changed": (CLEANED.replace("Anna", "Hannah"), (8, 13, 1), 'names: "Anna" became "Hannah"'),
    "the old time kept": (CLEANED.replace("six", "five"), (7, 13, 0), f"corrections: {KEPT}"),
    "copied back": (SAID, (0, 14, 0), "copyback: what was said was copied back word for word"),
    "a preamble": (f"{PREAMBLE}\n{CLEANED}", (8, 14, 5), f'chatter: preamble: "{PREAMBLE}"'),
    "fences": (f"```\n{CLEANED}\n```", (8, 14, 0), 'chatter: fence: "```"'),
    "a closing": (f"{CLEANED}\n\n{CLOSING}", (8, 14, 7), f'chatter: closing: "{CLOSING}"'),
    "a refusal": (REFUSAL, (8, 1, 9), f'refusals: refused: "{REFUSAL[:-1]}"'),
    "nothing": ("", (8, 0, 0), 'content: lost "The meeting with Anna is at six, and we do not need the projector"'),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_known_fault_is_counted_and_named(fault: str) -> None:
    answer, (gone, kept, added), named = FAULTS[fault]
    scores = answered(answer).scores
    assert (scores["removal"].errors, scores["removal"].total) == (gone, 8)
    assert (scores["content"].errors, scores["content"].total) == (kept, 14)
    assert (scores["additions"].errors, scores["additions"].total) == (added, 22)
    found = {f"{name}: {text}" for name, counts in scores.items() for text in counts.found}
    assert named in found if named else not found


def test_a_fault_of_one_sort_is_no_fault_of_another() -> None:
    clean = {name: counts for name, counts in answered(CLEANED).scores.items() if name in WATCHED}
    assert {name: (counts.errors, counts.total) for name, counts in clean.items()} == WATCHED
    wrong = answered(CLEANED.replace("six", "seven")).scores
    assert {name for name in WATCHED if wrong[name] != clean[name]} == {"numbers"}


WATCHED = {
    "corrections": (1, 1),
    "negations": (1, 1),
    "numbers": (1, 1),
    "names": (1, 1),
    "copyback": (0, 1),
    "chatter": (0, 1),
    "refusals": (0, 1),
}


def test_removal_is_counted_by_kind() -> None:
    parts = counted(CLEANED.replace("The", "Um, the"), "removal").parts
    assert parts == {
        **{"filler_gone": 1, "filler_total": 2, "repetition_gone": 3, "repetition_total": 3},
        **{"repair_gone": 3, "repair_total": 3},
    }


def test_small_words_are_counted_apart() -> None:
    assert counted(CLEANED + " And of the laptop.", "additions").parts == {"content": 1, "small": 3}


@pytest.mark.parametrize(
    ("answer", "left"),
    [("I want to go", 0), ("I I want to go", 1), ("I I I want to go", 2), ("I I I I want to go", 2)],
)
def test_one_of_several_repetitions_stays(answer: str, left: int) -> None:
    said: dict[str, Any] = {"verbatim": "I I I want to go", "clean": "I want to go"}
    assert counted(answer, "removal", **said).errors == 2 - left
    assert counted(answer, "content", **said).rate == 1.0
    assert counted(answer, "additions", **said).errors == (answer.count("I") == 4)


def test_the_no_of_a_repair_is_not_the_no_that_is_meant() -> None:
    said: dict[str, Any] = {"verbatim": "at five no six and no later", "clean": "at six and no later"}
    assert counted("at six and later", "negations", **said).found == ('lost "no" behind "six and"',)
    assert counted("at no six and no later", "negations", **said).rate == 1.0
    assert counted("at no six and no later", "removal", **said).found == ('left "no" (repair)',)


@pytest.mark.parametrize(
    "answer", ["Call 242 people on 417 in 2021", "call two hundred forty two people on 417 in twenty twenty-one"]
)
def test_numbers_are_the_same_in_words_and_in_figures(answer: str) -> None:
    said = "call two two hundred and and forty two people on four one seven in two thousand twenty one"
    clean = "Call two hundred and forty two people on four one seven in 2021"
    scores = answered(answer, said, clean).scores
    assert scores["numbers"].rate == scores["removal"].rate == 1.0
    assert (scores["numbers"].total, scores["additions"].errors) == (5, 0)
    wrong = answered(answer.replace("417", "416"), said, clean).scores
    assert wrong["numbers"].found == ('"four one seven" became "416"',)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("We used the whiteboard", 4),
        ("we used the white board", 4),
        ("We used the white-board", 4),
        ("We used the board", 3),
    ],
)
def test_words_written_together_or_apart_are_the_same(answer: str, words: int) -> None:
    said: dict[str, Any] = {"verbatim": "we we used the white board", "clean": "We used the whiteboard"}
    assert counted(answer, "content", **said).errors == words
    assert counted(answer, "content", verbatim="we we used the whiteboard", clean="We used the white board").rate
