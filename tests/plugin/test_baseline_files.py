"""Saved runs that are damaged, that others have made, or that a user names by file: no other is taken instead."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tests.bench import Bench, text


def damage(path: Path, how: str) -> None:
    content = json.loads(path.read_text("utf-8"))
    ours = next(b for b in content["benchmarks"] if "snippet" in b["extra_info"])
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-300])
        return
    if how == "binary":
        path.write_bytes(b"\xff\x00" * 99)
        return
    if how == "no object":
        content = [1, 2]
    elif how == "no benchmarks":
        del content["benchmarks"]
    elif how == "a benchmark that is none":
        content["benchmarks"].append("text")
    elif how == "no machine":
        del content["machine_info"]
    elif how == "no name":
        del ours["fullname"]
    elif how == "no figures":
        ours["stats"] = {}
    elif how == "errors in words":
        outcome = json.loads(ours["extra_info"]["outcome"])
        outcome["scores"]["wer"]["errors"] = "3"
        ours["extra_info"]["outcome"] = json.dumps(outcome)
    elif how == "NaN":
        ours["extra_info"]["outcome"] = ours["extra_info"]["outcome"].replace('"seconds": [', '"seconds": [NaN, ')
    path.write_text(json.dumps(content), "utf-8")


DAMAGED = {
    "truncated": "is damaged, it is no JSON",
    "binary": "is damaged, it is no JSON",
    "no object": "is no saved run of pytest-benchmark",
    "no benchmarks": "is no saved run of pytest-benchmark",
    "a benchmark that is none": "a benchmark in it is no object",
    "no machine": "it tells no machine",
    "no name": "a benchmark in it has no name",
    "no figures": "the figures of asrbench::test_snippet[mine-clips/c0] are not complete",
    "errors in words": "the outcome of mine-clips/c0 is none: Expected int | float, got str",
    "NaN": "the outcome of mine-clips/c0 is none: seconds is (nan, ",
}


def test_a_damaged_baseline_is_named_and_no_older_one_is_taken(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    good = bench.newest()
    broken = good.with_name("0002_broken.json")
    for number, (how, words) in enumerate(DAMAGED.items()):
        shutil.copyfile(good, broken)
        damage(broken, how)
        named = "=0002" if number % 2 else ""
        result = bench.refused("--asr-models=mine", f"--benchmark-compare{named}", "--asr-compare-fail=wer:0pp")
        (line,) = [line for line in text(result).splitlines() if line.startswith("ERROR: ")]
        assert "0002_broken.json" in line
        assert words in line
        assert "Traceback" not in text(result)


def test_runs_of_others_in_the_same_storage_are_passed_over(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.pytester.makepyfile(test_other="def test_other(benchmark):\n    benchmark(int)\n")
    assert bench.session("test_other.py", "--benchmark-save=other").ret == 0
    result = bench.refused("--asr-models=mine", "--asr-compare-fail=wer:0pp")
    assert "needs a saved run of mine on clips" in text(result)
    assert bench.run("--asr-models=mine").ret == 0
    bench.session("test_other.py", "--benchmark-save=other")
    assert [path.name[:10] for path in sorted(bench.path.glob(".benchmarks/*/*"))][::2] == ["0001_other", "0003_other"]
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp")
    assert result.ret == 0
    assert "asrbench baseline: 0002_" in text(result)
    result = bench.refused("--asr-models=mine", "--asr-compare-fail=wer:0pp", "--benchmark-compare=0003")
    assert "needs a saved run of mine on clips" in text(result)
    result = bench.refused("--asr-models=mine", "--benchmark-compare=a/b/c")
    assert "ERROR: --benchmark-compare=a/b/c names no saved run" in text(result)


# Named by its file


def test_any_file_of_a_run_can_be_the_baseline(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine", "--asr-report-dir=then", "--benchmark-json=then.json")
    bench.script("mine", clips={1: {"text": "this is a ship"}})
    saved = bench.newest().rename(bench.path / "elsewhere.json")
    for name in (saved.name, "then.json", "then/results.json", "then", str(bench.path / "then")):
        result = bench.run("--asr-models=mine", f"--asr-baseline={name}", "--asr-compare-fail=wer:0.5pp")
        result.assert_outcomes(passed=3, failed=1)
        assert "is 22.22 pp worse than the baseline's 0.00 % (" in text(result)
        assert "asrbench baseline: " in text(result)
    (bench.path / "pytest.ini").write_text("[pytest]\nasr_baseline = then\nasr_compare_fail = wer:0.5pp\n")
    assert bench.run("--asr-models=mine").ret == 1
    assert bench.run("--asr-models=mine", "--asr-baseline=reports").ret == 0, "the command line goes before"


def test_a_file_that_is_no_baseline_is_one_sentence(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine", "--asr-report-dir=then")
    (bench.path / "empty.json").write_text("")
    (bench.path / "list.json").write_text("[1]")
    (bench.path / "other.json").write_text('{"benchmarks": [], "machine_info": {}}')
    results = (bench.path / "then" / "results.json").read_text("utf-8")
    (bench.path / "cut.json").write_text(results[:-300], "utf-8")
    (bench.path / "old.json").write_text(results.replace('"schema": 2', '"schema": 0'), "utf-8")
    wrong = {
        "nowhere.json": "--asr-baseline=.*nowhere.json: there is no such file; name a saved run, or a results.json",
        "asrbench.toml": "--asr-baseline=.*asrbench.toml is damaged, it is no JSON, or no run at all: name a saved run",
        "empty.json": "empty.json is damaged, it is no JSON",
        "list.json": "list.json is no saved run of pytest-benchmark",
        "other.json": "other.json: this run holds no measurement of a speech recognition model; name another",
        "cut.json": "cut.json is damaged, it is no JSON",
        "old.json": "old.json is of schema 0, this version reads 1 and 2: make the run again",
        "clips": "results.json does not exist",
    }
    for name, words in wrong.items():
        result = bench.refused("--asr-models=mine", f"--asr-baseline={name}", "--asr-compare-fail=wer:0.5pp")
        assert re.search(f"^ERROR: .*{words}", text(result), re.M), text(result)
    bench.model("other", bench.script("other"))
    result = bench.refused("--asr-models=other", "--asr-baseline=then", "--asr-compare-fail=wer:0.5pp")
    assert re.search("needs a saved run of other on clips, and .*then holds none: run once without", text(result))
