"""Our own runs, in the report folder, as baselines: by name or a part of it, the latest, or where none is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bench import Bench, text

GATE = "--asr-compare-fail=wer:0.5pp"
MINE = "--asr-models=mine"


@pytest.fixture
def good(bench: Bench) -> Bench:
    """A project with one run of a model `mine`, without an error."""
    bench.model("mine", bench.script("mine"))
    assert bench.run(MINE).ret == 0
    return bench


def worse(bench: Bench) -> None:
    bench.script("mine", clips={1: {"text": "this is a ship"}})


def rename(run: Path, name: str) -> None:
    run.rename(run.with_name(name))


def test_a_run_is_named_by_its_folder_a_beginning_of_that_or_as_the_latest(good: Bench) -> None:
    rename(good.runs[0], "20250101-000000-aaaaaa")
    worse(good)
    for name in ("20250101-000000-aaaaaa", "20250101", "latest"):
        result = good.run(MINE, f"--asr-baseline={name}", GATE)
        result.assert_outcomes(passed=3, failed=1)
        assert "asrbench baseline: 20250101-000000-aaaaaa" in text(result)
        assert "is 22.22 pp worse than the baseline's 0.00 % (20250101-000000-aaaaaa)" in text(result)
        shutil.rmtree(good.runs[-1])
    good.run(MINE)
    assert good.run(MINE, "--asr-baseline=latest", GATE).ret == 0, "the latest is as bad"


def test_a_name_of_several_or_none_ends_the_session_with_one_sentence(good: Bench) -> None:
    rename(good.runs[0], "20250101-000000-aaaaaa")
    shutil.copytree(good.runs[0], good.runs[0].with_name("20250101-000000-aabbbb"))
    result = good.refused(MINE, "--asr-baseline=20250101-000000-aa", GATE)
    assert "begin so, 20250101-000000-aabbbb, 20250101-000000-aaaaaa: name one" in text(result)
    result = good.refused(MINE, "--asr-baseline=last", GATE)
    assert "--asr-baseline=last: there is no such file; name a saved run" in text(result)
    assert "did you mean 'latest'?" in text(result)
    assert len(good.runs) == 2, "nothing was measured"


def test_without_a_name_they_are_found_where_pytest_benchmark_has_saved_nothing(good: Bench) -> None:
    shutil.rmtree(good.path / ".benchmarks")
    worse(good)
    (run,) = good.runs
    result = good.run(MINE, GATE)
    result.assert_outcomes(passed=3, failed=1)
    assert f"asrbench baseline: {run.name}" in text(result)


def test_a_saved_run_is_looked_at_once_and_comes_first(good: Bench) -> None:
    result = good.run(MINE, GATE)
    assert "asrbench baseline: 0001_" in text(result)
    good.model("other", good.script("other"))
    result = good.refused("--asr-models=other", "--asr-baseline=latest", GATE)
    assert "needs a saved run of other on clips, and latest holds none" in text(result)


def test_another_python_or_machine_has_its_accuracy_compared_and_not_its_speed(good: Bench) -> None:
    results = good.runs[0] / "results.json"
    content = results.read_text("utf-8")
    python = good.results()["run"]["machine"]["python"]
    results.write_text(content.replace(f'"python": "{python}"', '"python": "3.9.1"'), "utf-8")
    result = good.run(MINE, "--asr-baseline=latest", GATE)
    assert result.ret == 0, text(result)
    assert "not compared with the baseline (speed: measured with CPython 3.9 on " in text(result)
    shutil.rmtree(good.runs[-1])
    cpu = good.results()["run"]["machine"]["cpu"]
    results.write_text(content.replace(f'"cpu": "{cpu}"', '"cpu": "another"'), "utf-8")
    result = good.run(MINE, "--asr-baseline=latest", GATE)
    assert f"(speed: machine was another, is {cpu}" in text(result)


def test_a_run_that_was_cut_off_is_read_by_its_journal(good: Bench) -> None:
    (good.runs[0] / "results.json").unlink()
    worse(good)
    result = good.run(MINE, "--asr-baseline=latest", GATE)
    result.assert_outcomes(passed=3, failed=1)
    assert "22.22 pp worse" in text(result)


def test_a_damaged_one_that_nobody_named_is_passed_over_with_a_note(good: Bench) -> None:
    shutil.rmtree(good.path / ".benchmarks")
    older = good.runs[0]
    broken = older.with_name("29990101-000000-ffffff")
    shutil.copytree(older, broken)
    (broken / "results.json").write_text("{", "utf-8")
    result = good.run(MINE, GATE)
    assert result.ret == 0
    assert f"asrbench baseline: {older.name}" in text(result)
    assert "no baseline: " in text(result)
    good.refused(MINE, f"--asr-baseline={broken.name}", GATE)


def test_an_ab_is_nothing_to_be_held_against_unless_it_is_named(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run(f"--asr-ab=mine,{bench.script('slow')}", "--asr-sweeps=1")
    result = bench.refused(MINE, GATE)
    assert "needs a saved run of mine on clips" in text(result)
    assert bench.run(MINE, GATE, "--asr-baseline=latest").ret == 0


def test_a_run_that_is_resumed_is_no_baseline_of_itself(good: Bench) -> None:
    journal = good.runs[0] / "journal.jsonl"
    journal.write_text("".join(journal.read_text("utf-8").splitlines(keepends=True)[:-2]), "utf-8")
    result = good.refused(MINE, "--asr-resume", "--asr-baseline=latest", GATE)
    assert "it holds none" in text(result)
    shutil.rmtree(good.path / ".benchmarks")
    assert "holds none" in text(good.run(MINE, "--asr-resume", GATE))


def test_runs_in_which_the_model_never_answered_are_passed_over_without_a_word(good: Bench) -> None:
    shutil.rmtree(good.path / ".benchmarks")
    older = good.runs[0]
    good.script("mine", clips={n: {"fault": "raise"} for n in range(3)})
    good.run(MINE)
    good.script("mine")
    result = good.run(MINE, GATE)
    assert f"asrbench baseline: {older.name}" in text(result)
    assert "no baseline" not in text(result)
