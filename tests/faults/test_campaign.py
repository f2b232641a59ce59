"""Faults of a model, with real processes: each costs its own case, says why, and leaves nothing behind."""

from __future__ import annotations

import sys

import psutil
import pytest

from tests.bench import Bench, text

COUNT = 8
FAULTS = {
    "raise": ("ERROR", "ValueError", "scripted failure"),
    "exit": ("ERROR", "SystemExit", "SystemExit while transcribing: 3"),
    "sigsegv": ("CRASH", "HostCrashed", "SIGSEGV" if sys.platform != "win32" else "access violation"),
    "sigkill": ("CRASH", "HostCrashed", "SIGKILL" if sys.platform != "win32" else "exit status"),
    "hang-gil": ("TIMEOUT", "HostTimeout", "transcribing took longer than 1 s"),
    "hang": ("TIMEOUT", "HostTimeout", "transcribing took longer than 1 s"),
    "garbage": ("ERROR", "TypeError", "in place of a Transcript"),
    "wrong-count": ("ERROR", "ValueError", "2 transcripts for 1 clips"),
    "oom": ("ERROR", "OutOfMemory", "out of memory"),
}


def hosts(bench: Bench) -> list[int]:
    """Processes of models that a session of this project has started and that are alive."""
    found = []
    for process in psutil.process_iter(["cmdline", "status", "cwd"]):
        line = process.info["cmdline"] or []
        if any(part.endswith("boot.py") for part in line) and process.info["cwd"] == str(bench.path):
            found += [process.pid] if process.info["status"] != psutil.STATUS_ZOMBIE else []
    return found


def check_all_but(bench: Bench, model: str, broken: dict[int, tuple[str, str, str]]) -> None:
    """16 rows, the broken ones with status and cause, all others measured and in the saved run."""
    rows = bench.rows()
    assert len(rows) == 2 * COUNT
    for row in rows:
        number = int(row["Snippet"][1:])
        if row["Model"] == model and number in broken:
            status, cause, words = broken[number]
            assert (row["Status"], row["Cause"]) == (status, cause)
            assert words in row["Error"]
            assert row["WER"] == ""
        else:
            assert (row["Status"], row["WER"], row["Error"]) == ("OK", "0.0", "")
    saved = [b["extra_info"] for b in bench.saved()[-1]["benchmarks"] if "snippet" in b["extra_info"]]
    assert len(saved) == 2 * COUNT - len(broken)
    totals = {t["model"]: t for t in bench.results()["totals"]}
    assert totals[model]["failed"] == len(broken)
    assert totals[model]["wer"] == pytest.approx(len(broken) / COUNT)
    assert totals[model]["wer_measured"] == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_middle_costs_one_case(bench: Bench, fault: str) -> None:
    broken = bench.script("broken", count=COUNT, clips={4: {"fault": fault}})
    result = bench.run(f"--asr-models={broken},{bench.script(count=COUNT)}", "--asr-timeout=1")
    result.assert_outcomes(passed=2 * COUNT - 1 + 2, errors=1)
    check_all_but(bench, broken, {4: FAULTS[fault]})
    assert not hosts(bench)


def test_all_faults_in_a_row_leave_the_rest_measured(bench: Bench) -> None:
    kinds = ["raise", "sigsegv", "sigkill", "hang-gil", "garbage", "oom"]
    broken = bench.script("broken", count=COUNT, clips={n: {"fault": kind} for n, kind in enumerate(kinds, 1)})
    result = bench.run(f"--asr-models={broken},{bench.script(count=COUNT)}", "--asr-timeout=1")
    result.assert_outcomes(passed=2 * COUNT - len(kinds) + 2, errors=len(kinds))
    check_all_but(bench, broken, {n: FAULTS[kind] for n, kind in enumerate(kinds, 1)})
    assert not hosts(bench)


@pytest.mark.parametrize(("fault", "cause"), [("raise", "ValueError"), ("sigsegv", "HostCrashed")])
def test_a_model_that_cannot_be_loaded_is_one_error_and_has_no_figures(bench: Bench, fault: str, cause: str) -> None:
    broken = bench.script("broken", count=COUNT, load_fault=fault)
    result = bench.run(f"--asr-models={broken},{bench.script(count=COUNT)}")
    result.assert_outcomes(passed=COUNT + 1, errors=1, skipped=COUNT - 1, failed=1)
    rows = [row for row in bench.rows() if row["Model"] == broken]
    assert [row["Cause"] for row in rows] == [cause, *["GivenUp"] * (COUNT - 1)]
    assert {row["Status"] for row in rows[1:]} == {"NOT_RUN"}
    assert {row["Counts_As"] for row in rows} == {"not run"}
    assert rows[1]["Error"] == f"not run: {broken} could not be loaded, clips/c0 says why"
    totals = bench.results()["totals"][0]
    assert (totals["wer"], totals["not_run"], totals["lost_words"]) == (None, COUNT, 0)
    assert [one["model"] for one in bench.results()["findings"]["intervals"]] == [bench.script(count=COUNT)]
    assert not bench.results()["run"]["interrupted"]


