"""A/B runs: two models in turn, with a stub that really works."""

from __future__ import annotations

import re

import pytest

from pytest_asrbench.statistics.speed import budget
from tests.bench import Bench, text

UNITS = 60


@pytest.fixture
def pair(bench: Bench) -> Bench:
    """A project of eight clips with a model `mine` that computes, and `slow`, which takes three times as long."""
    bench.clips(8)
    bench.model("mine", bench.script("mine", count=8, compute=UNITS))
    bench.model("slow", bench.script("slow", count=8, compute=UNITS * 3))
    return bench


def test_an_ab_takes_turns_and_finds_the_slower(pair: Bench) -> None:
    result = pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=20")
    result.assert_outcomes(passed=18, failed=1)
    assert re.search(r"slow on clips is \d+.\d\d % slower than mine; --asr-compare-fail allows", text(result))
    assert re.search(r"A/B on clips, slow against mine: \d+.\d % slower", text(result))
    order = [(e["outcome"]["snippet"], e["outcome"]["model"]) for e in pair.journal() if e["event"] == "outcome"][:16]
    assert [snippet for snippet, _ in order] == [f"c{n}" for n in range(8) for _ in range(2)]
    assert {model for _, model in order[::2]} == {"mine", "slow"}, "who comes first changes"
    back = pair.run("--asr-ab=slow,mine", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=20")
    assert back.ret == 0, text(back)


def test_it_is_judged_over_several_processes_and_its_rounds_are_kept(pair: Bench) -> None:
    pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=20")
    (judgement,) = pair.results()["speed"]
    assert (judgement["model"], judgement["against"], judgement["state"]) == ("slow", "mine", "slower")
    assert (judgement["snippets"], judgement["machine"]) == (8, {})
    assert judgement["processes"] >= 5
    assert judgement["rounds_now"] == judgement["rounds_then"] >= judgement["processes"]
    assert 0.1 < judgement["low"] < judgement["estimate"] < judgement["high"]
    rounds = {len(outcome["seconds"]) for outcome in pair.results()["outcomes"]}
    assert rounds == {1 + judgement["rounds_now"]}
    logs = (pair.runs[-1] / "logs").glob("*mine*")
    assert sum(path.read_text("utf-8").count("transcribing clips/c0") for path in logs) > judgement["rounds_now"]


def test_without_a_gate_it_takes_the_sweeps_asked_for(pair: Bench) -> None:
    result = pair.run("--asr-ab=mine,slow", "--asr-sweeps=7")
    assert result.ret == 0, text(result)
    assert re.search(r"A/B on clips, slow against mine: \d+.\d % slower .* 7 rounds in turn", text(result))


def test_a_model_that_dies_ends_the_turns_and_keeps_what_was_measured(pair: Bench) -> None:
    pair.script("slow", count=8, clips={3: {"fault": "sigkill", "fault_after": 1}}, compute=5)
    result = pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%", "--asr-warmup=0", "--asr-speed-budget=20")
    assert "turns of mine and slow on clips ended early" in text(result)
    assert [row["Status"] for row in pair.rows()] == ["OK"] * 16


def test_a_gate_without_a_verdict_fails_and_names_the_budget(pair: Bench) -> None:
    result = pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=0.001")
    result.assert_outcomes(passed=18, failed=1)
    told = text(result)
    assert "it cannot be told whether slow on clips is more than 10.00 % slower than mine" in told
    assert "too few rounds to tell: 1 rounds in turn, in 1 process of each" in told
    assert re.search(r"after \d+ s, give it more time with --asr-speed-budget=\d+", told)
    (judgement,) = pair.results()["speed"]
    assert judgement["needed"] > judgement["spent"] > 0
    open_ended = pair.run("--asr-ab=mine,slow", "--asr-sweeps=1")
    assert open_ended.ret == 0, "without a gate it is a sentence"
    assert "A/B on clips, slow against mine: too few rounds to tell" in text(open_ended)


def test_by_itself_it_takes_the_time_that_the_first_turns_show_to_be_needed(
    pair: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "BASE", 0.001)
    result = pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%")
    assert re.search(r"slow on clips is \d+.\d\d % slower than mine; --asr-compare-fail allows", text(result))
    monkeypatch.setattr(budget, "CEILING", 0.01)
    refused = pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%")
    assert "in 1 process of each; after" in text(refused), "what is beyond the ceiling is not begun"
    assert refused.ret == 1


def test_models_that_measured_nothing_in_common_are_not_compared(pair: Bench) -> None:
    pair.script("slow", count=8, load={"fault": "exception"}, clips={n: {"fault": "exception"} for n in range(8)})
    result = pair.run("--asr-ab=mine,slow", "--asr-compare-fail=rtf:10%")
    assert "A/B on clips, slow against mine: nothing to compare" in text(result)
    assert "it cannot be told whether slow on clips is more than 10.00 % slower than mine" in text(result)
    assert "--asr-speed-budget" not in text(result), "time would not help"


def test_an_ab_wants_two_models(pair: Bench) -> None:
    result = pair.refused("--asr-ab=mine")
    assert "--asr-ab compares two models" in text(result)
