"""Gates: what is read, what passes, what does not, and the sentence that says why."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates import limits
from pytest_asrbench.gates import rules as grammar
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.gates.rules import Rule
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.metrics.units import FRACTION
from pytest_asrbench.records import Breach, Case, Outcome
from tests.unit.outcomes import MIB, failed, measured

# Reading


@pytest.mark.parametrize(("text", "value"), [("0.1", 0.1), ("10%", 0.1), (" 7.5 % ", 0.075), ("1", 1.0), (".5", 0.5)])
def test_rates_are_fractions_or_percentages(text: str, value: float) -> None:
    assert FRACTION.read(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "ten", "-0.1", "10%%", "0,1", "10 pp", "nan", "1e-3", "%"])
def test_other_words_are_no_rates(text: str) -> None:
    with pytest.raises(UsageError, match="write a fraction"):
        FRACTION.read(text)


def parsed(*texts: str) -> tuple[tuple[Rule, ...], bool]:
    found = grammar.parse(texts)
    return found.rules, found.transcripts


def test_sizes_are_points_for_rates_and_per_cent_for_numbers() -> None:
    assert parsed("wer:0.5pp", "rtf:10%") == ((Rule("wer", 0.005), Rule("rtf", 0.1)), False)
    assert parsed(" rtf : 5 % ") == ((Rule("rtf", 0.05),), False)
    assert parsed("mer:1pp", "hallucination:20%") == ((Rule("mer", 0.01), Rule("hallucination", 0.2)), False)
    assert parsed() == ((), False)


def test_rules_stand_beside_sizes() -> None:
    texts = ["wer:0.5pp", "wer:significant", " transcripts : changed "]
    assert parsed(*texts) == ((Rule("wer", 0.005), Rule("wer")), True)
    assert parsed("cer:significant") == ((Rule("cer"),), False)


def test_of_two_sizes_the_last_counts() -> None:
    assert parsed("wer:0.5pp", "wer:significant", "wer:1pp") == ((Rule("wer"), Rule("wer", 0.01)), False)


@pytest.mark.parametrize(
    "text",
    [
        *("wer:0.5%", "rtf:10pp", "wer", "wer:", "were:1pp", "rtf:-1%", "wer:0.5", ""),
        *("rtf:significant", "wer:changed", "transcripts:0", "transcripts", "significant"),
    ],
)
def test_other_rules_are_refused_with_the_origin(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"ini asr_compare_fail: .*write .*wer:0\.5pp .*wer:significant, transcripts:changed"
    ):
        grammar.parse([text], "ini asr_compare_fail")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("wer<=5%", Limit("wer", 0.05, "x")),
        (" cer <= 0.03 ", Limit("cer", 0.03, "x")),
        ("rtf<=0.5", Limit("rtf", 0.5, "x")),
        ("snippet:wer<=30%", Limit("wer", 0.3, "x", snippet=True)),
        ("snippet: rtf<=2", Limit("rtf", 2.0, "x", snippet=True)),
        ("hallucination<=3", Limit("hallucination", 3.0, "x")),
        ("peak_ram_mb<=4000", Limit("peak_ram_mb", 4000.0, "x")),
    ],
)
def test_a_limit_names_a_metric_a_side_and_a_bound(text: str, limit: Limit) -> None:
    assert limits.parse(text, "x") == limit


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wer<5%", "'wer<5%' is no limit; write \"wer<=5%\""),
        ("wer", "is no limit"),
        ("were<=5%", "there is no metric 'were'; did you mean 'wer'?"),
        ("wer<=five", "'five' is no rate"),
        ("wer<=5", "5 would be 500%"),
        ("rtf<=50%", "'50%' is no number"),
        ("wer>=5%", "limits WER on the wrong side; write wer<=5%"),
        ("corpus:wer<=5%", "is no limit"),
        ("snippet:peak_ram_mb<=5", "is one mark for the whole corpus"),
    ],
)
def test_what_is_no_limit_is_refused_with_the_origin(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=f"^ini asr_limit: .*{re.escape(words)}"):
        limits.parse(text, "ini asr_limit")


def test_the_first_layer_that_sets_a_limit_wins() -> None:
    layers = [
        limits.all_named({"max_wer": None}, "--asr-max-wer"),
        limits.all_named({"max_rtf": 2.0}, "marker"),
        limits.all_named({"max_wer": 0.0, "max_rtf": 1.0, "snippet_max_wer": 0.3}, "corpus.toml"),
        [limits.parse("wer<=50%", "ini")],
    ]
    found = limits.applying(layers)
    assert found["wer", False] == Limit("wer", 0.0, "corpus.toml")
    assert found["rtf", False] == Limit("rtf", 2.0, "marker")
    assert found["wer", True] == Limit("wer", 0.3, "corpus.toml", snippet=True)
    assert set(found) == {("wer", False), ("rtf", False), ("wer", True)}


def test_two_limits_of_one_figure_in_one_place_are_a_mistake() -> None:
    layer = [limits.parse("wer<=5%", "--asr-limit"), limits.named("max_wer", 0.1, "--asr-max-wer")]
    with pytest.raises(UsageError, match="--asr-limit and --asr-max-wer set two limits of wer: leave one out"):
        limits.applying([layer])
    assert limits.applying([layer[:1], layer[1:]])["wer", False].bound == 0.05


@pytest.mark.parametrize("value", ["10%", True, float("nan"), -1])
def test_a_limit_that_is_no_number_names_its_origin(value: Any) -> None:
    with pytest.raises(UsageError, match="marker asr_limits: max_wer is"):
        limits.named("max_wer", value, "marker asr_limits")


@pytest.mark.parametrize("key", ["max_were", "min_wer", "max", "wer", "max_peak", "snippet_max_ram_mb"])
def test_a_short_form_that_there_is_not(key: str) -> None:
    with pytest.raises(UsageError):
        limits.named(key, 0.1, "x")


# Snippets


def snippet(bound: float, origin: str) -> Limit:
    return Limit("wer", bound, origin, snippet=True)


def test_a_snippet_over_its_limit() -> None:
    outcome = measured("clip", "a b c d", "a b c x")
    assert limits.judge_outcome(outcome, [snippet(0.25, "x")]) == []
    assert limits.judge_outcome(outcome, [snippet(0.2, "--asr-snippet-max-wer")]) == [
        Breach(
            Case("model", "corpus", "clip"),
            "wer",
            "WER 25.00 % of corpus/clip exceeds the limit of 20.00 % (--asr-snippet-max-wer)",
            value=0.25,
            limit=0.2,
            origin="--asr-snippet-max-wer",
        )
    ]
    assert limits.judge_outcome(outcome, [Limit("wer", 0.2, "of the corpus")]) == []


def test_silence_and_faults_have_no_wer_to_judge() -> None:
    assert limits.judge_outcome(measured("a", "", "words"), [snippet(0.0, "x")]) == []
    assert limits.judge_outcome(failed(), [snippet(0.0, "x")]) == []


def test_a_snippet_s_speed_has_limits_too() -> None:
    (breach,) = limits.judge_outcome(measured("a", seconds=(1.0,)), [limits.parse("snippet:rtf<=0.4", "x")])
    assert breach.text == "RTF 0.5 of corpus/a exceeds the limit of 0.4 (x)"


# Totals


def test_every_limit_that_is_missed_is_told() -> None:
    totals = total("model", "corpus", [measured("a", "a b", "a x", seconds=(1.0,), peak_vram=10 * MIB)])
    bounds = [
        Limit("wer", 0.1, "--asr-max-wer"),
        Limit("rtf", 0.001, "marker asr_limits"),
        Limit("peak_ram_mb", 299, "corpus.toml of corpus"),
        Limit("peak_vram_mb", 9, "ini asr_max_vram_mb"),
    ]
    missed = limits.judge_totals(totals, bounds)
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
    assert {breach.case for breach in missed} == {Case("model", "corpus")}


def test_a_value_at_its_limit_passes() -> None:
    totals = total("model", "corpus", [measured("a", "a b", "a x", seconds=(1.0,))])
    assert limits.judge_totals(totals, [Limit("wer", 0.5, ""), Limit("rtf", 0.5, "")]) == []


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("wer", measured("a", "", ""), "the references hold no words"),
        ("rtf", failed(), "nothing was measured"),
        ("peak_ram_mb", measured(peak_ram=None), "no high-water mark"),
        ("peak_vram_mb", measured(), "reports no device memory"),
    ],
)
def test_what_cannot_be_judged_does_not_pass(name: str, outcome: Outcome, words: str) -> None:
    (breach,) = limits.judge_totals(total("model", "corpus", [outcome]), [Limit(name, 1.0, "--asr-x")])
    assert "cannot be judged" in breach.text
    assert words in breach.text
    assert "--asr-x demands it" in breach.text
    assert (breach.value, breach.limit, breach.origin) == (None, 1.0, "--asr-x")


def test_failures_count_against_the_wer_limit() -> None:
    totals = total("model", "corpus", [measured(), failed()])
    assert "50.00 %" in limits.judge_totals(totals, [Limit("wer", 0.1, "x")])[0].text
