"""pytest-timeout's limit is one for a whole test, and ours comes before it: no model's slowness ends the session."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.bench import Bench, text

METHODS = ["thread"] if sys.platform == "win32" else ["thread", "signal"]
OURS = "was not done when the time of its test was up"


def check_session_went_on(bench: Bench, result: pytest.RunResult) -> None:
    assert "Timeout ++" not in text(result), "pytest-timeout's thread has ended the session"
    assert "Failed: Timeout" not in text(result)
    assert "speech recognition" in text(result)
    assert len(bench.rows()) == 8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"seconds": 0.9}, f"transcribing {OURS}"),  # each call is within the limit, warm-up and rounds are not
        ({"load_seconds": 1.5, "fault": "hang"}, f"transcribing {OURS}"),
        ({"load_fault": "hang-gil"}, f"loading {OURS}"),
    ],
    ids=["rounds", "load-and-hang", "load"],
)
def test_loading_and_all_rounds_share_one_deadline(
    bench: Bench, method: str, script: dict[str, Any], words: str
) -> None:
    slow = bench.script("slow", count=8, **script)
    arguments = (f"--asr-models={slow}", "--asr-rounds=4", "--timeout=3", f"--timeout-method={method}")
    result = bench.run(*arguments, "-k", "c0 or c1 or c2 or c3 or c4 or c5 or c6 or c7")
    check_session_went_on(bench, result)
    first = bench.rows()[0]
    assert first["Status"] == "TIMEOUT"
    assert words in first["Error"]


def test_a_limit_that_is_long_enough_changes_nothing(bench: Bench) -> None:
    slow = bench.script("slow", count=8, seconds=0.05)
    result = bench.run(f"--asr-models={slow}", "--asr-rounds=3", "--timeout=60", "--timeout-method=thread")
    result.assert_outcomes(passed=9)


def test_a_limit_of_the_function_alone_does_not_bind_what_is_measured_before_it(bench: Bench) -> None:
    slow = bench.script("slow", count=8, seconds=0.7)
    arguments = ("--timeout=2", "-o", "timeout_func_only=true", "--asr-rounds=2", "-k", "c0")
    bench.run(f"--asr-models={slow}", *arguments).assert_outcomes(passed=1)


def test_further_rounds_end_with_the_time_of_their_test(bench: Bench) -> None:
    slow = bench.script("slow", count=8, seconds=0.2)
    result = bench.run(f"--asr-models={slow}", "--asr-sweeps=50", "--timeout=4", "--timeout-method=thread")
    check_session_went_on(bench, result)
    result.assert_outcomes(passed=9)
    assert "further rounds of stub:./slow.json on clips ended early" in text(result)
    rounds = {int(row["Rounds"]) for row in bench.rows()}
    assert 1 < max(rounds) < 50