def test_a_model_that_always_goes_down_is_given_up(bench: Bench) -> None:
    broken = bench.script("broken", count=COUNT, fault="sigkill")
    result = bench.run(f"--asr-models={broken}")
    result.assert_outcomes(passed=1, errors=COUNT)
    assert [row["Cause"] for row in bench.rows()] == ["HostCrashed"] * 5 + ["GivenUp"] * 3


def test_faults_of_an_experimental_model_are_skipped_with_their_reason(bench: Bench) -> None:
    bench.model("shaky", bench.script("shaky", count=COUNT, clips={2: {"fault": "raise"}}))
    with (bench.path / "asrbench.toml").open("a") as file:
        file.write("experimental = true\n")
    result = bench.run("--asr-models=shaky", "-rs")
    result.assert_outcomes(passed=COUNT, skipped=1)
    assert "experimental: shaky: ValueError while transcribing: scripted failure" in text(result)
    row = bench.rows()[2]
    assert (row["Status"], row["Cause"]) == ("SKIPPED", "ValueError")


def test_noise_goes_to_the_log_and_nowhere_else(bench: Bench) -> None:
    noisy = bench.script("noisy", count=COUNT, clips={3: {"fault": "noise"}})
    result = bench.run(f"--asr-models={noisy}")
    result.assert_outcomes(passed=COUNT + 1)
    assert "noise on stdout" not in text(result)
    log = next((bench.runs[-1] / "logs").glob("*.log")).read_text("utf-8", "replace")
    assert log.count("noise on stdout") == 2_000
    assert "straight to the descriptor" in log


def test_broken_text_is_recorded_as_far_as_it_can_be_written(bench: Bench) -> None:
    odd = bench.script("odd", count=COUNT, clips={0: {"fault": "surrogate"}, 1: {"text": '=1+1 "q",\n\x00\u202eabc'}})
    bench.run(f"--asr-models={odd}").assert_outcomes(passed=COUNT + 1)
    assert bench.rows()[0]["Transcript"] == "half a pair ? here"
    assert bench.rows()[1]["Transcript"].startswith("'=1+1")
    assert bench.results()["outcomes"][1]["transcript"] == '=1+1 "q",\n\x00\u202eabc'


def test_a_missing_interpreter_is_one_sentence(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "--asr-interpreters=stub=no/such/python", "-k", "c0")
    result.assert_outcomes(errors=1)
    assert "cannot start" in text(result)
    assert "Traceback" not in text(result)


def test_pytest_timeout_tightens_our_deadline_and_ends_nothing_else(bench: Bench) -> None:
    slow = bench.script("slow", count=COUNT, clips={2: {"fault": "hang-gil"}})
    result = bench.run(f"--asr-models={slow}", "--timeout=3")
    result.assert_outcomes(passed=COUNT, errors=1)
    assert bench.rows()[2]["Status"] == "TIMEOUT"
    assert "Failed: Timeout" not in text(result), "our deadline comes first"


def test_a_normalizer_that_raises_costs_its_case_and_shows_where(bench: Bench) -> None:
    bench.pytester.makeconftest(
        """
        def fussy(text, language):
            if "number 2" in text:
                raise ZeroDivisionError("no twos")
            return text

        def pytest_asrbench_normalizers(config):
            return {"fussy": fussy}
        """
    )
    result = bench.run(f"--asr-models={bench.script(count=COUNT)}", "--asr-normalizer=fussy")
    result.assert_outcomes(passed=COUNT - 1, errors=1, failed=1)
    assert "the normalizer 'fussy' failed with ZeroDivisionError: no twos" in text(result)
    assert f"1 of {COUNT} snippets are left out" in text(result), "what has no reference is nobody's failure"


def test_without_isolation_an_exception_is_still_an_error_of_its_case(bench: Bench) -> None:
    broken = bench.script("broken", count=COUNT, clips={4: {"fault": "raise"}})
    result = bench.run(f"--asr-models={broken}", "--asr-isolation=none")
    result.assert_outcomes(passed=COUNT, errors=1)
    assert "no isolation" in text(result)


@pytest.mark.skipif(sys.platform == "win32", reason="sessions of POSIX systems")
@pytest.mark.parametrize("end", ["pass", "os._exit(1)"])
def test_what_a_model_has_started_ends_with_it_in_whatever_session_it_is(bench: Bench, end: str) -> None:
    bench.pytester.makepyfile(
        starting=f"""
        import os, subprocess, sys
        from pathlib import Path
        from pytest_asrbench.model_adapters.stub import Stub

        class Starting(Stub):
            def transcribe(self, batch, decoding):
                sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
                helper = subprocess.Popen(sleep, start_new_session=True)
                Path("helper.pid").write_text(str(helper.pid))
                {end}
                return super().transcribe(batch, decoding)
        """
    )
    bench.model_table('[models.starting]\nadapter = "starting:Starting"\n')
    bench.run("--asr-models=starting", "-k", "c0")
    helper = int((bench.path / "helper.pid").read_text())
    gone = not psutil.pid_exists(helper) or psutil.Process(helper).status() == psutil.STATUS_ZOMBIE
    assert gone
