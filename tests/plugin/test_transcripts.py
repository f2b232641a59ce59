"""Score only: answers that were made elsewhere are judged like any, and what nobody timed stays empty everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bench import Bench, sentence, text

GIVEN = "transcripts:answers.csv"
EMPTY = ("Time_Sec", "RTF", "Peak_RAM_MB", "Load_Time_Sec", "First_Sec", "Peak_VRAM_MB", "Peak_RAM_Above_Empty_MB")
SECONDS_AND_BYTES = ("compute_seconds", "load_seconds", "first_seconds", "peak_ram", "peak_vram", "rtf")


@pytest.fixture
def given(bench: Bench) -> Bench:
    """Three clips; a model that says one word too few, and the same answers in a table."""
    bench.clips(3)
    bench.script(clips={1: {"text": "this is clip number here"}})
    answer(bench, c0=sentence(0), c1="this is clip number here", c2=sentence(2))
    return bench


def answer(bench: Bench, **answers: str) -> None:
    (bench.path / "answers.csv").write_text("".join(f"{clip},{said}\n" for clip, said in answers.items()), "utf-8")


def score(bench: Bench, *arguments: str) -> pytest.RunResult:
    return bench.run(f"--asr-models={GIVEN}", *arguments)


def page(bench: Bench) -> dict[str, Any]:
    content = (bench.path / "reports" / "report.html").read_text("utf-8")
    start = content.index('id="head"')
    found: dict[str, Any] = json.loads(content[content.index(">", start) + 1 : content.index("</script>", start)])
    return found


def test_answers_get_the_scores_of_the_model_that_gave_them(given: Bench) -> None:
    result = given.run(f"--asr-models=stub:./good.json,{GIVEN}", "--asr-limit=snippet:wer<=10%", "-v")
    result.assert_outcomes(passed=6, failed=2)
    stub, ours = (given.results()["outcomes"][start : start + 3] for start in (0, 3))
    for name in ("transcript", "normalized_transcript", "normalized_reference", "audio_seconds", "reference_words"):
        assert [one[name] for one in stub] == [one[name] for one in ours]
    assert [{**one["scores"], "rtf": None} for one in stub] == [{**one["scores"], "rtf": None} for one in ours]
    assert "WER 16.67 % of clips/c1 exceeds the limit of 10.00 %" in text(result)
    (line,) = [line for line in result.outlines if f"{GIVEN}-clips/c0] PASSED" in line]
    assert "PASSED WER 0.0% " in line
    assert "RTF" not in line


def test_what_nobody_timed_is_empty_and_not_zero(given: Bench) -> None:
    given.run(f"--asr-models=stub:./good.json,{GIVEN}", "--junitxml=junit.xml", "--asr-sweeps=1")
    rows = given.rows()
    assert [all(row[name] == "" for name in EMPTY) for row in rows] == [False] * 3 + [True] * 3
    content = given.results()
    (totals,) = (one for one in content["totals"] if one["model"] == GIVEN)
    assert {totals[name] for name in SECONDS_AND_BYTES} == {None}
    assert totals["wer"] == pytest.approx(1 / 18)
    (one, *_) = content["outcomes"][3:]
    assert (one["seconds"], one["time"], one["rtf"], one["timing"], one["weights"]) == (
        [],
        None,
        None,
        "",
        "answers.csv",
    )
    assert not [found for found in content["findings"]["calls"] if found["model"] == GIVEN]
    assert {group["rtf"] for group in content["findings"]["groups"] if group["model"] == GIVEN} <= {None}
    for case in ElementTree.parse(given.path / "junit.xml").iter("testcase"):
        told = {one.get("name") for one in case.iter("property")}
        if GIVEN in str(case.get("name")):
            assert told.isdisjoint(
                {"asr_seconds", "asr_rtf", "asr_compute_seconds", "asr_peak_ram", "asr_load_seconds"}
            )
    (system,) = (one for one in page(given)["systems"] if one["model"] == GIVEN)
    assert {system["totals"][name] for name in SECONDS_AND_BYTES} == {None}
    assert len(page(given)["sets"]) == 1, "they stand beside the others"


def test_a_saved_run_has_them_beside_its_benchmarks(given: Bench) -> None:
    assert given.run(f"--asr-models=stub:./good.json,{GIVEN}").ret == 0
    (saved,) = given.saved()
    assert {one["extra_info"]["model"] for one in saved["benchmarks"]} == {"stub:./good.json"}
    assert len(saved["benchmarks"]) == 4
    assert {one["model"] for one in saved["asrbench"]["untimed"]} == {GIVEN}
    answer(given, c0=sentence(0), c1="this is here", c2=sentence(2))
    result = given.run(
        f"--asr-models=stub:./good.json,{GIVEN}", "--asr-compare-fail=wer:0.5pp,rtf:900%", "--asr-speed-budget=1"
    )
    told = text(result)
    assert f"WER 16.67 % of {GIVEN} on clips is 11.11 pp worse than the baseline's 5.56 %" in told
    assert f"--asr-compare-fail does not judge {GIVEN}: its answers were made elsewhere, and have no speed" in told
    shown = subprocess.run(
        [sys.executable, "-m", "pytest_asrbench", "history", "--format=json"],
        cwd=given.path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    (series,) = (one for one in json.loads(shown.stdout)["series"] if one["model"] == GIVEN)
    assert [point["wer"] for point in series["points"]] == pytest.approx([1 / 18, 3 / 18])
    assert [(point["rtf"], point["compute_seconds"]) for point in series["points"]] == [(None, None)] * 2


def test_alone_they_are_held_against_the_report_folder(given: Bench) -> None:
    assert score(given).ret == 0
    assert not given.saved(), "without seconds there is no benchmark"
    assert score(given, "--asr-compare-fail=wer:0.5pp,transcripts:changed").ret == 0
    answer(given, c0=sentence(0), c1="this is here", c2=sentence(2))
    result = score(given, "--asr-compare-fail=transcripts:changed")
    assert result.ret == 1
    assert "1 of 3 transcripts of transcripts:answers.csv on clips changed against the baseline" in text(result)
    assert "pytest-benchmark" not in text(result).partition("speech recognition")[2]


def test_limits_of_time_and_memory_do_not_judge_them(given: Bench) -> None:
    result = score(given, "--asr-max-rtf=0.0001", "--asr-max-ram-mb=1", "--asr-max-wer=50%")
    assert result.ret == 0
    assert f"--asr-max-rtf does not judge {GIVEN}: its answers were made elsewhere, and have no RTF" in text(result)
    assert f"--asr-max-ram-mb does not judge {GIVEN}" in text(result)
    assert score(given, "--asr-max-wer=1%").ret == 1, "its answers are judged"


def test_missing_doubled_and_unknown_clips_are_named(given: Bench) -> None:
    lines = ["c0,this is clip number 0 here", "c1,one", "c1,another", "zz,who knows", "c0,this is clip number 0 here"]
    (given.path / "answers.csv").write_text("\n".join(lines), "utf-8")
    result = score(given)
    result.assert_outcomes(passed=2, errors=2)
    told = text(result)
    assert "answers.csv has no answer for clips/c2: add one; until then it counts as not answered" in told
    assert "answers.csv has two answers for clips/c1 (line 2 and line 3): leave one" in told
    assert f"{GIVEN}: 1 answer of clips that are in none of the corpora: zz" in told
    assert f"{GIVEN}: 2 clips answered more than once: clips/c0, clips/c1" in told
    assert f"{GIVEN} on clips: 2 of 3 failed, their 12 words count as deleted (WER of the 1 measured: 0.00 %)" in told
    assert [(row["Status"], row["Counts_As"]) for row in given.rows()] == [
        ("OK", "measured"), ("ERROR", "deleted"), ("ERROR", "deleted"),
    ]  # fmt: skip


def test_what_no_model_can_hear_is_left_out_here_too(given: Bench) -> None:
    (given.path / "clips" / "c1.wav").write_bytes(b"RIFF")
    score(given)
    assert [row["Counts_As"] for row in given.rows()] == ["measured", "left out", "measured"]


def test_answers_of_a_run_of_ours_are_scored_anew(given: Bench) -> None:
    given.run("--asr-models=stub:./good.json,stub:./good.json[seconds=0]")
    (given.path / "reports" / "results.csv").rename(given.path / "old.csv")
    given.refused("--asr-models=transcripts:old.csv")
    result = given.run("--asr-models=transcripts:old.csv[model=stub:./good.json]", "--asr-normalizer=verbatim")
    assert result.ret == 0, text(result)
    assert [row["Normalizer"].partition("-")[0] for row in given.rows()] == ["verbatim"] * 3
    assert [row["WER"][:5] for row in given.rows()] == ["0.0", "0.166", "0.0"]


def test_a_project_may_give_them_a_name(given: Bench) -> None:
    given.model_table('[models.last-year]\nadapter = "transcripts"\nsource = "./answers.csv"\nmax_wer = 0.01\n')
    result = given.run("--asr-models=last-year")
    assert "WER 5.56 % of last-year on clips exceeds the limit of 1.00 % (model last-year)" in text(result)
    for command, told in (("models", "last-year  yes"), ("doctor", "last-year")):
        shown = subprocess.run(
            [sys.executable, "-m", "pytest_asrbench", command],
            cwd=given.path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert told in " ".join(shown.stdout.split()).replace("last-year yes", "last-year  yes")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--asr-models=transcripts"], "transcripts names no file: write transcripts:FILE"),
        (["--asr-models=transcripts:gone.csv"], "gone.csv does not exist: name the file of the answers"),
        (["--asr-models=transcripts:answers.csv[beam=2]"], "there is no option 'beam' here, only model"),
        (["--asr-models=transcripts:answers.csv[model=x]"], "answers.csv holds no answers of 'x'"),
        (["--asr-models=transcript:answers.csv"], "unknown adapter 'transcript'; did you mean 'transcripts'?"),
        (["--asr-ab=stub:./good.json,transcripts:answers.csv"], "--asr-ab measures two models in turn"),
    ],
)
def test_what_cannot_be_meant_ends_the_session_with_one_sentence(given: Bench, arguments: list[str], told: str) -> None:
    result = given.refused(*arguments)
    assert told in text(result)
    assert "Traceback" not in text(result)


def test_the_command_scores_files_alone(given: Bench) -> None:
    def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest_asrbench", "score", "answers.csv", "--corpus=./clips", *arguments]
        return subprocess.run(command, cwd=given.path, capture_output=True, text=True, check=False, timeout=60)

    done = typed()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5.56 %" in done.stdout
    assert Path(given.path, "reports", "results.csv").exists()
    assert typed("--limit=wer<=1%").returncode == 1
    assert typed("--normalizer=nix").returncode == 4


def test_the_leaderboards_results_get_the_leaderboards_figure(given: Bench) -> None:
    said = ["The white-paper is kinda long.", "Uhh, it's half past three.", "Stephen's Wi-Fi"]
    heard = ["the whitepaper is kinda long", "it is 3:30", "steven s wifi now"]
    for number, line in enumerate(said):
        (given.path / "clips" / f"c{number}.txt").write_text(line, "utf-8")
    names = ("audio_filepath", "text", "pred_text")
    lines = [
        json.dumps(dict(zip(names, (f"sample_{n}", *pair), strict=True)))
        for n, pair in enumerate(zip(said, heard, strict=True))
    ]
    (given.path / "MODEL_x_DATASET_y.jsonl").write_text("\n".join(lines), "utf-8")
    model = "--asr-models=transcripts:MODEL_x_DATASET_y.jsonl"
    result = given.run(model, "--asr-normalizer=leaderboard", "--asr-limit=leaderboard<=5%")
    (totals,) = given.results()["totals"]
    assert totals["headline"] == "Leaderboard WER"
    assert (totals["leaderboard_errors"], totals["leaderboard_total"]) == (1, 13)
    assert totals["errors"] > 1, "word by word, the compound is two errors"
    assert "Leaderboard WER 7.69 % of transcripts:MODEL_x_DATASET_y.jsonl on clips exceeds the limit" in text(result)
    assert "Leaderboard WER" in next(line for line in result.outlines if line.startswith(" Model"))
    assert [one["corpus"] for one in given.results()["findings"]["leaderboard_intervals"]] == ["clips"]
    other = given.run(model)
    assert "Leaderboard WER" not in text(other)
    assert "leaderboard_intervals" not in given.results()["findings"]
