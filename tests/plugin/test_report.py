"""report.html of a session: written, named, complete, and never in the way."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

from pytest_asrbench.plugin import pages
from tests.bench import Bench, text


def page(bench: Bench, path: str = "reports/report.html") -> str:
    return (bench.path / path).read_text("utf-8")


def head(content: str) -> dict[str, Any]:
    """The data of a page, but for its cases."""
    found = re.search(r'<script type="application/json" id="head">(.*?)</script>', content, re.DOTALL)
    assert found is not None
    values: dict[str, Any] = json.loads(found[1])
    return values


def test_each_run_leaves_a_page_and_names_it(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}")
    assert re.search(r"^report: .*reports.report\.html$", text(result), re.MULTILINE)
    facts = head(page(bench))
    (system,) = facts["systems"]
    assert (system["totals"]["wer"], system["totals"]["measured"], system["device"]) == (0.0, 3, "cpu")
    assert facts["findings"]["intervals"][0]["system"] == system["id"]
    assert facts["audio"] == {"clips": 3, "size": facts["audio"]["size"], "left_out": {}}
    assert result.ret == 0


def test_the_history_of_the_page_has_this_very_run_in_it(bench: Bench) -> None:
    spec = bench.script()
    bench.run(f"--asr-models={spec}")
    bench.run(f"--asr-models={spec}")
    (course,) = head(page(bench))["history"]
    assert [point["run"] for point in course["points"]] == ["0001", "0002"]


def test_this_very_run_is_in_the_history_however_large_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session does not read what it has just saved, and tells of it what reading the file tells."""
    monkeypatch.setattr(pages, "HISTORY_BYTES", 10)
    bench.run(f"--asr-models={bench.script(clips={0: {'text': 'wrong'}, 1: {'fault': 'raise'}})}")
    ((seen,),) = (course["points"] for course in head(page(bench))["history"])
    assert report(bench, "reports").ret == 0
    ((read,),) = (course["points"] for course in head(page(bench))["history"])
    assert seen == read
    assert (seen["run"], seen["failed"], seen["snippets"]) == ("0001", 1, 2)


@pytest.mark.parametrize("by", ["command line", "ini"])
def test_without_audio(bench: Bench, by: str) -> None:
    if by == "ini":
        (bench.path / "pytest.ini").write_text("[pytest]\nasr_report_audio = none\n")
    bench.run(f"--asr-models={bench.script()}", *(["--asr-report-audio=none"] if by == "command line" else []))
    assert head(page(bench))["audio"] is None
    assert 'id="audio-' not in page(bench)


def test_a_wrong_choice_is_a_usage_error(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "--asr-report-audio=mp3")
    assert "ERROR: --asr-report-audio: 'mp3' is neither embed nor none" in text(result)
    assert result.ret == 4


def test_failures_and_missed_limits_stand_in_the_page(bench: Bench) -> None:
    spec = bench.script(clips={0: {"text": "wrong"}, 1: {"fault": "sigsegv"}})
    bench.run(f"--asr-models={spec}", "--asr-max-wer=5%")
    facts = head(page(bench))
    assert facts["systems"][0]["totals"]["failed"] == 1
    assert any("exceeds the limit of 5.00 %" in breach for breach in facts["runs"][0]["breaches"])
    assert [breach["text"] for breach in bench.results()["breaches"]] == facts["runs"][0]["breaches"]


@pytest.mark.skipif(
    sys.platform == "win32", reason="a folder cannot be replaced by a file there either, with other words"
)
def test_a_page_that_cannot_be_written_is_told_and_costs_nothing_else(bench: Bench) -> None:
    (bench.path / "reports" / "report.html").mkdir(parents=True)
    (bench.path / "reports" / "report.html" / "in the way").touch()
    result = bench.run(f"--asr-models={bench.script()}")
    assert re.search(
        r"^ERROR: cannot write .*report\.html \(.*\): make room, or name another folder", text(result), re.M
    )
    assert len(bench.rows()) == 3
    assert result.ret == 1
    assert "3 passed" in text(result) or "4 passed" in text(result)


def test_a_session_without_models_writes_nothing(bench: Bench) -> None:
    (bench.path / "test_x.py").write_text("def test_x(): pass\n")
    bench.session("test_x.py")
    assert not (bench.path / "reports").exists()


def report(bench: Bench, *arguments: str) -> pytest.RunResult:
    return bench.pytester.run(sys.executable, "-m", "pytest_asrbench", "report", *arguments)


def test_the_command_makes_the_page_anew_with_the_audio(bench: Bench) -> None:
    bench.run(f"--asr-models={bench.script()}", "--asr-report-audio=none")
    result = report(bench, "reports")
    assert result.outlines == [f"report: {bench.path.joinpath('reports', 'report.html').relative_to(bench.path)}"]
    facts = head(page(bench))
    assert facts["audio"]["clips"] == 3
    assert len(facts["history"]) == 1


def test_the_command_merges_runs_and_keeps_namesakes_apart(bench: Bench) -> None:
    spec = bench.script()
    bench.run(f"--asr-models={spec}", "--asr-report-dir=one")
    bench.script(clips={0: {"text": "wrong"}})
    bench.run(f"--asr-models={spec}", "--asr-report-dir=two")
    result = report(bench, "one", "two/results.json", "one/results.json", "--output", "all.html", "--no-audio")
    assert result.ret == 0
    facts = head(page(bench, "all.html"))
    assert len(facts["runs"]) == 2
    assert len({system["label"] for system in facts["systems"]}) == 2
    assert [len(facts["sets"]), facts["audio"]] == [1, None]
    assert any("holds the same run" in note for note in facts["notes"])
    assert facts["findings"]["differences"], "runs are compared with one another"


def test_runs_under_other_conditions_stand_apart(bench: Bench) -> None:
    spec = bench.script()
    bench.run(f"--asr-models={spec}", "--asr-report-dir=one")
    bench.run(f"--asr-models={spec}", "--asr-report-dir=two", "--asr-normalizer=verbatim")
    report(bench, "one", "two", "--output", "all.html", "--no-audio")
    facts = head(page(bench, "all.html"))
    assert len(facts["sets"]) == 2
    assert any("more than one normaliser" in note for note in facts["notes"])
    assert all("normaliser" in one["label"] for one in facts["sets"])


def test_markdown_is_printed(bench: Bench) -> None:
    bench.run(f"--asr-models={bench.script(clips={1: {'fault': 'raise'}})}", "--asr-max-wer=1%")
    result = report(bench, "reports", "--format=markdown")
    told = result.stdout.str()
    assert told.index("Limits missed") < told.index("Failures") < told.index("| Model | WER |")
    assert "**1**" in told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist: name a results.json or the folder that holds one"),
        ("{", "is no results.json: it is no JSON"),
        ("[]", "is no results.json of pytest-asrbench"),
        ('{"machine_info": {}, "benchmarks": []}', "is no results.json of pytest-asrbench"),
        (
            '{"run": {"schema": 99}, "outcomes": []}',
            "is of schema 99, this version reads 1 and 2: update pytest-asrbench",
        ),
        ('{"run": {"schema": 1}, "outcomes": [{"model": 3}]}', "its outcome 1 is no outcome"),
        ('{"run": {"schema": 1},\n "outcomes": [\n  {"model": "a"', "is cut short"),
    ],
)
def test_a_file_that_is_no_run_is_one_sentence(bench: Bench, content: str | None, sentence: str) -> None:
    if content is not None:
        (bench.path / "results.json").write_text(content)
    result = report(bench, "results.json")
    assert result.ret == 2
    assert sentence in result.stderr.str()
    assert len(result.errlines) == 1
