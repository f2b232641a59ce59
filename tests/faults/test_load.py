"""What goes wrong in a run at a rate: it costs that run at most, and no request is given another one's answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.bench import Bench, sentence, text
from tests.faults.test_campaign import COUNT, hosts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and signals of POSIX systems")


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """What is started in the background ignores Ctrl-C, and so would a session that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("write-everywhere", "the process sent something that is no answer"),
        ("half-answer", "serving requests took longer than"),
        ("huge-answer", "the process sent an answer of 2,147,483,648 bytes"),
        ("twice", "when that of another one was due"),
    ],
)
def test_a_breach_of_the_protocol_costs_the_run_and_no_transcript_moves(bench: Bench, fault: str, told: str) -> None:
    spec = bench.script(count=COUNT, clips={1: {"fault": fault, "fault_after": 2}})
    rates = ("--asr-scenario=server", "--asr-rate=100,300", "--asr-requests=32", "--asr-timeout=1")
    bench.run(f"--asr-models={spec},{bench.script('other', count=COUNT)}", *rates)
    assert any(told in row["Error"] for row in bench.rows()), [row["Error"] for row in bench.rows()]
    for outcome in bench.results()["outcomes"]:
        if outcome["status"] == "OK":
            assert outcome["transcript"] == sentence(int(outcome["snippet"][1:]))
            assert outcome["variants"] == []
    others = [row for row in bench.rows() if row["Model"] == "stub:./other.json"]
    assert {row["Status"] for row in others} == {"OK"}
    assert not hosts(bench)


def test_ctrl_c_costs_the_run_under_way_and_it_is_resumed_whole(bench: Bench) -> None:
    spec = bench.script(count=COUNT, seconds=0.01)
    command = [sys.executable, "-m", "pytest", f"--asr-models={spec}", "--asr-corpus=./clips", "--benchmark-quiet"]
    load = ["--asr-scenario=server", "--asr-rate=100,4", "--asr-requests=20"]
    process = subprocess.Popen([*command, *load], cwd=bench.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while not any(
        path.read_text("utf-8").count('"event": "outcome"') == COUNT
        for path in bench.path.glob("reports/runs/*/journal.jsonl")
    ):
        assert time.monotonic() < deadline, "the first run is not through"
        time.sleep(0.01)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert [row["Status"] for row in bench.rows()] == ["OK"] * COUNT + ["NOT_RUN"] * COUNT
    assert not hosts(bench)
    result = bench.run(f"--asr-models={spec}", *load, "--asr-resume")
    assert "resuming: 8 cases are taken from journal.jsonl" in text(result)
    assert {row["Status"] for row in bench.rows()} == {"OK"}
    assert [one["load"]["requests"] for one in bench.results()["totals"]] == [20, 20]
