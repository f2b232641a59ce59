"""Limits and baselines: a regression is a failing test that says what, how much, and by which rule."""

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

        @pytest.mark.asr_limits(snippet_max_wer=0.1)
        def test_well_heard(asr_outcome, asr_check):
            asr_check(asr_outcome)
        """
    )
    spec = bench.script(clips={0: {"text": "no"}})
    result = bench.run(f"--asr-models={spec}", "test_markers_limit_users_own_tests.py")
    result.assert_outcomes(passed=2, failed=1)
    assert "(marker asr_limits)" in text(result)


def test_a_run_passes_against_itself(bench: Bench) -> None:
    bench.model("mine", bench.script(seconds=0.05))
    assert bench.run("--asr-models=mine").ret == 0
    result = bench.run("--asr-models=mine", "--benchmark-compare", "--asr-compare-fail=wer:0pp,rtf:20%")
    assert result.ret == 0, text(result)
    assert "asrbench baseline: 0001_" in text(result)


def test_a_slower_model_fails_against_its_baseline(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", seconds=0.1))
    bench.run("--asr-models=mine")
    bench.script("mine", seconds=0.13)
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp,rtf:10%")
    result.assert_outcomes(passed=3, failed=1)
    match = re.search(r"RTF ([\d.]+) of mine on clips is ([\d.]+) % slower than the baseline's ([\d.]+)", text(result))
    assert match is not None
    assert 25 < float(match[2]) < 40
    assert "WER" not in text(result).split("short test summary")[1], "only the speed has changed"


def test_three_more_words_wrong_fail_with_the_snippet_and_a_word_diff(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    bench.script("mine", clips={1: {"text": "this is a ship number here"}})
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp")
    result.assert_outcomes(passed=3, failed=1)
    assert "WER 16.67 % of mine on clips is 16.67 pp worse than the baseline's 0.00 %" in text(result)
    assert "c1: 0 -> 3 errors in 6 words" in text(result)
    assert "{+a ship+}" in text(result) or "{+a+} [-clip-] {+ship+}" in text(result)


def test_a_failing_snippet_counts_as_words_lost_against_the_baseline(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    bench.script("mine", clips={1: {"fault": "raise"}})
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    assert "WER 33.33 % of mine on clips is 33.33 pp worse" in text(result)


def test_what_the_baseline_does_not_hold_is_reported_never_passed_in_silence(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    bench.clips(4)
    bench.script("mine", count=4)
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp")
    assert "not compared with the baseline (not in the baseline): mine-clips/c3" in text(result)
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp", "--asr-normalizer=verbatim")
    assert re.search(r"not compared with the baseline \(normalizer was whisper-\S+, is verbatim-", text(result))


def test_a_baseline_of_another_normalizer_cannot_let_a_gate_pass(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp", "--asr-normalizer=verbatim")
    result.assert_outcomes(passed=3, failed=1)
    assert "nothing of mine on clips can be held against the baseline" in text(result)


def test_pytest_benchmarks_own_options_keep_working(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", seconds=0.01))
    common = ["--asr-models=mine", "--asr-corpus=./clips", "--asr-rounds=3", "-p", "no:cacheprovider"]
    result = bench.pytester.runpytest_subprocess(*common, "--benchmark-json=out.json", "--benchmark-save=first")
    assert result.ret == 0
    assert "Name (time in ms)" in text(result)
    assert (bench.path / "out.json").exists()
    saved = bench.saved()
    assert len(saved) == 1
    case = next(b for b in saved[0]["benchmarks"] if "snippet" in b["extra_info"])
    assert case["stats"]["rounds"] == 3
    assert case["params"] == {"asr_model": "mine", "asr_snippet": f"clips/{case['extra_info']['snippet']}"}
    assert case["extra_info"]["wer"] == 0
    assert case["extra_info"]["rtf"] == pytest.approx(case["stats"]["median"] / 0.5)
    assert "hz_actual" not in str(saved[0]["machine_info"])
    assert saved[0]["machine_info"]["asrbench"]["libraries"]["jiwer"]
    grouped = bench.pytester.runpytest_subprocess(
        *common, "--benchmark-group-by=param:asr_model", "--benchmark-compare"
    )
    assert "benchmark 'asr_model=mine'" in text(grouped)
    assert "machine_info is different" not in text(grouped)
    disabled = bench.pytester.runpytest_subprocess(*common, "--benchmark-disable")
    disabled.assert_outcomes(passed=4)
    assert len(bench.rows()) == 3
    skipped = bench.pytester.runpytest_subprocess(*common, "--benchmark-skip")
    skipped.assert_outcomes(skipped=4)
    only = bench.pytester.runpytest_subprocess(*common, "--benchmark-only")
    only.assert_outcomes(passed=4)
