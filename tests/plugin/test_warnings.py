"""Projects that make warnings errors: a session ends with the same sentences as anywhere else."""

from __future__ import annotations

import json

import pytest

from tests.bench import Bench, text


@pytest.fixture(params=["ini", "command line"])
def strict(bench: Bench, request: pytest.FixtureRequest) -> list[str]:
    """Warnings are errors here, by the project's configuration or by the arguments."""
    if request.param == "command line":
        return ["-Werror"]
    (bench.path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return []


def test_failures_are_shown_where_nothing_could_be_measured(bench: Bench, strict: list[str]) -> None:
    spec = bench.script(fault="raise")
    result = bench.run(f"--asr-models={spec}", *strict)
    assert result.ret == 1
    assert "scripted failure" in text(result)
    assert "pytest_benchmark.logger" not in text(result)
    assert "pytest-benchmark: Not saving anything, no benchmarks have been run!" in text(result)
    assert [row["Status"] for row in bench.rows()] == ["ERROR"] * 3


def test_a_comparison_with_nothing_is_a_sentence(bench: Bench, strict: list[str]) -> None:
    spec = bench.script()
    result = bench.run(f"--asr-models={spec}", "--asr-compare-fail=wer:0.5pp", *strict)
    assert result.ret == 4
    assert "ERROR: --asr-compare-fail needs a saved run" in text(result)
    for compare in ("--benchmark-compare", "--benchmark-compare=0042"):
        result = bench.run(f"--asr-models={spec}", compare, *strict)
        assert result.ret == 0, text(result)
        assert "INTERNALERROR" not in text(result)
    assert "pytest-benchmark: Can't compare. No benchmark files in " in text(result)


def test_a_baseline_of_another_machine_is_compared(bench: Bench, strict: list[str]) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine", *strict)
    path = bench.newest()
    content = json.loads(path.read_text("utf-8"))
    content["machine_info"] |= {"node": "far away", "cpu": {"hz_actual": [1, 0], "brand_raw": "another"}}
    path.write_text(json.dumps(content), "utf-8")
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp", *strict)
    assert result.ret == 0, text(result)
    assert "pytest-benchmark: Benchmark machine_info is different.\n" in text(result)
    assert "far away" not in text(result)


def test_a_case_that_ends_before_it_is_measured_says_why(bench: Bench, strict: list[str]) -> None:
    bench.pytester.makeconftest("def pytest_asrbench_outcome(outcome, config):\n    raise ValueError('my own hook')\n")
    result = bench.run(f"--asr-models={bench.script()}", *strict)
    assert result.ret == 1
    assert "my own hook" in text(result)
    assert "Benchmark fixture was not used" not in text(result)


def test_warnings_of_a_projects_own_benchmarks_stay_what_they_are(bench: Bench, strict: list[str]) -> None:
    bench.pytester.makepyfile(test_own="def test_unused(benchmark):\n    pass\n")
    result = bench.run(f"--asr-models={bench.script()}", "test_own.py", *strict)
    result.assert_outcomes(passed=1, errors=1)
    assert "Benchmark fixture was not used at all in this test!" in text(result)
