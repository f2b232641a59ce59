"""Gates against a baseline: what is lost, what cannot be compared, and the sentence that says so."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.gates import changes
from pytest_asrbench.gates import rules as grammar
from pytest_asrbench.gates.rules import Rules
from pytest_asrbench.records import Fault, Outcome
from pytest_asrbench.store import Baseline
from pytest_asrbench.store.baseline import Facts
from pytest_asrbench.store.entries import saved_info
from tests.unit.outcomes import failed, measured


def compared(then: list[Outcome], now: list[Outcome]) -> Any:
    """`now` against `then`."""
    return Baseline("0001_then.json", [{"extra_info": saved_info(o)} for o in then]).compare("model", "corpus", now)


TEN = "a b c d e f g h i j"


def asked(*texts: str) -> Rules:
    return grammar.parse(texts)


def breaches(then: list[Outcome], now: list[Outcome], rules: Rules) -> list[str]:
    """What is wrong with `now`."""
    return [breach.text for breach in changes.judge(compared(then, now), rules).breaches]


def test_a_run_against_itself_passes() -> None:
    run = [measured("a", TEN, "a b c"), measured("b")]
    assert breaches(run, run, asked("wer:0pp", "rtf:0%", "wer:significant", "transcripts:changed")) == []


def test_a_crash_is_a_loss_of_all_its_words() -> None:
    then = [measured("a", TEN, TEN), measured("b", TEN, TEN)]
    (breach,) = breaches(then, [then[0], failed("b", words=10)], asked("wer:10pp", "rtf:10%"))
    assert "is 50.00 pp worse" in breach


def test_a_case_that_failed_before_its_reference_was_read_is_a_loss_too() -> None:
    then = [measured("a", TEN, TEN), measured("b", TEN, TEN)]
    (breach,) = breaches(then, [then[0], failed("b", words=0)], asked("wer:10pp"))
    assert "is 50.00 pp worse" in breach


def test_without_tolerances_nothing_is_judged() -> None:
    assert breaches([measured("a", TEN, TEN)], [measured("a", TEN, "")], Rules()) == []


EVERYTHING = asked("wer:0pp", "wer:significant", "rtf:10%", "transcripts:changed")


@pytest.mark.parametrize(
    ("changed", "figures"),
    [
        ({"task": "cleanup"}, "WER and RTF and transcripts"),
        ({"normalizer": "whisper-9"}, "WER"),
        ({"device": "cuda:0"}, "RTF"),
        ({"timing": "child-wall-0"}, "RTF"),
        ({"audio_seconds": 3.0}, "WER and RTF and transcripts"),
    ],
)
def test_what_a_gate_asks_for_and_nothing_is_comparable_fails(changed: dict[str, Any], figures: str) -> None:
    (breach,) = breaches([measured(**changed)], [measured()], EVERYTHING)
    assert breach.startswith("nothing of model on corpus can be held against the baseline 0001_then.json (")
    assert f"as --asr-compare-fail asks for {figures}: measure under the same conditions" in breach


def test_two_reasons_are_two_breaches_and_what_was_not_asked_for_is_none() -> None:
    then = [measured(device="cuda:0", normalizer="whisper-9")]
    assert len(breaches(then, [measured()], EVERYTHING)) == 2
    assert breaches(then, [measured()], asked("transcripts:changed")) == []
    assert "asks for RTF" in breaches(then, [measured()], asked("rtf:10%"))[0]


def test_a_new_case_alone_is_no_breach_but_something_must_be_compared() -> None:
    assert breaches([measured("a")], [measured("a"), measured("b")], EVERYTHING) == []
    (breach,) = breaches([measured("a")], [measured("b"), measured("c")], EVERYTHING)
    assert "nothing of model on corpus can be held against the baseline 0001_then.json (new, not in the" in breach
    assert breaches([measured("a")], [measured("b")], Rules()) == []


def test_less_than_could_be_compared_is_a_breach_that_names_the_snippets() -> None:
    names = "abcdefgh"
    then = [measured(name) for name in names]
    now = [measured(name, audio_seconds=3.0 if name > "b" else 2.0) for name in names]
    found = changes.judge(compared(then, now), asked("wer:10pp", "transcripts:changed")).breaches
    assert [breach.text for breach in found] == [
        "6 of 8 snippets of model on corpus cannot be held against the baseline 0001_then.json (the audio has another "
        "length: c, d, e, f, g and 1 more), as --asr-compare-fail asks for WER and transcripts: measure under the same "
        "conditions, or save a new baseline"
    ]
    assert (found[0].metric, found[0].value, found[0].limit) == ("compared", 2, 8)


def held(then: list[Outcome], now: list[Outcome], unmeasured: list[str], ids: list[str] | None = None) -> list[str]:
    """What is wrong with `now` against a run that tells which snippets of its corpus it did not measure."""
    facts = Facts(unmeasured={("model", "corpus"): unmeasured})
    run = Baseline("0001.json", [{"extra_info": saved_info(o)} for o in then], facts)
    comparison = run.compare("model", "corpus", now, ids)
    return [breach.text for breach in changes.judge(comparison, asked("wer:0pp")).breaches]


def test_what_a_partial_baseline_left_out_is_not_new() -> None:
    now = [measured("a"), measured("b"), measured("c")]
    assert held([measured("a")], now, unmeasured=[]) == []
    (breach,) = held([measured("a")], now, unmeasured=["b"])
    assert breach.startswith("1 of 2 snippets of model on corpus cannot be held against the baseline 0001.json (not ")
    assert "not measured in the baseline, though its corpus had it: b" in breach
    assert held([measured("a")], [measured("a"), failed("b")], unmeasured=["b"]) == [], "its own case has failed"


def test_a_corpus_that_lost_snippets_is_another_one_and_a_choice_among_them_is_not() -> None:
    then = [measured("a"), measured("b")]
    (breach,) = held(then, [measured("a")], [], ids=["a"])
    assert breach.startswith("1 of the snippets that the baseline 0001.json has of model are no longer in corpus (b)")
    assert held(then, [measured("a")], [], ids=["a", "b"]) == []


@pytest.mark.parametrize(
    ("fault", "words"), [(Fault.INPUT, "cannot be used"), (Fault.LOAD, "was not loaded"), (Fault.UNSUITED, None)]
)
def test_where_no_word_was_lost_nothing_was_compared(fault: Fault, words: str | None) -> None:
    found = held([measured("a")], [failed("a", fault=fault)], [])
    assert len(found) == (1 if words else 0)
    assert all(words in breach and breach.startswith("nothing of model on corpus") for breach in found if words)


def test_a_number_is_lost_by_a_share_of_it_and_from_nothing_by_any() -> None:
    quiet, loud = measured("s", "", "uh"), measured("s", "", "uh huh yes")
    told = breaches([quiet], [loud], asked("hallucination:50%"))
    assert told == [
        "Hallucination 90 words/min of model on corpus is 200.00 % worse than the baseline's 30 words/min "
        "(0001_then.json); --asr-compare-fail allows 50 %"
    ]
    assert breaches([quiet], [loud], asked("hallucination:200%")) == []
    (told_of_nothing,) = breaches([measured("s", "", "")], [loud], asked("hallucination:50%"))
    assert "90 words/min of model on corpus is worse than the baseline's 0 words/min" in told_of_nothing


def test_any_metric_is_tested_for_significance() -> None:
    names = [f"{n:02}" for n in range(40)]
    then = [measured(name, "alpha beta gamma", "alpha beta gamma") for name in names]
    now = [measured(name, "alpha beta gamma", "alpha beta gamme") for name in names]
    (told,) = changes.judge(compared(then, now), asked("cer:significant")).breaches
    assert "CER 6.25 % of model on corpus is 6.25 pp worse" in told.text
    assert "takes no significant loss (cer:significant)" in told.text
    assert told.details[0].startswith("  the baseline beats this run in CER: ")
    assert changes.judge(compared(then, then), asked("cer:significant", "mer:significant")).breaches == []
