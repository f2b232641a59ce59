"""Drafts: written beside recordings that have no transcript, never over anything, and no reference until renamed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench import Bench, sentence, text


@pytest.fixture
def untold(bench: Bench) -> Bench:
    """Four recordings, two of them without a transcript, and a model that knows all."""
    bench.clips(4)
    bench.script(count=4)
    for number in (1, 2):
        (bench.path / "clips" / f"c{number}.txt").unlink()
    return bench


def draft(bench: Bench, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest_asrbench", "draft", *arguments]
    return subprocess.run(command, cwd=bench.path, capture_output=True, text=True, check=False, timeout=120)


def written(bench: Bench) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((bench.path / "clips").glob("*.draft.txt"))}


def test_a_draft_is_written_beside_each_recording_that_has_no_transcript(untold: Bench) -> None:
    done = draft(untold, "stub:./good.json", "clips")
    assert done.returncode == 0, done.stderr
    assert written(untold) == {f"c{n}.draft.txt": f"{sentence(n)}\n" for n in (1, 2)}
    assert "2 drafts written. Listen, correct NAME.draft.txt, and rename it to NAME.txt" in done.stdout


def test_nothing_is_ever_overwritten(untold: Bench) -> None:
    before = {path: path.read_text("utf-8") for path in (untold.path / "clips").glob("*.txt")}
    (untold.path / "clips" / "c1.draft.txt").write_text("half corrected", "utf-8")
    assert draft(untold, "stub:./good.json", "clips").returncode == 0
    assert written(untold) == {"c1.draft.txt": "half corrected", "c2.draft.txt": f"{sentence(2)}\n"}
    assert {path: path.read_text("utf-8") for path in before} == before
    again = draft(untold, "stub:./good.json", "clips")
    assert again.returncode == 0
    assert again.stdout.strip() == "clips: every recording has a transcript or a draft"


def test_words_that_another_model_hears_otherwise_are_doubtful(untold: Bench) -> None:
    other = untold.script("other", count=4, clips={1: {"text": "This is, Clip number won!"}})
    done = draft(untold, "stub:./good.json", "clips", f"--against={other}")
    lines = done.stdout.splitlines()
    assert lines[0].endswith("c1.draft.txt: 2 doubtful: this is clip number [-1-] {+won+} [-here-]")
    assert lines[1].endswith(f"c2.draft.txt: both heard: {sentence(2)}")
    assert written(untold)["c1.draft.txt"] == f"{sentence(1)}\n", "it is the first model's"


def test_a_draft_is_no_reference_until_it_is_renamed(untold: Bench) -> None:
    draft(untold, "stub:./good.json", "clips")
    tidy = untold.path / "draft.toml"
    tidy.write_text('reference = "draft"\n', "utf-8")
    result = untold.run("--asr-models=stub:./good.json", f"--asr-task=transcribe,{tidy}")
    assert {row["Counts_As"] for row in untold.rows() if row["Snippet"] in ("c1", "c2")} == {"left out"}
    assert {row["Counts_As"] for row in untold.rows() if row["Task"] == "draft"} == {"left out"}
    told = text(result)
    assert "c1.wav has no transcript: correct c1.draft.txt, and rename it to c1.txt beside it" in told
    assert "clips: 2 drafts of transcripts are no reference (c1.draft.txt, c2.draft.txt): listen, correct them" in told
    for number in (1, 2):
        (untold.path / "clips" / f"c{number}.draft.txt").rename(untold.path / "clips" / f"c{number}.txt")
    result = untold.run("--asr-models=stub:./good.json")
    assert result.ret == 0
    assert "drafts of transcripts" not in text(result)


def test_a_recording_may_be_called_a_draft(bench: Bench) -> None:
    bench.clips(1, folder="mine")
    for ending in ("wav", "txt"):
        (bench.path / "mine" / f"c0.{ending}").rename(bench.path / "mine" / f"speech.draft.{ending}")
    result = bench.run("--asr-models=stub[text=this is clip number 0 here]", corpus="./mine")
    assert result.ret == 0, text(result)
    assert [row["Snippet"] for row in bench.rows()] == ["speech.draft"]


def test_what_holds_no_speech_or_is_not_heard_gets_none(untold: Bench) -> None:
    (untold.path / "clips" / "corpus.toml").write_text('nonspeech = ["c1"]\n', "utf-8")
    silent = untold.script("silent", count=4, clips={2: {"text": ""}})
    done = draft(untold, silent, "clips")
    assert done.returncode == 2
    assert "c2.wav: no draft: nothing was heard" in done.stdout
    assert "c1" not in done.stdout
    assert "no draft was written below clips" in done.stderr
    assert written(untold) == {}


def test_what_goes_wrong_costs_one_recording(untold: Bench) -> None:
    (untold.path / "clips" / "c1.wav").write_bytes(b"RIFF")
    done = draft(untold, "stub:./good.json", "clips")
    assert done.returncode == 1
    assert list(written(untold)) == ["c2.draft.txt"]
    assert "c1.wav: no draft: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stub:./good.json", "nowhere"], "nowhere is no folder: name one of recordings"),
        (["stubb:./good.json", "clips"], "unknown adapter 'stubb'; did you mean 'stub'?"),
        (["stub:./good.json", "clips", "--language=Klingonish"], "Klingonish"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(untold: Bench, arguments: list[str], told: str) -> None:
    done = draft(untold, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
