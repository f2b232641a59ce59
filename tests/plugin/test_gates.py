"""Limits and baselines: a regression is a failing test that says what, how much, and by which rule."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

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
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp,rtf:10%", "--asr-speed-budget=2")
    result.assert_outcomes(passed=3, failed=1)
    match = re.search(
        r"mine on clips is ([\d.]+) % slower than 0001_\w+.json; --asr-compare-fail allows 10", text(result)
    )
    assert match is not None
    assert 25 < float(match[1]) < 40
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
    assert re.search(r"not compared with the baseline \(WER: normalizer was whisper-\S+, is verbatim-", text(result))


def test_a_baseline_of_another_normalizer_cannot_let_a_gate_pass(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp", "--asr-normalizer=verbatim")
    result.assert_outcomes(passed=3, failed=1)
    assert "nothing of mine on clips can be held against the baseline" in text(result)


def test_a_significant_loss_fails_with_the_sentence_and_p_for_all_totals(bench: Bench) -> None:
    bench.clips(30)
    for model in ("mine", "other"):
        bench.model(model, bench.script(model, count=30))
    bench.run("--asr-models=mine,other")
    bench.script("mine", count=30, clips={n: {"text": "this is clip"} for n in range(12)})
    gate = "--asr-compare-fail=wer:20pp,wer:significant"
    result = bench.run("--asr-models=mine,other", gate)
    result.assert_outcomes(passed=61, failed=1)
    assert re.search(
        r"WER 20\.00 % of mine on clips is 20\.00 pp worse than the baseline's 0\.00 % \(0001_\S+\.json\); "
        r"--asr-compare-fail takes no significant loss \(wer:significant\)\n"
        r"  the baseline beats this run: 20\.0 pp, 95 % interval [\d.]+–[\d.]+, p [=<] 0\.\d+ "
        r"\(p adjusted for the 2 totals of this session\)\n"
        r"  c0: 0 -> 3 errors in 6 words\n    then: this is clip number 0 here\n",
        text(result),
    )
    assert text(result).count("errors in 6 words") == 10
    assert "... and 2 snippets more" in text(result)


def test_too_few_snippets_for_significance_are_told_and_neither_pass_nor_fail(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    bench.script("mine", clips={1: {"text": "this is a ship"}})
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:significant")
    assert result.ret == 0
    assert (
        "wer:significant cannot be judged of mine on clips (too few snippets: 3, at least 15 are needed): "
        "it has neither passed nor failed" in text(result)
    )


def test_any_changed_transcript_fails_although_no_error_count_did(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    gate = ("--asr-models=mine", "--asr-compare-fail=transcripts:changed,wer:0pp")
    assert bench.run(*gate).ret == 0
    bench.script("mine", clips={1: {"text": "This is clip number 1, here."}})
    result = bench.run(*gate, "--benchmark-compare=0001")
    result.assert_outcomes(passed=3, failed=1)
    assert "1 of 3 transcripts of mine on clips changed against the baseline (0001_" in text(result)
    assert "c1: 0 -> 0 errors in 6 words" in text(result)
    assert "[-this-] {+This+} is clip number [-1 here-] {+1, here.+}" in text(result)
    assert "pp worse" not in text(result)


def saved(bench: Bench) -> Path:
    """The newest saved run."""
    return sorted(bench.path.glob(".benchmarks/*/*.json"))[-1]


def test_accuracy_is_compared_across_devices_and_told_speed_is_not(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    path = saved(bench)
    path.write_text(path.read_text("utf-8").replace('"device": "cpu"', '"device": "cuda:0"'), "utf-8")
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp,transcripts:changed")
    assert result.ret == 0
    assert "not compared with the baseline (speed: device was cuda, is cpu): mine-clips/c0" in text(result)
    assert re.search(r"the accuracy of mine-clips on cpu is held against a baseline \(0001_.*\) on cuda", text(result))
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp,rtf:50%", "--benchmark-compare=0001")
    result.assert_outcomes(passed=3, failed=1)
    assert "(device was cuda, is cpu), as --asr-compare-fail asks for RTF: measure under the" in text(result)


def test_a_corpus_of_another_version_or_other_audio_is_not_compared(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    toml = bench.path / "clips" / "corpus.toml"
    toml.write_text('name = "clips"\nversion = "1"\n')
    bench.run("--asr-models=mine")
    gate = ("--asr-models=mine", "--asr-compare-fail=wer:0pp", "--benchmark-compare=0001")
    toml.write_text('name = "clips"\nversion = "2"\n')
    result = bench.run(*gate)
    result.assert_outcomes(passed=3, failed=1)
    assert "(corpus version was 1, is 2), as --asr-compare-fail asks for WER" in text(result)
    toml.write_text('name = "clips"\nversion = "1"\n')
    bench.clips(1, seconds=0.6)
    result = bench.run(*gate)
    assert result.ret == 0
    assert "not compared with the baseline (the audio has another length): mine-clips/c0" in text(result)


# Damaged and foreign files


def damage(path: Path, how: str) -> None:
    content = json.loads(path.read_text("utf-8"))
    ours = next(b for b in content["benchmarks"] if "snippet" in b["extra_info"])
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-300])
        return
    if how == "binary":
        path.write_bytes(b"\xff\x00" * 99)
        return
    if how == "no object":
        content = [1, 2]
    elif how == "no benchmarks":
        del content["benchmarks"]
    elif how == "a benchmark that is none":
        content["benchmarks"].append("text")
    elif how == "no machine":
        del content["machine_info"]
    elif how == "no name":
        del ours["fullname"]
    elif how == "no figures":
        ours["stats"] = {}
    elif how == "errors in words":
        ours["extra_info"]["errors"] = "3"
    elif how == "NaN":
        ours["extra_info"]["seconds"] = float("nan")
    path.write_text(json.dumps(content), "utf-8")


DAMAGED = {
    "truncated": "is damaged, it is no JSON",
    "binary": "is damaged, it is no JSON",
    "no object": "is no saved run of pytest-benchmark",
    "no benchmarks": "is no saved run of pytest-benchmark",
    "a benchmark that is none": "a benchmark in it is no object",
    "no machine": "it tells no machine",
    "no name": "a benchmark in it has no name",
    "no figures": "the figures of asrbench::test_snippet[mine-clips/c0] are not complete",
    "errors in words": "errors of mine-clips/c0 is '3', not a count",
    "NaN": "seconds of mine-clips/c0 is 'nan', not a number of seconds",
}


def test_a_damaged_baseline_is_named_and_no_older_one_is_taken(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    good = saved(bench)
    broken = good.with_name("0002_broken.json")
    for number, (how, words) in enumerate(DAMAGED.items()):
        shutil.copyfile(good, broken)
        damage(broken, how)
        named = "=0002" if number % 2 else ""
        result = bench.run("--asr-models=mine", f"--benchmark-compare{named}", "--asr-compare-fail=wer:0pp")
        assert result.ret == 4, text(result)
        (line,) = [line for line in text(result).splitlines() if line.startswith("ERROR: ")]
        assert "0002_broken.json" in line
        assert words in line
        assert "Traceback" not in text(result)


def test_runs_of_others_in_the_same_storage_are_passed_over(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.pytester.makepyfile(test_other="def test_other(benchmark):\n    benchmark(int)\n")
    assert bench.pytester.runpytest_subprocess("test_other.py", "--benchmark-save=other").ret == 0
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp")
    assert result.ret == 4
    assert "needs a saved run to compare with" in text(result)
    assert bench.run("--asr-models=mine").ret == 0
    bench.pytester.runpytest_subprocess("test_other.py", "--benchmark-save=other")
    assert [path.name[:10] for path in sorted(bench.path.glob(".benchmarks/*/*"))][::2] == ["0001_other", "0003_other"]
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp")
    assert result.ret == 0
    assert "asrbench baseline: 0002_" in text(result)
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp", "--benchmark-compare=0003")
    assert result.ret == 4
    assert "needs a saved run to compare with" in text(result)
    result = bench.run("--asr-models=mine", "--benchmark-compare=a/b/c")
    assert result.ret == 4
    assert "ERROR: --benchmark-compare=a/b/c names no saved run" in text(result)


def test_pytest_benchmarks_own_options_keep_working(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", seconds=0.01))
    common = ["--asr-models=mine", "--asr-corpus=./clips", "--asr-rounds=3", "-p", "no:cacheprovider"]
    result = bench.pytester.runpytest_subprocess(*common, "--benchmark-json=out.json", "--benchmark-save=first")
    assert result.ret == 0
    assert "Name (time in" not in text(result)
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
    assert "Name (time in ms)" in text(grouped)
    assert "machine_info is different" not in text(grouped)
    disabled = bench.pytester.runpytest_subprocess(*common, "--benchmark-disable")
    disabled.assert_outcomes(passed=4)
    assert len(bench.rows()) == 3
    skipped = bench.pytester.runpytest_subprocess(*common, "--benchmark-skip")
    skipped.assert_outcomes(skipped=4)
    only = bench.pytester.runpytest_subprocess(*common, "--benchmark-only")
    only.assert_outcomes(passed=4)
