"""The report folder: each run keeps its results, sessions do not meet in it, and it may vanish amid a run."""

from __future__ import annotations

import sys

import pytest
from filelock import FileLock

from tests.bench import Bench, text

NAMES = ("results.csv", "results.json", "report.html")


def test_each_run_keeps_its_results_and_the_last_ones_have_the_documented_names(bench: Bench) -> None:
    for name in ("one", "two"):
        bench.run(f"--asr-models={bench.script(name)}").assert_outcomes(passed=4)
    reports = bench.path / "reports"
    first, second = bench.runs
    for name in NAMES:
        assert (reports / name).read_bytes() == (second / name).read_bytes() != (first / name).read_bytes()
    assert "one.json" in (first / "results.csv").read_text("utf-8")
    assert [path.name for path in (first / "logs").iterdir()] == ["stub_._one.json.log"]
    assert (first / "journal.jsonl").is_file()
    if sys.platform != "win32":
        assert (reports / "latest").resolve() == second
    assert bench.results()["run"]["run"] == second.name


def test_files_that_are_not_ours_stay_as_they_are(bench: Bench) -> None:
    for name in NAMES:
        (bench.path / name).write_text("mine", "utf-8")
    (bench.path / "latest").write_text("mine", "utf-8")
    result = bench.run(f"--asr-models={bench.script()}", "--asr-report-dir=.")
    result.assert_outcomes(passed=4)
    for name in (*NAMES, "latest"):
        assert (bench.path / name).read_text("utf-8") == "mine"
    (run,) = bench.path.glob("runs/*")
    for name in NAMES:
        assert f"{bench.path / name} is not of this plugin and stays as it is" in text(result)
        assert (run / name).stat().st_size > 100


def test_two_sessions_do_not_write_to_one_folder(bench: Bench) -> None:
    bench.run(f"--asr-models={bench.script()}").assert_outcomes(passed=4)
    before = {name: (bench.path / "reports" / name).read_bytes() for name in NAMES}
    with FileLock(bench.path / "reports" / ".lock"):
        for more in ([], ["--asr-resume"]):
            result = bench.refused(f"--asr-models={bench.script()}", *more)
            assert "another session is writing to the report folder" in text(result)
            assert "--asr-report-dir" in text(result)
        bench.run(f"--asr-models={bench.script()}", "--asr-report-dir=other").assert_outcomes(passed=4)
    assert {name: (bench.path / "reports" / name).read_bytes() for name in NAMES} == before
    assert len(bench.runs) == 1
    bench.run(f"--asr-models={bench.script()}").assert_outcomes(passed=4)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of files that are open")
@pytest.mark.parametrize("what", ["reports", "run"])
@pytest.mark.parametrize("how", ["removed", "moved"])
def test_a_folder_that_vanishes_amid_a_run_is_made_again_with_what_was_measured(
    bench: Bench, how: str, what: str
) -> None:
    bench.pytester.makeconftest(
        f"""
        import pathlib, shutil

        def pytest_asrbench_outcome(outcome, config):
            if outcome.model.endswith("one.json") and outcome.snippet == "c1":
                reports = pathlib.Path("reports")
                folder = reports if {what!r} == "reports" else next(reports.glob("runs/*"))
                if {how!r} == "removed":
                    shutil.rmtree(folder)
                else:
                    folder.rename("elsewhere")
        """
    )
    result = bench.run(f"--asr-models={bench.script('one')},{bench.script('two')}")
    result.assert_outcomes(passed=8)
    assert [row["Status"] for row in bench.rows()] == ["OK"] * 6
    journalled = [event["outcome"]["snippet"] for event in bench.journal() if event["event"] == "outcome"]
    assert journalled == ["c0", "c1", "c2"] * 2
    assert text(result).count("was moved or removed while the run was under way") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of files that are open")
def test_a_folder_that_vanishes_and_cannot_be_made_again_costs_no_measurement(bench: Bench) -> None:
    bench.pytester.makeconftest(
        """
        import pathlib, shutil

        def pytest_asrbench_outcome(outcome, config):
            if outcome.snippet == "c0":
                shutil.rmtree("reports")
                pathlib.Path("reports").write_text("in the way")
        """
    )
    result = bench.run(f"--asr-models={bench.script()}")
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "cannot write to the report folder" in text(result)
    assert "Traceback" not in text(result)


@pytest.mark.parametrize("place", ["reports", "reports/of/today"])
def test_a_file_where_the_folder_should_be_is_named(bench: Bench, place: str) -> None:
    (bench.path / "reports").write_text("mine")
    result = bench.refused(f"--asr-models={bench.script()}", f"--asr-report-dir={place}")
    assert "reports is a file): move it away, or name another folder with --asr-report-dir" in result.stderr.str()
    assert (bench.path / "reports").read_text() == "mine"
