"""What went on beside a model, in a real session: in its records, the storage and the summary."""

from __future__ import annotations

import subprocess
import sys

from tests.bench import Bench, text

QUOTA = """
from pathlib import Path

from pytest_asrbench.machine import cgroups

Path("cpu.stat").write_text("nr_periods 10\\nnr_throttled 9\\n")
cgroups.quota = lambda process=None: cgroups.Quota(0.5, Path("cpu.stat"))
"""


def busy(bench: Bench) -> None:
    """Eight clips and a model `mine` that computes for longer than a window."""
    bench.apart = True
    bench.clips(8)
    bench.model("mine", bench.script("mine", count=8, compute=1_000))


def test_rounds_of_ordinary_cases_know_their_company(bench: Bench) -> None:
    busy(bench)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        result = bench.run("--asr-models=mine", "--asr-rounds=2")
        neighbour.kill()
    assert result.ret == 0, text(result)
    outcomes = bench.results()["outcomes"]
    assert all(len(one[name]) == 2 for one in outcomes for name in ("others", "waiting", "throttled"))
    known = [one["others"] for one in outcomes if None not in one["others"]]
    assert known
    assert max(map(max, known)) > 0.1
    stored = [one["others"] for one in bench.saved_outcomes()]
    assert stored == [one["others"] for one in outcomes], "what became known later is stored, too"


def test_a_quota_is_in_the_facts_the_records_and_the_summary_and_parts_speeds(bench: Bench) -> None:
    busy(bench)
    free = bench.run("--asr-models=mine")
    assert "a quota of the container" not in text(free)
    bench.pytester.makeconftest(QUOTA)
    result = bench.run("--asr-models=mine", "--asr-compare-fail=rtf:900%")
    assert "a quota of the container leaves this session the time of 0.5 of " in text(result)
    assert bench.results()["run"]["machine"]["cpu_quota"] == 0.5
    assert {one["cpu_quota"] for one in bench.results()["outcomes"]} == {0.5}
    assert result.ret == 1
    assert "are 0.5), as --asr-compare-fail asks for RTF" in text(result)


def test_a_quota_that_leaves_all_cores_is_recorded_without_a_word(bench: Bench) -> None:
    busy(bench)
    bench.pytester.makeconftest(QUOTA.replace("0.5", "4096.0"))
    assert "a quota of the container" not in text(bench.run("--asr-models=mine", "-k", "c0"))
    assert bench.results()["run"]["machine"]["cpu_quota"] == 4096.0
