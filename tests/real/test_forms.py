"""Forms of the real tiny.en by transformers: quantised, and tuned as the recipe in docs/tuning.md says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.checkpoints.common import ROOT
from tests.checkpoints.real import whisper
from tests.docs.test_recipes import RECIPES, follow, typed

AUDIO = ROOT / "corpora" / "quickstart"
LEARNT = (
    *("cards-001", "cards-005", "commands-yes", "commands-yes-no-go-stop", "dictation-path", "go-forward"),
    *("librispeech-1995-1837-0001", "librivox-austen-0880", "ljspeech-lj002-0020", "spontaneous-fillers"),
)
OTHERS = ("librispeech-1272-128104-0000", "librispeech-251-137823-0002", "librivox-austen-0920", "ljspeech-lj001-0002")
# Read sentences, commands and free speech: what tiny.en makes of them is 0.075, and a few words more or less.
MOST = 0.15


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten recordings, four others, and tiny.en."""
    lines = (AUDIO / "manifest.jsonl").read_text("utf-8").splitlines()
    said = {Path(one["audio_filepath"]).stem: one["text"] for one in map(json.loads, lines)}
    for names, place in ((LEARNT, "dictation"), (OTHERS, "others")):
        (tmp_path / place).mkdir()
        for name in names:
            shutil.copyfile(AUDIO / "audio" / f"{name}.wav", tmp_path / place / f"{name}.wav")
            (tmp_path / place / f"{name}.txt").write_text(said[name] + "\n", "utf-8")
    shutil.copytree(whisper("tiny.en", "hf"), tmp_path / "whisper-tiny.en")
    return tmp_path


def rates(folder: Path, corpus: str) -> dict[str, float]:
    """The WER of each model of the last run."""
    results = json.loads((folder / "reports" / "results.json").read_text("utf-8"))
    return {one["model"]: one["wer"] for one in results["totals"] if one["corpus"] == corpus}


def test_ten_recordings_are_learnt(folder: Path) -> None:
    pytest.importorskip("peft")
    (recipe,) = [one for one in RECIPES if one.name == "tuning"]
    follow(recipe, folder)
    before, after = rates(folder, "dictation").values()
    assert after < before / 2, "it has learnt them"
    results = json.loads((folder / "reports" / "results.json").read_text("utf-8"))
    tuned = next(one for one in results["outcomes"] if "lora" in one["model"])
    assert tuned["load_details"]["lora_layers"] == 32, "four projections of two attentions in four layers"
    said = [one["sentence"] for one in results["findings"]["differences"]]
    assert any("whisper:./whisper-tiny.en[lora=./tuned]" in sentence for sentence in said)


def test_quantised_it_hears_nearly_the_same(folder: Path) -> None:
    pytest.importorskip("bitsandbytes")
    forms = ",".join(f"whisper:./whisper-tiny.en{form}" for form in ("", "[quantization=8bit]", "[quantization=4bit]"))
    done = typed(f'pytest "--asr-models={forms}" --asr-corpus=./dictation --benchmark-quiet', folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert max(rates(folder, "dictation").values()) < MOST
    results = json.loads((folder / "reports" / "results.json").read_text("utf-8"))
    assert list(dict.fromkeys(one["dtype"] for one in results["outcomes"])) == ["float32", "int8", "nf4"]
    assert [one["by"] for one in results["findings"]["invariance"]] == [["precision", "quantization"]] * 3
