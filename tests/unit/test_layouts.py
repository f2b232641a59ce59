"""Layouts of published corpora: recognised by the file that shows them, and named with the way in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from tests.unit.corpora import by_id, complaint, pair, problems

LAYOUTS = {
    "LibriSpeech": {"84/1/84-1-0.flac": "", "84/1/84-1.trans.txt": "84-1-0 GO FORWARD\n"},
    "a data folder of Kaldi": {"wav.scp": "u1 /data/u1.wav\n", "text": "u1 go forward\n"},
    "an audiofolder of Hugging Face": {"train/a.wav": "", "train/metadata.csv": "file_name,transcription\na.wav,go\n"},
    "Common Voice": {"clips/a.mp3": "", "test.tsv": "client_id\tpath\tsentence\nx\ta.mp3\tgo forward\n"},
    "LJ Speech": {"wavs/LJ1.wav": "", "metadata.csv": "LJ1|Go forward.|go forward\n"},
    "CMU Arctic": {"wav/a1.wav": "", "etc/txt.done.data": '( a1 "Go forward." )\n'},
    "VoxForge": {"wav/a1.wav": "", "etc/PROMPTS": "x/mfc/a1 GO FORWARD\n"},
    "TED-LIUM": {"sph/a.sph": "", "stm/a.stm": "a 1 spk 0.0 1.5 <o,f0> go forward\n"},
    "a corpus with folders of recordings and of texts": {"wav/1.wav": "", "txt/1.txt": "Go forward.\n"},
    "a table of recordings and texts": {"a.wav": "", "transcripts.txt": "a\tgo forward\n"},
}


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_known_layout_is_named_with_the_way_in(tmp_path: Path, name: str) -> None:
    message = complaint(laid_out(tmp_path, LAYOUTS[name]))
    assert f"{tmp_path} is laid out like {name} (as " in message
    assert "audio_filepath" in message


@pytest.mark.parametrize(
    "table",
    [
        "a go forward\n",
        "a.wav: go forward\n",
        '"a.wav","go forward"\n',
        "sub/a.wav|go forward|go\n",
        "sub\\a.wav\tgo\n",
    ],
)
def test_a_table_is_known_by_the_recordings_that_it_names(tmp_path: Path, table: str) -> None:
    assert "as " in complaint(laid_out(tmp_path, {"sub/a.wav": "", "what.txt": table}))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("metadata.jsonl", '{"file_name": "a.wav", "transcription": "go"}\n', "an audiofolder of Hugging Face"),
        ("test.tsv", "client_id\tpath\tsentence\n", "Common Voice"),
        ("metadata.csv", "LJ1|Go forward.|go forward\n", "LJ Speech"),
        ("cuts.jsonl", '{"id": "1", "supervisions": []}\n', "Lhotse"),
    ],
)
def test_a_table_in_place_of_a_manifest_is_named(tmp_path: Path, name: str, content: str, words: str) -> None:
    (tmp_path / name).write_text(content)
    message = complaint(tmp_path / name)
    assert f"{name} is no manifest, but looks like {words}" in message
    assert "audio_filepath" in message


def test_a_folder_of_pairs_is_one_whatever_else_lies_there(tmp_path: Path) -> None:
    for files in LAYOUTS.values():
        laid_out(tmp_path, files)
    pair(tmp_path, "good.wav", "some words")
    loaded = loading.load(tmp_path)
    assert by_id(loaded)["good"].problem is None
    assert problems(loaded), "what has no text beside it is told all the same"


def test_recordings_that_no_file_names_are_no_layout(tmp_path: Path) -> None:
    laid_out(tmp_path, {"a.wav": "", "b.wav": "", "shopping.txt": "milk\nbread\n"})
    assert problems(loading.load(tmp_path)).keys() == {"a", "b", "shopping"}
