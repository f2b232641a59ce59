"""Limits against a baseline: a regression is a failing test that says what, how much, and by which rule."""

from __future__ import annotations

import re

import pytest

from tests.bench import Bench, text


@pytest.mark.usefixtures("all_rounds_count")
def test_a_run_passes_against_itself(bench: Bench) -> None:
    bench.model("mine", bench.script(seconds=0.05))
    assert bench.run("--asr-models=mine").ret == 0
    rules = ("--asr-compare-fail=wer:0pp,rtf:300%", "--asr-speed-budget=10")
    result = bench.run("--asr-models=mine", "--benchmark-compare", *rules)
    assert result.ret == 0, text(result)
    assert "asrbench baseline: 0001_" in text(result)


@pytest.mark.usefixtures("all_rounds_count")
def test_a_slower_model_fails_against_its_baseline(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", seconds=0.1))
    bench.run("--asr-models=mine")
    bench.script("mine", seconds=0.4)
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp,rtf:10%", "--asr-speed-budget=2")
    result.assert_outcomes(passed=3, failed=1)
    match = re.search(
        r"mine on clips is ([\d.]+) % slower than 0001_\w+.json; --asr-compare-fail allows 10", text(result)
    )
    assert match is not None
    assert float(match[1]) > 10
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


def test_accuracy_is_compared_across_devices_and_told_speed_is_not(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    path = bench.newest()
    saved, changed = re.subn(r'(device\\?": \\?")cpu', r"\1cuda:0", path.read_text("utf-8"))
    assert changed >= 3, "in the outcome of each clip, which is a text in a text"
    path.write_text(saved, "utf-8")
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp,transcripts:changed")
    assert result.ret == 0
    assert "not compared with the baseline (speed: device was cuda, is cpu): mine-clips/c0" in text(result)
    assert re.search(r"the accuracy of mine-clips on cpu is held against a baseline \(0001_.*\) on cuda", text(result))
    result = bench.run("--asr-models=mine", "--asr-compare-fail=wer:0pp,rtf:50%", "--benchmark-compare=0001")
    result.assert_outcomes(passed=3, failed=1)
    assert "(device was cuda, is cpu), as --asr-compare-fail asks for RTF: measure under the" in text(result)


def test_pytest_benchmarks_own_options_keep_working(bench: Bench) -> None:
    bench.model("mine", bench.script("mine", seconds=0.01))
    common = ["--asr-models=mine", "--asr-corpus=./clips", "--asr-rounds=3", "-p", "no:cacheprovider"]
    result = bench.session(*common, "--benchmark-json=out.json", "--benchmark-save=first")
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
    grouped = bench.session(*common, "--benchmark-group-by=param:asr_model", "--benchmark-compare")
    assert "benchmark 'asr_model=mine'" in text(grouped)
    assert "Name (time in ms)" in text(grouped)
    assert "machine_info is different" not in text(grouped)
    disabled = bench.session(*common, "--benchmark-disable")
    disabled.assert_outcomes(passed=4)
    assert len(bench.rows()) == 3
    skipped = bench.session(*common, "--benchmark-skip")
    skipped.assert_outcomes(skipped=4)
    only = bench.session(*common, "--benchmark-only")
    only.assert_outcomes(passed=4)
