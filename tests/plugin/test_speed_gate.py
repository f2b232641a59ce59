"""Sweeps and the speed gate, with a stub that really works."""

from __future__ import annotations

import re

import pytest

from tests.bench import Bench, text

UNITS = 60


@pytest.fixture
def busy(bench: Bench) -> Bench:
    """A project of eight clips with a model `mine` that computes."""
    bench.clips(8)
    # Whatever else this machine is doing: here all rounds count.
    bench.pytester.makeconftest("from pytest_asrbench.speed import judge\n\njudge.QUIET = 99.0\n")
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
    assert all(len(one["extra_info"]["rounds"]) == 5 for one in cases)
    assert any(one["extra_info"]["reference_seconds"] for one in cases), "the machine's own speed is kept beside them"
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
    assert 100 < float(found[1]) < 300
    assert "90 % interval" in text(result)
    (judgement,) = busy.results()["speed"]
    assert (judgement["state"], judgement["snippets"], judgement["against"][:5]) == ("slower", 8, "0001_")


def test_the_same_work_passes(busy: Bench) -> None:
    busy.run("--asr-models=mine", "--asr-sweeps=30")
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:100%", "--asr-speed-budget=20")
    assert result.ret == 0, text(result)


def test_without_time_for_rounds_it_says_that_it_cannot_tell(busy: Bench) -> None:
    busy.run("--asr-models=mine")
    busy.script("mine", count=8, compute=UNITS * 3)
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:10%", "--asr-speed-budget=0.001")
    assert result.ret == 0
    assert "not enough rounds to tell whether it is more than 10.00 % slower" in text(result)
    (judgement,) = busy.results()["speed"]
    assert judgement["state"] == "undecided"


def test_another_machine_is_no_baseline(busy: Bench) -> None:
    busy.run("--asr-models=mine", "--asr-sweeps=80")
    (path,) = busy.path.glob(".benchmarks/*/*.json")
    saved = path.read_text("utf-8")
    path.write_text(re.sub(r'("compute": )([\d.e-]+)', lambda m: f"{m[1]}{float(m[2]) / 2}", saved), "utf-8")
    result = busy.run("--asr-models=mine", "--asr-compare-fail=rtf:10%", "--asr-sweeps=80", "--asr-speed-budget=3")
    assert result.ret == 1
    assert "by the reference workload this is another machine" in text(result)


def test_a_model_that_dies_in_a_sweep_keeps_what_was_measured(busy: Bench) -> None:
    busy.script("mine", count=8, clips={3: {"fault": "sigkill", "fault_after": 1}}, compute=5)
    result = busy.run("--asr-models=mine", "--asr-sweeps=2", "--asr-warmup=0")
    assert result.ret == 0, text(result)
    assert "further rounds of mine on clips ended early" in text(result)
    assert [row["Status"] for row in busy.rows()] == ["OK"] * 8
