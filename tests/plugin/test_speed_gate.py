"""Sweeps and the speed gate, with a stub that really works."""

from __future__ import annotations

import re

import pytest

from pytest_asrbench.statistics.speed import budget
from tests.bench import Bench, text

UNITS = 60


@pytest.fixture
def busy(bench: Bench, all_rounds_count: None) -> Bench:
    """A project of eight clips with a model `mine` that computes."""
    bench.clips(8)
    bench.model("mine", bench.script("mine", count=8, compute=UNITS))
    return bench


def test_sweeps_add_rounds_to_every_record(busy: Bench) -> None:
    result = busy.run("--asr-models=mine", "--asr-rounds=2", "--asr-sweeps=3")
    assert result.ret == 0, text(result)
    assert [len(outcome["seconds"]) for outcome in busy.results()["outcomes"]] == [5] * 8
    assert {row["Rounds"] for row in busy.rows()} == {"5"}
    (saved,) = busy.saved()
    cases = [one for one in saved["benchmarks"] if one["group"] == "snippets"]
    assert [one["stats"]["rounds"] for one in cases] == [5] * 8
    assert [len(one["seconds"]) for one in busy.saved_outcomes()] == [5] * 8
    assert any("reference_seconds" in one for one in busy.saved_outcomes()), (
        "the machine's own speed is kept beside them"
    )
    finals = {e["outcome"]["snippet"]: len(e["outcome"]["seconds"]) for e in busy.journal() if e["event"] == "outcome"}
    assert finals == {f"c{number}": 5 for number in range(8)}


def test_more_work_fails_and_the_message_tells_how_sure_that_is(busy: Bench) -> None:
    busy.run("--asr-models=mine", "--asr-sweeps=30")
    busy.script("mine", count=8, compute=UNITS * 3)
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=3")
    result.assert_outcomes(passed=8, failed=1)
    found = re.search(
        r"mine on clips is ([\d.]+) % slower than 0001_\S+; --asr-compare-fail allows 10.00 %", text(result)
    )
    assert found is not None
    assert float(found[1]) > 10
    assert "90 % interval" in text(result)
    (judgement,) = busy.results()["speed"]
    assert (judgement["state"], judgement["snippets"], judgement["against"][:5]) == ("slower", 8, "0001_")


def test_the_same_work_passes(busy: Bench) -> None:
    busy.run("--asr-models=mine", "--asr-sweeps=30")
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:100%", "--asr-speed-budget=20")
    assert result.ret == 0, text(result)


def test_without_time_for_rounds_it_fails_and_names_the_budget(busy: Bench) -> None:
    busy.run("--asr-models=mine")
    busy.script("mine", count=8, compute=UNITS * 3)
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=0.001")
    result.assert_outcomes(passed=8, failed=1)
    told = text(result)
    assert "it cannot be told whether mine on clips is more than 10.00 % slower than 0001_" in told
    assert re.search(r"after \d+ s, give it more time with --asr-speed-budget=\d+", told)
    (judgement,) = busy.results()["speed"]
    assert judgement["state"] == "undecided"
    assert judgement["needed"] >= judgement["spent"] >= 0


def test_slow_rounds_are_waited_for_without_a_budget(busy: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first rounds show to be needed is taken, and one round more than MIN_ROUNDS - 1 is."""
    monkeypatch.setattr(budget, "BASE", 0.001)
    busy.run("--asr-models=mine", "--asr-sweeps=5")
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:300%")
    assert result.ret == 0, text(result)
    (judgement,) = busy.results()["speed"]
    assert judgement["rounds_now"] >= 3


def test_another_machine_is_no_baseline(busy: Bench) -> None:
    busy.run("--asr-models=mine", "--asr-sweeps=80")
    (path,) = busy.path.glob(".benchmarks/*/*.json")
    saved = path.read_text("utf-8")
    halved, count = re.subn(r'(compute\\": )([\d.e-]+)', lambda m: f"{m[1]}{float(m[2]) / 2}", saved)
    assert count, "in the outcome of each clip, which is a text in a text"
    path.write_text(halved, "utf-8")
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:10%", "--asr-sweeps=80", "--asr-speed-budget=3")
    assert result.ret == 1
    assert "by the reference workload this is another machine" in text(result)


def test_a_model_that_dies_in_a_sweep_keeps_what_was_measured(busy: Bench) -> None:
    busy.script("mine", count=8, clips={3: {"fault": "sigkill", "fault_after": 1}}, compute=5)
    result = busy.run("--asr-models=mine", "--asr-sweeps=2", "--asr-warmup=0")
    assert result.ret == 0, text(result)
    assert "further rounds of mine on clips ended early" in text(result)
    assert [row["Status"] for row in busy.rows()] == ["OK"] * 8
