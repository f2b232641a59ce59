"""Around pytest-benchmark's saving: what it cannot write, and what others do at the end of a session."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import Bench, text


def test_a_benchmark_left_amid_its_first_round_does_not_cost_the_run_its_file(bench: Bench) -> None:
    bench.pytester.makepyfile(
        test_own="import pytest\n\ndef test_left(benchmark):\n    benchmark.pedantic(pytest.skip, args=('later',))\n"
    )
    result = bench.run(f"--asr-models={bench.script()}", "asrbench", "test_own.py", "--benchmark-json=all.json")
    result.assert_outcomes(passed=4, skipped=1)
    for saved in (bench.saved()[-1], json.loads((bench.path / "all.json").read_text("utf-8"))):
        assert len(saved["benchmarks"]) == 4
        assert {one["options"]["timer"] for one in saved["benchmarks"]} == {"asr_clock"}


def test_a_projects_settings_of_a_benchmark_hold_beside_the_clock(bench: Bench) -> None:
    bench.pytester.makepyfile(
        test_own="import pytest\n\n@pytest.mark.benchmark(group='mine')\ndef test_it(asr_outcome):\n    pass\n"
    )
    bench.run(f"--asr-models={bench.script(seconds=0.01)}", "test_own.py")
    saved = bench.saved()[-1]["benchmarks"]
    assert {(one["group"], one["options"]["timer"]) for one in saved} == {("mine", "asr_clock")}
    seconds = {row["Snippet"]: float(row["Time_Sec"]) for row in bench.rows()}
    for one in saved:
        assert one["stats"]["median"] == pytest.approx(seconds[one["extra_info"]["snippet"]], abs=1e-6)


@pytest.fixture
def small(bench: Bench) -> Iterator[Path]:
    """A folder on a disk of 16 KiB."""
    folder = bench.path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("needs root to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_run_that_the_disk_has_cut_off_is_no_baseline(bench: Bench, small: Path) -> None:
    spec = bench.script(clips={n: {"text": "word " * 4_000} for n in range(3)})
    result = bench.run(f"--asr-models={spec}", "--benchmark-storage=file://small/history", "--junitxml=junit.xml")
    assert result.ret == 1
    assert "could not be saved to the history" in text(result)
    assert "small/history (No space left on device): make room there" in text(result)
    assert "INTERNALERROR" not in text(result)
    assert list(small.rglob("*.json")) == []
    assert (bench.path / "reports" / "report.html").stat().st_size > 0
    result = bench.run(f"--asr-models={spec}", "--benchmark-storage=file://small/history", "--benchmark-compare")
    assert "damaged" not in text(result)


def test_what_fails_in_another_plugin_is_not_taken_for_ours(bench: Bench) -> None:
    bench.pytester.makeconftest("def pytest_sessionfinish():\n    raise OSError(28, 'No space for the other plugin')\n")
    result = bench.run(f"--asr-models={bench.script()}")
    assert "No space for the other plugin" in text(result)
    assert "could not be saved" not in text(result)
    assert len(bench.saved()) == 1
    assert len(bench.rows()) == 3
