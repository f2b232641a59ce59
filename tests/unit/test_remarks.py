"""The sentences at the end of a session: plain, few, and none for what says nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import Difference, Findings, Repetition, Text
from pytest_asrbench.report.remarks import MAX_COMPARISONS, MAX_FACTS, remarks
from tests.unit.systems import heard, run

GAP = Difference("corpus", "a", "b", -0.01, -0.02, -0.005, 0.01, True, 0, "a beats b: 1.0 pp", "", 100)


def test_a_run_without_anything_to_tell_has_no_sentence() -> None:
    assert remarks(Findings()) == []
    assert remarks(analyse([heard("a", str(n), "one two", "one two", seconds=(0.25,)) for n in range(20)])) == []


def test_each_fact_has_its_sentence() -> None:
    outcomes = [
        heard("a", "noise", "", "thank you " * 7, audio_seconds=30.0),
        heard("a", "rain", "", "", audio_seconds=30.0),
        heard("a", "speech", "one two", "one too", first_seconds=3.0, seconds=(0.25,)),
    ]
    findings = replace(analyse(outcomes[2:] + outcomes[:2]), texts=(Text("a", "corpus", 0.1, 0.25),))
    assert remarks(findings) == [
        "a said 14 words in 1 of 2 clips without speech (14 words per minute)",
        'a ran into a loop in 1 snippet: in noise it said "thank you" 7 times in a row',
        "a: without normalisation the WER is 25.0 %",
        "a: the first call took 3 s, 12.0 times as long as the same snippet warm (0.25 s)",
    ]


def test_small_contrasts_are_not_worth_a_line() -> None:
    outcomes = [heard("a", "x", "one two", "one two", first_seconds=0.14, seconds=(0.1,))]
    assert remarks(replace(analyse(outcomes), texts=(Text("a", "corpus", 0.1, 0.14),))) == []


def test_with_several_corpora_each_sentence_names_its_own() -> None:
    outcomes = [
        *run("a", 0.05),
        *run("b", 0.3),
        heard("a", "noise", "", "thank you " * 7, corpus="other", audio_seconds=30.0),
    ]
    told = remarks(analyse(outcomes))
    assert told[0].startswith("corpus: a beats b: ")
    assert told[1] == "a said 14 words in 1 of 1 clip without speech on other (28 words per minute)"
    assert told[2].startswith("a ran into a loop in 1 snippet on other: in noise ")


def test_shown_differences_come_first_and_long_lists_end() -> None:
    open_ = replace(GAP, significant=False, sentence="a and c: no difference shown; 5 more snippets")
    found = Findings(differences=(*(replace(open_, sentence=f"{open_.sentence} {n}") for n in range(12)), GAP))
    told = remarks(found)
    assert told[0] == "a beats b: 1.0 pp"
    assert len(told) == MAX_COMPARISONS + 1
    assert told[-1] == "and 3 comparisons more in results.json"
    loops = tuple(Repetition(f"m{n}", "corpus", "x", "so", 9) for n in range(MAX_FACTS + 1))
    assert remarks(Findings(repetitions=loops))[-1] == "and 1 line more in results.json"


def test_what_cannot_be_compared_for_one_reason_is_told_once() -> None:
    told = remarks(analyse([one for model in "abc" for one in run(model, 0.1, 5, first_seconds=None)]))
    assert told == ["no difference shown between 3 pairs of models; too few snippets: 5, at least 15 are needed"]
    told = remarks(analyse([one for model in "ab" for one in run(model, 0.1, 5, first_seconds=None)]))
    assert told == ["a and b: no difference shown; too few snippets: 5, at least 15 are needed"]


def test_a_baseline_is_mentioned_only_if_something_changed() -> None:
    same = replace(GAP, second="a", estimate=0.0, low=None, high=None, significant=False, against="0001", reason="few")
    assert remarks(Findings(differences=(same,))) == []
    assert remarks(Findings(differences=(replace(same, estimate=0.01, sentence="a and a in 0001"),))) == [
        "a and a in 0001"
    ]


def test_notes_are_passed_on() -> None:
    assert remarks(Findings(notes=("corpus: one speaker is too few",))) == ["note: corpus: one speaker is too few"]


@pytest.mark.parametrize(("phrase", "shown"), [("a\x1b[31mb", "a\ufffd[31mb"), ("w" * 50, "w" * 37 + "...")])
def test_a_models_words_cannot_steer_the_terminal(phrase: str, shown: str) -> None:
    (line,) = remarks(Findings(repetitions=(Repetition("a", "corpus", "x", phrase, 9),)))
    assert f'"{shown}" 9 times' in line
