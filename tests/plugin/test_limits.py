"""Absolute limits: which of them applies, and how a missed one is told."""

from __future__ import annotations

import re

import pytest

from tests.bench import Bench, text


def test_absolute_limits_name_value_limit_and_origin(bench: Bench) -> None:
    spec = bench.script(clips={1: {"text": "this is clip"}}, seconds=0.02)
    result = bench.run(f"--asr-models={spec}", "--asr-max-wer=0.01", "--asr-max-rtf=0.001", "--asr-max-ram-mb=2")
    assert result.ret == 1
    result.assert_outcomes(passed=3, failed=1)
    assert re.search(r"WER 16.67 % of .* on clips exceeds the limit of 1.00 % \(--asr-max-wer\)", text(result))
    assert re.search(r"RTF 0.0\d+ of .* on clips exceeds the limit of 0.001 \(--asr-max-rtf\)", text(result))
    assert re.search(r"peak RAM \d+ MB of .* exceeds the limit of 2 MB \(--asr-max-ram-mb\)", text(result))


def test_limits_that_are_kept_pass(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "--asr-max-wer=0", "--asr-max-rtf=5", "--asr-max-ram-mb=4000")
    assert result.ret == 0


def test_a_limit_on_each_snippet_fails_that_snippet(bench: Bench) -> None:
    spec = bench.script(clips={2: {"text": "nothing like it"}})
    result = bench.run(f"--asr-models={spec}", "--asr-snippet-max-wer=50%")
    result.assert_outcomes(passed=3, failed=1)
    assert "WER 100.00 % of clips/c2 exceeds the limit of 50.00 % (--asr-snippet-max-wer)" in text(result)


def test_the_nearest_limit_wins(bench: Bench) -> None:
    spec = bench.script(clips={1: {"text": ""}})
    (bench.path / "clips" / "corpus.toml").write_text(
        'name = "clips"\n[limits]\nmax_wer = 0.2\nsnippet_max_wer = 0.1\n[snippets.c1]\nmax_wer = 1.0\n'
    )
    result = bench.run(f"--asr-models={spec}")
    result.assert_outcomes(passed=3, failed=1)
    assert "exceeds the limit of 20.00 % (corpus.toml of clips)" in text(result)
    assert bench.run(f"--asr-models={spec}", "--asr-max-wer=0.9").ret == 0


def test_markers_limit_users_own_tests(bench: Bench) -> None:
    bench.pytester.makepyfile(
        """
        import pytest

        @pytest.mark.asr_limits("snippet:rtf<=100", snippet_max_wer=0.1)
        def test_well_heard(asr_outcome, asr_check):
            asr_check(asr_outcome)
        """
    )
    spec = bench.script(clips={0: {"text": "no"}})
    result = bench.run(f"--asr-models={spec}", "test_markers_limit_users_own_tests.py")
    result.assert_outcomes(passed=2, failed=1)
    assert "(marker asr_limits)" in text(result)


def test_any_metric_is_limited_over_a_corpus_and_of_each_snippet(bench: Bench) -> None:
    (bench.path / "pyproject.toml").write_text('[tool.pytest]\nasr_limit = ["mer<=1%", "cer<=90%"]\n')
    bench.model("mine", bench.script("mine", clips={1: {"text": "this is clip"}}))
    limits = ("--asr-limit=cer<=3%, snippet:wer<=30%", "--asr-limit=rtf<=50")
    result = bench.run("--asr-models=mine", *limits)
    result.assert_outcomes(passed=2, failed=2)
    told = text(result)
    assert "WER 50.00 % of clips/c1 exceeds the limit of 30.00 % (--asr-limit)" in told
    assert re.search(r"CER \d+\.\d\d % of mine on clips exceeds the limit of 3.00 % \(--asr-limit\)", told)
    assert "MER 16.67 % of mine on clips exceeds the limit of 1.00 % (ini asr_limit)" in told
    missed = [(one["metric"], one["snippet"]) for one in bench.results()["breaches"]]
    assert sorted(missed) == [("cer", ""), ("mer", ""), ("wer", "c1")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--asr-limit=were<=5%",), "--asr-limit: there is no metric 'were'; did you mean 'wer'?"),
        (("--asr-limit=wer>=5%",), "--asr-limit: 'wer>=5%' limits WER on the wrong side; write wer<=5%"),
        (("--asr-limit=wer<=5%", "--asr-max-wer=0.1"), "--asr-limit and --asr-max-wer set two limits of wer"),
    ],
)
def test_a_limit_that_cannot_be_meant_ends_the_session(bench: Bench, options: tuple[str, ...], message: str) -> None:
    bench.model("good", bench.script())
    result = bench.refused("--asr-models=good", *options)
    assert message in text(result)
    assert not bench.runs


OWN = """
import pytest

@pytest.mark.{}
@pytest.mark.asr_slow
def test_it(asr_totals, asr_check):
    asr_check(asr_totals)
"""


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("asr_limits(max_were=0.1)", "the marker asr_limits has no limit 'max_were'; did you mean 'max_wer'?"),
        ("asr_limits(0.1)", "the marker asr_limits takes its limits by name: max_wer=0.1"),
        ("asr_limits(max_wer='10%')", "max_wer of the marker asr_limits is '10%'; it should be a number such as 0.1"),
        ("asr_limits(max_rtf=float('nan'))", "max_rtf of the marker asr_limits is nan; it should be a number such as"),
        ("asr_limits('cer<3%')", "marker asr_limits: 'cer<3%' is no limit; write"),
        ("asr_limits('wer<=5%', max_wer=0.1)", "marker asr_limits sets two limits of wer: leave one out"),
        ("asr_limit(max_wer=0.1)", "unknown marker 'asr_limit'; did you mean 'asr_limits'?"),
    ],
)
def test_a_marker_that_limits_nothing_is_told_before_anything_is_measured(
    bench: Bench, marker: str, message: str
) -> None:
    bench.pytester.makepyfile(test_own=OWN.format(marker))
    bench.model("good", bench.script())
    result = bench.run("--asr-models=good", "test_own.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"test_own.py::test_it[good-clips]: {message}" in text(result)
    assert not bench.runs
