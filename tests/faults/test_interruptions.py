"""The session itself dies: nothing finished is lost, nothing is left running, and a resumed run does the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.bench import Bench, text
from tests.faults.test_campaign import COUNT, hosts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """What is started in the background ignores Ctrl-C, and so would a session that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(bench: Bench, spec: str, finished: int) -> subprocess.Popen[bytes]:
    """Start a session and return when `finished` of its cases stand in the journal."""
    command = [sys.executable, "-m", "pytest", f"--asr-models={spec}", "--asr-corpus=./clips", "--benchmark-quiet"]
    process = subprocess.Popen(command, cwd=bench.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for journal in bench.path.glob("reports/runs/*/journal.jsonl"):
            if journal.read_text("utf-8").count('"event": "outcome"') >= finished:
                return process
        time.sleep(0.01)
    raise AssertionError("the session did not get that far")


def wait_until_no_host(bench: Bench) -> None:
    deadline = time.monotonic() + 10
    while hosts(bench):
        assert time.monotonic() < deadline, "a model's process was left behind"
        time.sleep(0.05)


@pytest.mark.parametrize("how", [2, 9], ids=["ctrl-c", "sigkill"])
def test_what_was_measured_survives_and_the_rest_is_resumed(bench: Bench, how: int) -> None:
    spec = bench.script(count=COUNT, seconds=0.15)
    process = start(bench, spec, finished=4)
    os.kill(process.pid, how)
    process.communicate(timeout=30)
    wait_until_no_host(bench)

    done = [event["outcome"]["snippet"] for event in bench.journal() if event["event"] == "outcome"]
    assert len(done) >= 4
    if how == signal.SIGINT:
        assert [row["Status"] for row in bench.rows()] == ["OK"] * len(done) + ["NOT_RUN"] * (COUNT - len(done))

    result = bench.run(f"--asr-models={spec}", "--asr-resume")
    result.assert_outcomes(passed=COUNT + 1)
    assert f"resuming: {len(done)} cases are taken from journal.jsonl" in text(result)
    outcomes = [event["outcome"]["snippet"] for event in bench.journal() if event["event"] == "outcome"]
    assert outcomes == [f"c{n}" for n in range(COUNT)], "each case was measured once"
    assert [row["Status"] for row in bench.rows()] == ["OK"] * COUNT
    assert len(bench.saved()[-1]["benchmarks"]) == COUNT + 1, "the saved run holds the resumed cases, too"


def test_a_hang_in_native_code_does_not_outlive_a_killed_session(bench: Bench) -> None:
    if sys.platform != "linux":
        pytest.skip("needs the kernel's parent-death signal")
    spec = bench.script(count=COUNT, clips={2: {"fault": "hang-gil"}})
    process = start(bench, spec, finished=2)
    time.sleep(0.3)
    assert len(hosts(bench)) == 1
    process.kill()
    process.communicate(timeout=30)
    wait_until_no_host(bench)


def test_a_line_that_was_cut_in_the_middle_is_measured_again(bench: Bench) -> None:
    spec = bench.script(count=COUNT)
    bench.run(f"--asr-models={spec}").assert_outcomes(passed=COUNT + 1)
    journal = bench.runs[-1] / "journal.jsonl"
    lines = journal.read_bytes().split(b"\n")
    third = [number for number, line in enumerate(lines) if b'"event": "outcome"' in line][2]
    journal.write_bytes(b"\n".join(lines[: third + 1]) + b"\n" + lines[third + 1][:70])
    result = bench.run(f"--asr-models={spec}", "--asr-resume")
    result.assert_outcomes(passed=COUNT + 1)
    assert "resuming: 3 cases" in text(result)


def test_a_journal_that_was_not_resumed_is_kept(bench: Bench) -> None:
    spec = bench.script(count=COUNT, seconds=0.1)
    process = start(bench, spec, finished=2)
    process.kill()
    process.communicate(timeout=30)
    bench.run(f"--asr-models={bench.script(count=COUNT)}").assert_outcomes(passed=COUNT + 1)
    first, second = (run / "journal.jsonl" for run in bench.runs)
    assert [b'"event": "end"' in journal.read_bytes() for journal in (first, second)] == [False, True]
    assert first.read_text("utf-8").count('"event": "outcome"') >= 2


def test_a_resumed_run_must_ask_for_the_same(bench: Bench) -> None:
    spec = bench.script(count=COUNT, seconds=0.1)
    process = start(bench, spec, finished=2)
    process.kill()
    process.communicate(timeout=30)
    result = bench.refused(f"--asr-models={spec}", "--asr-resume", "--asr-rounds=2")
    assert "the interrupted run had --asr-rounds 1, now 2; give the same options" in text(result)


def test_resuming_a_complete_run_measures_anew_and_says_so(bench: Bench) -> None:
    spec = bench.script(count=COUNT)
    bench.run(f"--asr-models={spec}")
    result = bench.run(f"--asr-models={spec}", "--asr-resume")
    assert "nothing to resume: the last run was complete" in text(result)


def test_a_full_disk_costs_the_files_and_not_the_measurement(bench: Bench) -> None:
    small = bench.path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("needs root to mount a small disk")
    try:
        spec = bench.script(count=COUNT, clips={n: {"text": "word " * 4_000} for n in range(COUNT)})
        result = bench.run(
            f"--asr-models={spec}", "--asr-report-dir=small/reports", "--benchmark-storage=file://small/history"
        )
    finally:
        subprocess.run(["umount", str(small)], check=True)
    result.assert_outcomes(passed=COUNT + 1)
    assert result.ret == 1
    out = text(result)
    assert "results.csv (No space left on device): make room" in out
    assert "the journal" in out
    assert "could not be saved to the history" in out
    assert "Traceback" not in out
    assert "INTERNALERROR" not in out
