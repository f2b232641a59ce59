"""Parts of a corpus and its worst snippets: sums by definition, nothing lost, nothing said twice."""

from __future__ import annotations

import pytest

from pytest_asrbench.records import Outcome
from pytest_asrbench.report.analysis import breakdown
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.breakdown import MAX_VALUES, MAX_WORST, length
from pytest_asrbench.report.analysis.findings import Group
from tests.unit.systems import heard, run


def groups(outcomes: list[Outcome], dimension: str, model: str = "a") -> dict[str, Group]:
    found = analyse(outcomes).groups
    return {one.value: one for one in found if (one.dimension, one.model) == (dimension, model)}


def test_a_group_by_hand() -> None:
    outcomes = [
        heard("a", "x", "one two three four", "one two", tags=("loud", "far"), audio_seconds=4.0, seconds=(1.0,)),
        heard("a", "y", "one two", "one two", tags=("loud",), audio_seconds=1.0, seconds=(0.5,)),
        heard("a", "z", "one two three", None, tags=("loud",), audio_seconds=9.0),
        heard("a", "w", "one", "two", tags=("far",)),
    ]
    found = groups(outcomes, "tag")
    assert list(found) == ["far", "loud"]
    loud = found["loud"]
    assert (loud.snippets, loud.failed, loud.errors, loud.reference_words) == (3, 1, 5, 9)
    assert loud.wer == pytest.approx(5 / 9)
    assert loud.rtf == pytest.approx(1.5 / 5)
    assert loud.audio_seconds == 5.0
    assert (loud.low, loud.high, loud.reason) == (None, None, "too few snippets: 3, at least 15 are needed")


def test_the_lengths_add_up_to_the_corpus() -> None:
    outcomes = run("a", 0.1)
    for number, outcome in enumerate(outcomes):
        outcome.audio_seconds = 0.5 + number
    found = groups(outcomes, "length")
    assert list(found) == ["0–2 s", "2–5 s", "5–10 s", "10–20 s", "20–30 s", "30–60 s"]
    (whole,) = analyse(outcomes).intervals
    assert sum(one.snippets for one in found.values()) == 60
    errors, words = (sum(getattr(one, name) for one in found.values()) for name in ("errors", "reference_words"))
    assert errors / words == whole.estimate


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0–2 s"), (2.0, "0–2 s"), (2.01, "2–5 s"), (30.0, "20–30 s"), (30.01, "30–60 s"), (61, "over 60 s")],
)
def test_a_clip_that_fills_a_window_is_not_longer_than_it(seconds: float, shown: str) -> None:
    assert length(seconds) == shown


def test_a_value_that_all_snippets_have_repeats_the_corpus_and_is_left_out() -> None:
    outcomes = [
        heard("a", str(n), "one", "one", tags=("all", f"half{n % 2}"), language="en", speaker="one") for n in range(4)
    ]
    assert list(groups(outcomes, "tag")) == ["half0", "half1"]
    assert groups(outcomes, "language") == groups(outcomes, "speaker") == groups(outcomes, "length") == {}


def test_snippets_without_a_value_are_in_no_group() -> None:
    outcomes = [heard("a", str(n), "one", "one", speaker="one" if n else None, audio_seconds=None) for n in range(3)]
    assert groups(outcomes, "speaker")["one"].snippets == 2
    assert groups(outcomes, "length") == {}


def test_all_models_are_broken_down_alike() -> None:
    common = [heard(model, "x", "one", "one", tags=("t",)) for model in "ab"]
    found = analyse([*common, heard("b", "y", "one", None, tags=("u",), audio_seconds=2.0)]).groups
    assert [(one.model, one.value, one.failed) for one in found] == [("a", "t", 0), ("b", "t", 0), ("b", "u", 1)]


def test_a_failed_clip_of_unknown_length_is_filed_by_that_of_another_model() -> None:
    outcomes = [heard("a", "x", "one", None), heard("b", "x", "one", "one", audio_seconds=7.0)]
    outcomes += [heard(model, "y", "one", "one", audio_seconds=50.0) for model in "ab"]
    assert groups(outcomes, "length")["5–10 s"].failed == 1


def test_speakers_are_drawn_within_a_tag_and_snippets_within_a_speaker() -> None:
    outcomes = run("a", 0.2, 400)
    for number, outcome in enumerate(outcomes):
        outcome.speaker = f"speaker {number % 20:02d}"
        outcome.tags = ("even" if number % 20 % 2 == 0 else "odd", "some" if number < 300 else "rest")
    found = groups(outcomes, "tag")
    assert (found["some"].unit, found["even"].unit) == ("speakers", "snippets")
    assert found["some"].low is not None
    speaker = groups(outcomes, "speaker")["speaker 03"]
    assert (speaker.unit, speaker.snippets) == ("snippets", 20)
    assert speaker.low is not None


def test_of_very_many_speakers_those_with_the_most_words_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakdown, "MAX_VALUES", 2)
    outcomes = [heard("a", name, "word " * size, "", speaker=name) for name, size in (("p", 1), ("q", 3), ("r", 2))]
    findings = analyse(outcomes)
    assert [one.value for one in findings.groups] == ["q", "r"]
    assert findings.notes[-1] == "corpus: the 2 speakers with the most words are told of, the other 1 not"
    assert MAX_VALUES == 200


# The worst


def test_the_worst_come_first_failed_ones_among_them() -> None:
    outcomes = [
        heard("a", "p", "one two three four", "one"),
        heard("a", "q", "one two three", ""),
        heard("a", "r", "", "one two three"),
        heard("a", "s", "one two three four five", None),
        heard("a", "t", "one", "one"),
    ]
    found = analyse(outcomes).worst
    assert [(one.snippet, one.errors, one.wer, one.failed) for one in found] == [
        ("s", 5, 1.0, True),
        ("r", 3, None, False),
        ("q", 3, 1.0, False),
        ("p", 3, 0.75, False),
    ]


def test_there_are_at_most_twenty_for_each_model() -> None:
    found = analyse([*run("a", 0.5), *run("b", 0.5)]).worst
    assert [one.model for one in found] == ["a"] * MAX_WORST + ["b"] * MAX_WORST
    assert [one.errors for one in found[:20]] == sorted((one.errors for one in found[:20]), reverse=True)
