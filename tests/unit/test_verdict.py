"""Gates: what passes, what does not, and the sentence that says why."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates import verdict
from pytest_asrbench.gates.verdict import Limit, Tolerances
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.records import Breach, Fault, Outcome
from pytest_asrbench.store import Baseline, extra_info
from pytest_asrbench.store.baseline import Facts
from tests.unit.outcomes import MIB, failed, measured


def compared(then: list[Outcome], now: list[Outcome]) -> Any:
    """`now` against `then`."""
    return Baseline("0001_then.json", [{"extra_info": extra_info(o)} for o in then]).compare("model", "corpus", now)


# Reading


@pytest.mark.parametrize(("text", "value"), [("0.1", 0.1), ("10%", 0.1), (" 7.5 % ", 0.075), ("1", 1.0), (".5", 0.5)])
def test_rates_are_fractions_or_percentages(text: str, value: float) -> None:
    assert verdict.parse_fraction(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "ten", "-0.1", "10%%", "0,1", "10 pp", "nan", "1e-3", "%"])
def test_other_words_are_no_rates(text: str) -> None:
    with pytest.raises(UsageError, match="write a fraction"):
        verdict.parse_fraction(text)


def test_tolerances_are_points_for_wer_and_per_cent_for_rtf() -> None:
    assert verdict.parse_tolerances(["wer:0.5pp", "rtf:10%"]) == Tolerances(wer=0.005, rtf=0.1)
    assert verdict.parse_tolerances([" rtf : 5 % "]) == Tolerances(rtf=0.05)
    assert verdict.parse_tolerances([]) == Tolerances()


def test_rules_stand_beside_tolerances() -> None:
    texts = ["wer:0.5pp", "wer:significant", " transcripts : changed "]
    assert verdict.parse_tolerances(texts) == Tolerances(wer=0.005, significant=True, transcripts=True)
    assert verdict.parse_tolerances(["wer:significant"]) == Tolerances(significant=True)


@pytest.mark.parametrize(
    "text",
    [
        *("wer:0.5%", "rtf:10pp", "wer", "wer:", "mer:1pp", "rtf:-1%", "wer:0.5", ""),
        *("rtf:significant", "wer:changed", "transcripts:0", "transcripts", "significant"),
    ],
)
def test_other_tolerances_are_refused_with_the_origin(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"ini asr_compare_fail: .*write wer:0\.5pp .*wer:significant, transcripts:changed"
    ):
        verdict.parse_tolerances([text], "ini asr_compare_fail")


def test_the_first_layer_that_sets_a_limit_wins() -> None:
    layers: list[tuple[str, dict[str, float | None]]] = [
        ("--asr-max-wer", {"max_wer": None}),
        ("marker", {"max_rtf": 2.0}),
        ("corpus.toml", {"max_wer": 0.0, "max_rtf": 1.0}),
        ("ini", {"max_wer": 0.5}),
    ]
    assert verdict.limit("max_wer", layers) == Limit(0.0, "corpus.toml")
    assert verdict.limit("max_rtf", layers) == Limit(2.0, "marker")
    assert verdict.limit("max_ram_mb", layers) is None


@pytest.mark.parametrize("value", ["10%", True, float("nan")])
def test_a_limit_that_is_no_number_names_its_origin(value: Any) -> None:
    with pytest.raises(UsageError, match="marker asr_limits: max_wer is"):
        verdict.limit("max_wer", [("marker asr_limits", {"max_wer": value})])


# Snippets


def test_a_snippet_over_its_limit() -> None:
    outcome = measured("clip", "a b c d", "a b c x")
    assert verdict.judge_snippet(outcome, Limit(0.25, "x")) == []
    assert verdict.judge_snippet(outcome, Limit(0.2, "--asr-snippet-max-wer")) == [
        Breach(
            "wer",
            "WER 25.00 % of corpus/clip exceeds the limit of 20.00 % (--asr-snippet-max-wer)",
            *("model", "corpus", "clip"),
            value=0.25,
            limit=0.2,
            origin="--asr-snippet-max-wer",
        )
    ]
    assert verdict.judge_snippet(outcome, None) == []


def test_silence_and_faults_have_no_wer_to_judge() -> None:
    assert verdict.judge_snippet(measured("a", "", "words"), Limit(0.0, "x")) == []
    assert verdict.judge_snippet(failed(), Limit(0.0, "x")) == []


# Totals


def test_every_limit_that_is_missed_is_told() -> None:
    totals = total("model", "corpus", [measured("a", "a b", "a x", seconds=(1.0,), peak_vram=10 * MIB)])
    limits: dict[str, Limit | None] = {
        "max_wer": Limit(0.1, "--asr-max-wer"),
        "max_rtf": Limit(0.001, "marker asr_limits"),
        "max_ram_mb": Limit(299, "corpus.toml of corpus"),
        "max_vram_mb": Limit(9, "ini asr_max_vram_mb"),
    }
    missed = verdict.judge_totals(totals, limits)
    assert [breach.text for breach in missed] == [
        "WER 50.00 % of model on corpus exceeds the limit of 10.00 % (--asr-max-wer)",
        "RTF 0.5 of model on corpus exceeds the limit of 0.001 (marker asr_limits)",
        "peak RAM 300 MB of model on corpus exceeds the limit of 299 MB (corpus.toml of corpus)",
        "peak VRAM 10 MB of model on corpus exceeds the limit of 9 MB (ini asr_max_vram_mb)",
    ]
    assert {breach.metric: (breach.value, breach.limit) for breach in missed} == {
        "wer": (0.5, 0.1),
        "rtf": (0.5, 0.001),
        "peak_ram_mb": (300, 299),
        "peak_vram_mb": (10, 9),
    }
    assert {(breach.model, breach.corpus, breach.snippet) for breach in missed} == {("model", "corpus", "")}


def test_a_value_at_its_limit_passes() -> None:
    totals = total("model", "corpus", [measured("a", "a b", "a x", seconds=(1.0,))])
    limits: dict[str, Limit | None] = {"max_wer": Limit(0.5, ""), "max_rtf": Limit(0.5, ""), "max_ram_mb": None}
    assert verdict.judge_totals(totals, limits) == []


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("max_wer", measured("a", "", ""), "the references hold no words"),
        ("max_rtf", failed(), "nothing was measured"),
        ("max_ram_mb", measured(peak_ram=None), "no high-water mark"),
        ("max_vram_mb", measured(), "reports no device memory"),
    ],
)
def test_what_cannot_be_judged_does_not_pass(name: str, outcome: Outcome, words: str) -> None:
    (breach,) = verdict.judge_totals(total("model", "corpus", [outcome]), {name: Limit(1.0, "--asr-x")})
    assert "cannot be judged" in breach.text
    assert words in breach.text
    assert "--asr-x demands it" in breach.text
    assert (breach.value, breach.limit, breach.origin) == (None, 1.0, "--asr-x")


def test_failures_count_against_the_wer_limit() -> None:
    totals = total("model", "corpus", [measured(), failed()])
    assert "50.00 %" in verdict.judge_totals(totals, {"max_wer": Limit(0.1, "x")})[0].text


# Against a baseline

TEN = "a b c d e f g h i j"


def breaches(then: list[Outcome], now: list[Outcome], tolerances: Tolerances) -> list[str]:
    """What is wrong with `now`."""
    return [breach.text for breach in verdict.judge_change(compared(then, now), tolerances).breaches]


def test_a_run_against_itself_passes() -> None:
    run = [measured("a", TEN, "a b c"), measured("b")]
    assert breaches(run, run, Tolerances(wer=0.0, rtf=0.0, significant=True, transcripts=True)) == []


def test_a_crash_is_a_loss_of_all_its_words() -> None:
    then = [measured("a", TEN, TEN), measured("b", TEN, TEN)]
    (breach,) = breaches(then, [then[0], failed("b", words=10)], Tolerances(wer=0.1, rtf=0.1))
    assert "is 50.00 pp worse" in breach


def test_a_case_that_failed_before_its_reference_was_read_is_a_loss_too() -> None:
    then = [measured("a", TEN, TEN), measured("b", TEN, TEN)]
    (breach,) = breaches(then, [then[0], failed("b", words=0)], Tolerances(wer=0.1))
    assert "is 50.00 pp worse" in breach


def test_without_tolerances_nothing_is_judged() -> None:
    assert breaches([measured("a", TEN, TEN)], [measured("a", TEN, "")], Tolerances()) == []


EVERYTHING = Tolerances(wer=0.0, rtf=0.1, significant=True, transcripts=True)


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
    assert breaches(then, [measured()], Tolerances(transcripts=True)) == []
    assert "asks for RTF" in breaches(then, [measured()], Tolerances(rtf=0.1))[0]


def test_a_new_case_alone_is_no_breach_but_something_must_be_compared() -> None:
    assert breaches([measured("a")], [measured("a"), measured("b")], EVERYTHING) == []
    (breach,) = breaches([measured("a")], [measured("b"), measured("c")], EVERYTHING)
    assert "nothing of model on corpus can be held against the baseline 0001_then.json (new, not in the" in breach
    assert breaches([measured("a")], [measured("b")], Tolerances()) == []


def test_less_than_could_be_compared_is_a_breach_that_names_the_snippets() -> None:
    names = "abcdefgh"
    then = [measured(name) for name in names]
    now = [measured(name, audio_seconds=3.0 if name > "b" else 2.0) for name in names]
    found = verdict.judge_change(compared(then, now), Tolerances(wer=0.1, transcripts=True)).breaches
    assert [breach.text for breach in found] == [
        "6 of 8 snippets of model on corpus cannot be held against the baseline 0001_then.json (the audio has another "
        "length: c, d, e, f, g and 1 more), as --asr-compare-fail asks for WER and transcripts: measure under the same "
        "conditions, or save a new baseline"
    ]
    assert (found[0].metric, found[0].value, found[0].limit) == ("compared", 2, 8)


def held(then: list[Outcome], now: list[Outcome], unmeasured: list[str], ids: list[str] | None = None) -> list[str]:
    """What is wrong with `now` against a run that tells which snippets of its corpus it did not measure."""
    facts = Facts(unmeasured={("model", "corpus"): unmeasured})
    run = Baseline("0001.json", [{"extra_info": extra_info(o)} for o in then], facts)
    comparison = run.compare("model", "corpus", now, ids)
    return [breach.text for breach in verdict.judge_change(comparison, Tolerances(wer=0.0)).breaches]


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
