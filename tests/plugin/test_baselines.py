"""Which saved run a limit is held against; where nothing can be compared, or less than could be, it is not kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bench import Bench, text

GATE = "--asr-compare-fail=wer:0.5pp,transcripts:changed"


@pytest.fixture
def good(bench: Bench) -> Bench:
    """A project whose model `mine` was right in its first saved run."""
    bench.model("mine", bench.script("mine"))
    assert bench.run("--asr-models=mine").ret == 0
    return bench


def garbage(bench: Bench) -> None:
    """From now on the model says the same to every clip."""
    bench.script("mine", clips={n: {"text": "garbage"} for n in range(3)})


def test_new_snippets_are_told_and_do_not_fail_what_others_are_compared_for(good: Bench) -> None:
    good.clips(4)
    good.script("mine", count=4)
    result = good.run("--asr-models=mine", GATE)
    assert result.ret == 0, text(result)
    assert "not compared with the baseline (new, not in the baseline): mine-clips/c3" in text(result)


def test_a_baseline_of_another_normalizer_cannot_let_a_gate_pass(good: Bench) -> None:
    result = good.run("--asr-models=mine", "--asr-compare-fail=wer:0.5pp", "--asr-normalizer=verbatim")
    result.assert_outcomes(passed=3, failed=1)
    assert "nothing of mine on clips can be held against the baseline" in text(result)
    assert re.search(r"not compared with the baseline \(WER: normalizer was whisper-\S+, is verbatim-", text(result))


def test_another_version_of_the_corpus_is_not_compared_and_less_of_it_does_not_pass(bench: Bench) -> None:
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
    result.assert_outcomes(passed=3, failed=1)
    assert "1 of 3 snippets of mine on clips cannot be held against the baseline 0001_" in text(result)
    assert "(the audio has another length: c0), as --asr-compare-fail asks for WER" in text(result)


def test_a_wrong_number_fails_before_anything_is_measured_and_names_the_right_one(bench: Bench) -> None:
    bench.run(f"--asr-models={bench.script()}")
    bench.model("mine", bench.script("mine"))
    bench.run("--asr-models=mine")
    garbage(bench)
    result = bench.refused("--asr-models=mine", GATE, "--benchmark-compare=0001")
    assert re.search(
        r"^ERROR: --asr-compare-fail needs a saved run of mine on clips, and what --benchmark-compare=0001 names holds "
        r"none: 0002_\S+\.json \(--benchmark-compare=0002\) holds it: name it$",
        text(result),
        re.M,
    )
    assert len(bench.saved()) == 2, "nothing was measured"
    bench.refused("--asr-models=mine", GATE, "--benchmark-compare=0009")
    bench.run("--asr-models=mine", GATE, "--benchmark-compare=000*").assert_outcomes(passed=3, failed=1)


def test_a_renamed_folder_and_other_options_are_recognised(good: Bench) -> None:
    garbage(good)
    (good.path / "clips").rename(good.path / "hotline")
    result = good.refused("--asr-models=mine", GATE, corpus="./hotline")
    assert (
        'as the corpus clips: if it was renamed, give it that name again (name = "clips" in its corpus.toml)'
        in text(result)
    )
    (good.path / "hotline" / "corpus.toml").write_text('name = "clips"\n')
    good.run("--asr-models=mine", GATE, corpus="./hotline").assert_outcomes(passed=3, failed=1)
    result = good.refused("--asr-models=mine[seconds=0]", GATE, "--benchmark-compare=0001", corpus="./hotline")
    assert "holds mine, and with other options it is another model: give the same, or run once without" in text(result)


def test_one_of_several_models_that_has_no_baseline_fails_alone(good: Bench) -> None:
    good.model("other", good.script("other"))
    result = good.run("--asr-models=mine,other", GATE, "--benchmark-compare=0001")
    result.assert_outcomes(passed=7, failed=1)
    assert "FAILED asrbench::test_corpus[other-clips]" in text(result)
    assert "--asr-compare-fail needs a saved run of other on clips" in text(result)
    (breach,) = good.results()["breaches"]
    assert (breach["metric"], breach["model"], breach["value"]) == ("compared", "other", 0)


def test_a_run_of_one_clip_neither_replaces_the_last_full_one_nor_passes_for_it(good: Bench) -> None:
    assert good.run("--asr-models=mine", "-k", "c1 or test_corpus").ret == 0
    garbage(good)
    result = good.run("--asr-models=mine", GATE)
    result.assert_outcomes(passed=3, failed=1)
    assert "asrbench baseline: 0001_" in text(result)
    result = good.run("--asr-models=mine", "--asr-compare-fail=rtf:1000%,wer:200pp", "--benchmark-compare=0002")
    result.assert_outcomes(passed=3, failed=1)
    assert "2 of 3 snippets of mine on clips cannot be held against the baseline 0002_" in text(result)
    assert "(not measured in the baseline, though its corpus had it: c0, c2), as --asr-compare-fail asks" in text(
        result
    )


def test_a_choice_of_clips_is_compared_and_the_others_are_told(good: Bench) -> None:
    chosen = ("--asr-models=mine", GATE, "-k", "c1 or test_corpus")
    result = good.run(*chosen)
    assert result.ret == 0, text(result)
    assert "not compared with the baseline (in the baseline, not measured in this run): mine-clips/c0, " in text(result)
    garbage(good)
    good.run(*chosen, "--benchmark-compare=0001").assert_outcomes(passed=1, failed=1)
    result = good.run("--asr-models=mine", GATE, "-k", "c1")
    assert result.ret == 1, "the case that judges was not among them"
    assert "ERROR: --asr-compare-fail has judged nothing of mine on clips: its test_corpus case did not" in text(result)
    (good.path / "pytest.ini").write_text("[pytest]\nasr_compare_fail = wer:0.5pp\n")
    result = good.run("--asr-models=mine", "-k", "c1")
    assert result.ret == 0, "who has it in a file still runs one clip at a time"
    assert "ini asr_compare_fail has judged nothing of mine on clips" in text(result)


def test_the_last_failed_totals_alone_do_not_pass(good: Bench) -> None:
    garbage(good)
    again = ("--asr-models=mine", "--asr-corpus=./clips", "--benchmark-quiet", "--benchmark-compare=0001", GATE)
    assert good.session(*again).ret == 1
    result = good.session(*again, "--lf")
    assert result.ret == 1, text(result)
    assert "no snippet of clips was tried with mine in this session: select some, too, as --asr-compare" in text(result)
    assert good.run("--asr-models=mine", "-k", "test_corpus").ret == 0, "without a limit there is nothing to miss"


def test_a_clip_that_was_removed_is_missed(good: Bench) -> None:
    for ending in ("wav", "txt"):
        (good.path / "clips" / f"c2.{ending}").unlink()
    result = good.run("--asr-models=mine", GATE)
    result.assert_outcomes(passed=2, failed=1)
    assert "of mine are no longer in clips (c2), and --asr-compare-fail asks for all: put them back, or" in text(result)
    assert "not compared with the baseline (in the baseline, no longer in the corpus): mine-clips/c2" in text(result)


def test_an_ab_takes_no_number_from_a_baseline(bench: Bench) -> None:
    bench.model("mine", bench.script("mine"))
    bench.run(f"--asr-ab=mine,{bench.script('slow')}", "--asr-sweeps=1")
    assert bench.saved() == []
    bench.run("--asr-models=mine", "--benchmark-save=good")
    assert bench.newest().name == "0001_good.json"
    bench.run(f"--asr-ab=mine,{bench.script('slow')}", "--asr-sweeps=1", "--benchmark-save=asked")
    assert bench.newest().name == "0002_asked.json"


def elsewhere(bench: Bench) -> Path:
    """Move the newest run to where another Python would have saved it."""
    folder = bench.path / ".benchmarks" / "Windows-CPython-3.9-64bit"
    folder.mkdir()
    return bench.newest().rename(folder / "0001_there.json")


@pytest.mark.parametrize("named", [(), ("--benchmark-compare=0001",)])
def test_a_run_of_another_python_or_system_is_found_and_its_speed_is_not_compared(
    good: Bench, named: tuple[str, ...]
) -> None:
    elsewhere(good)
    result = good.run("--asr-models=mine", GATE, *named)
    assert result.ret == 0, text(result)
    assert "asrbench baseline: Windows-CPython-3.9-64bit/0001_there.json" in text(result)
    assert "(speed: measured with CPython 3.9 on Windows, this is CPython 3." in text(result)
    garbage(good)
    result = good.run("--asr-models=mine", f"{GATE},rtf:50%", "--benchmark-compare=Windows-CPython-3.9-64bit/0001")
    result.assert_outcomes(passed=3, failed=1)
    assert "100.00 pp worse than the baseline's 0.00 % (Windows-CPython-3.9-64bit/0001_there.json)" in text(result)
    assert (
        "measured with CPython 3.9 on Windows, this is CPython 3." in text(result).partition("as --asr-compare-fail")[0]
    )


def test_runs_of_this_python_come_first(good: Bench) -> None:
    elsewhere(good)
    garbage(good)
    good.run("--asr-models=mine")
    result = good.run("--asr-models=mine", GATE)
    assert result.ret == 0, text(result)
    assert "asrbench baseline: 0001_unversioned" in text(result)
