"""Properties in a JUnit file, as a CI server reads them."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.bench import Bench, text


def properties(bench: Bench) -> dict[str, dict[str, str]]:
    """The properties of each case in junit.xml, by its name."""
    cases = ElementTree.parse(bench.path / "junit.xml").iter("testcase")
    return {
        case.attrib["name"]: {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
        for case in cases
    }


def test_each_case_carries_its_figures(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", clips={1: {"text": "this is\x0b clip"}, 2: {"fault": "raise"}}))
    (bench.path / "clips" / "corpus.toml").write_text('name = "clips"\nversion = "7"\n')
    result = bench.run("--asr-models=mine", "--asr-max-wer=10%", "--junitxml=junit.xml")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    found = properties(bench)
    case = found["test_snippet[mine-clips/c1]"]
    assert (case["asr_model"], case["asr_corpus"], case["asr_snippet"]) == ("mine", "clips", "c1")
    assert (case["asr_wer"], case["asr_errors"], case["asr_reference_words"]) == ("0.5", "3", "6")
    assert (case["asr_device"], case["asr_corpus_version"], case["asr_status"]) == ("cpu", "7", "OK")
    assert case["asr_normalizer"].startswith("whisper-")
    (row,) = [row for row in bench.rows() if row["Snippet"] == "c1"]
    assert float(case["asr_rtf"]) == float(row["RTF"])
    assert float(case["asr_seconds"]) == float(row["Time_Sec"])
    broken = found["test_snippet[mine-clips/c2]"]
    assert (broken["asr_status"], broken["asr_snippet"]) == ("ERROR", "c2")
    assert "asr_wer" not in broken
    assert "asr_rtf" not in broken
    totals = found["test_corpus[mine-clips]"]
    assert (totals["asr_snippets"], totals["asr_measured"], totals["asr_failed"]) == ("3", "2", "1")
    assert (totals["asr_lost_words"], totals["asr_wer"]) == ("6", "0.5")


def test_properties_of_users_own_tests_stay(bench: Bench) -> None:
    bench.pytester.makepyfile(
        test_own="""
        def test_mine(asr_outcome, record_property):
            record_property("mine", "kept")
        """
    )
    result = bench.run(f"--asr-models={bench.script()}", "--junitxml=junit.xml", "test_own.py")
    assert result.ret == 0, text(result)
    case = properties(bench)["test_mine[stub:./good.json-clips/c0]"]
    assert (case["mine"], case["asr_wer"]) == ("kept", "0.0")


def test_without_a_junit_file_there_are_none(bench: Bench) -> None:
    bench.pytester.makepyfile(
        test_own="""
        def test_mine(asr_outcome, request):
            assert [name for name, _ in request.node.user_properties] == ["asr"]
        """
    )
    bench.run(f"--asr-models={bench.script()}", "test_own.py").assert_outcomes(passed=3)
