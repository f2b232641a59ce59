"""What a session tells beyond its averages, on the screen and in results.json."""

from __future__ import annotations

import re

import pytest

from pytest_asrbench.report.analysis import breakdown
from tests.bench import Bench, text

COUNT = 20
HALF_WRONG = {n: {"text": "this was clip nobody here"} for n in range(COUNT) if n % 3}


def enough(bench: Bench) -> None:
    """Clips enough for an interval, the last of them without speech."""
    bench.clips(COUNT)
    (bench.path / "clips" / f"c{COUNT - 1}.txt").write_text("", "utf-8")
    (bench.path / "clips" / "corpus.toml").write_text(f'nonspeech = ["c{COUNT - 1}"]\nlanguage = "en"\n', "utf-8")


def test_two_models_are_told_with_intervals_and_compared(bench: Bench) -> None:
    enough(bench)
    silent = {COUNT - 1: {"text": ""}}
    bench.model("good", bench.script("good", count=COUNT, clips=silent))
    bench.model("bad", bench.script("bad", count=COUNT, clips={**HALF_WRONG, **silent}))
    result = bench.run("--asr-models=good,bad")
    assert result.ret == 0, text(result)
    wer = bench.results()["totals"][1]["wer"]
    assert re.search(rf" bad +clips +{wer * 100:.2f} % +\d+\.\d–\d+\.\d %", text(result))
    assert re.search(r" good +clips +0.00 % +- ", text(result))
    assert "95 % interval of the WER by bootstrap over snippets, seed 0." in text(result)
    assert "no interval of the WER of good on clips: too few snippets with an error: 0" in text(result)
    assert re.search(r"good beats bad: \d+\.\d pp, 95 % interval \d+\.\d–\d+\.\d, p = 0.00\d", text(result))
    findings = bench.results()["findings"]
    assert [one["estimate"] for one in findings["intervals"]] == [0.0, wer]
    (gap,) = findings["differences"]
    assert (gap["first"], gap["second"], gap["significant"], gap["against"]) == ("good", "bad", True, "")
    assert {(one["model"], one["kind"]) for one in findings["word_errors"]} >= {("bad", "substitution")}
    assert findings["worst"][0]["model"] == "bad"


def test_words_in_silence_loops_and_slow_first_calls_are_told(bench: Bench) -> None:
    enough(bench)
    bench.model("whisperer", bench.script("whisperer", count=COUNT, clips={COUNT - 1: {"text": "thank you " * 8}}))
    result = bench.run("--asr-models=whisperer")
    assert "whisperer said 16 words in 1 of 1 clip without speech (1920 words per minute)" in text(result)
    told = f'whisperer ran into a loop in 1 snippet: in c{COUNT - 1} it said "thank you" 8 times in a row'
    assert told in text(result)
    findings = bench.results()["findings"]
    assert findings["repetitions"] == [
        {"model": "whisperer", "corpus": "clips", "snippet": f"c{COUNT - 1}", "phrase": "thank you", "times": 8}
    ]
    assert findings["calls"][0]["snippet"] == "c0"


def test_a_small_run_says_that_it_is_too_small(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}")
    assert re.search(r"no interval of the WER of stub\S+ on clips: too few snippets: 3, at least 15 are", text(result))
    assert "95 % interval" not in text(result)


def test_a_change_since_the_baseline_is_told_without_a_gate(bench: Bench) -> None:
    enough(bench)
    bench.model("mine", bench.script("mine", count=COUNT))
    bench.run("--asr-models=mine")
    unchanged = bench.run("--asr-models=mine", "--benchmark-compare")
    assert "mine in 0001" not in text(unchanged)
    bench.script("mine", count=COUNT, clips=HALF_WRONG)
    result = bench.run("--asr-models=mine", "--benchmark-compare=0001")
    assert result.ret == 0, text(result)
    assert re.search(r"mine in 0001_\S+\.json beats mine: \d+\.\d pp, 95 % interval .*, p = 0.00\d", text(result))
    (gap,) = bench.results()["findings"]["differences"]
    assert gap["against"].startswith("0001_")
    assert gap["snippets"] == COUNT


def test_an_interrupted_run_is_analysed_as_far_as_it_came(bench: Bench) -> None:
    enough(bench)
    bench.model("first", bench.script("first", count=COUNT, clips=HALF_WRONG))
    bench.model("second", bench.script("second", count=COUNT, clips={7: {"fault": "raise"}}))
    result = bench.run("--asr-models=first,second", "-x")
    assert result.ret == 1
    findings = bench.results()["findings"]
    assert [one["blocks"] for one in findings["intervals"]] == [20, 18]
    assert findings["differences"][0]["snippets"] == 18
    assert "note: clips: models are compared on the snippets that both were tried on, first and second on 18 of 20" in (
        text(result)
    )


def test_a_mistake_in_the_analysis_costs_no_measurement(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(breakdown, "groups", broken)
    result = bench.run(f"--asr-models={bench.script()}")
    assert result.ret == 1
    assert "ERROR: the analysis failed (ZeroDivisionError: a mistake): results.json has no findings" in text(result)
    assert len(bench.rows()) == len(bench.results()["outcomes"]) == 3
    assert "findings" not in bench.results()


def test_a_session_without_models_loads_no_analysis(bench: Bench) -> None:
    (bench.path / "test_plain.py").write_text(
        "import sys\ndef test_plain(): assert 'pytest_asrbench.report.analysis.analyse' not in sys.modules\n", "utf-8"
    )
    result = bench.pytester.runpytest_subprocess("test_plain.py")
    result.assert_outcomes(passed=1)
