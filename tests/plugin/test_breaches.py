"""Missed limits are records: every file tells them, whatever pytest shows, and nothing else is taken for one."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.bench import Bench, text


def test_each_missed_limit_is_a_record_with_its_figures(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", clips={1: {"text": "this is clip"}}))
    bench.run("--asr-models=mine", "--asr-snippet-max-wer=10%", "--asr-max-wer=1%").assert_outcomes(passed=2, failed=2)
    snippet, totals = bench.results()["breaches"]
    assert (snippet["metric"], snippet["model"], snippet["corpus"], snippet["snippet"]) == (
        "wer",
        "mine",
        "clips",
        "c1",
    )
    assert (snippet["value"], snippet["limit"], snippet["origin"]) == (0.5, 0.1, "--asr-snippet-max-wer")
    assert (totals["metric"], totals["snippet"], totals["limit"]) == ("wer", "", 0.01)
    assert totals["text"] == "WER 16.67 % of mine on clips exceeds the limit of 1.00 % (--asr-max-wer)"


def test_without_a_terminal_all_is_written_all_the_same(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", clips={1: {"text": "this is clip"}}))
    result = bench.run("--asr-models=mine", "--asr-max-wer=1%", "-p", "no:terminal")
    assert result.ret == 1, text(result)
    assert text(result) == "" or "Saved benchmark data" in text(result)
    (breach,) = bench.results()["breaches"]
    assert breach["metric"] == "wer"
    assert breach["text"] in (bench.path / "reports" / "report.html").read_text("utf-8")
    assert len(bench.rows()) == 3
    assert len(bench.saved()) == 1


def test_a_tests_own_failure_is_no_missed_limit(bench: Bench) -> None:
    bench.pytester.makepyfile(
        test_own="""
        import pytest

        def test_fails_by_itself(asr_outcome):
            pytest.fail("WER 99 % exceeds all that is decent", pytrace=False)

        def test_holds_limits(asr_outcome, asr_check):
            asr_check(asr_outcome)

        def test_catches_what_is_missed_and_looks_again(asr_totals, asr_check):
            for _ in range(2):
                with pytest.raises(pytest.fail.Exception):
                    asr_check(asr_totals)
        """
    )
    bench.model("mine", bench.script("mine", clips={1: {"text": "this is clip"}}))
    result = bench.run("--asr-models=mine", "--asr-snippet-max-wer=10%", "--asr-max-wer=1%", "test_own.py")
    result.assert_outcomes(passed=3, failed=4)
    told = [breach["text"] for breach in bench.results()["breaches"]]
    assert len(told) == 2
    assert not any("decent" in sentence for sentence in told)


def test_a_junit_file_has_them_as_properties(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", clips={1: {"text": "this is clip"}}))
    bench.run("--asr-models=mine", "--asr-max-wer=1%", "--asr-max-ram-mb=1", "--junitxml=junit.xml")
    properties = {
        (case.attrib["name"], one.attrib["name"]): one.attrib["value"]
        for case in ElementTree.parse(bench.path / "junit.xml").iter("testcase")
        for one in case.iter("property")
        if one.attrib["name"].startswith("asr_breach")
    }
    assert set(properties) == {
        ("test_corpus[mine-clips]", "asr_breach_wer"),
        ("test_corpus[mine-clips]", "asr_breach_peak_ram_mb"),
    }
    assert "exceeds the limit of 1.00 % (--asr-max-wer)" in properties["test_corpus[mine-clips]", "asr_breach_wer"]


@pytest.mark.parametrize("attempts", [2])
def test_a_second_attempt_of_the_same_test_stands(bench: Bench, attempts: int) -> None:
    bench.pytester.makeconftest(
        f"""
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item):
            for attempt in range({attempts}):
                item.config.option.attempt = attempt
                runtestprotocol(item, log=attempt == {attempts} - 1)
            return True
        """
    )
    bench.pytester.makepyfile(
        test_own="""
        def test_flaky(asr_outcome, asr_check, request):
            if request.config.option.attempt == 1:
                asr_outcome.scores = {}
            asr_check(asr_outcome)
        """
    )
    spec = bench.script(clips={1: {"text": "this is clip"}})
    result = bench.run(f"--asr-models={spec}", "--asr-snippet-max-wer=10%", "test_own.py", "-k", "c1")
    assert result.ret == 0, text(result)
    assert bench.results()["breaches"] == []
