"""Layouts of published corpora: recognised by the file that shows them, and read, or named with the way in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from tests.unit.corpora import by_id, complaint, pair, problems

Texts = dict[str, str]
READ: dict[str, tuple[dict[str, str], Texts]] = {
    "LibriSpeech": (
        {"84/1/84-1-0.flac": "", "84/1/84-1.trans.txt": "84-1-0 GO FORWARD\n"},
        {"84-1-0": "GO FORWARD"},
    ),
    "Kaldi": ({"wav.scp": "u1 u1.wav\n", "text": "u1 go forward\n"}, {"u1": "go forward"}),
    "audiofolder": (
        {"train/a.wav": "", "train/metadata.csv": "file_name,transcription\na.wav,go\n"},
        {"a": "go"},
    ),
    "audiofolder of lines": ({"a.wav": "", "metadata.jsonl": '{"file_name": "a.wav", "text": "go"}\n'}, {"a": "go"}),
    "Common Voice": (
        {"clips/a.mp3": "", "test.tsv": 'client_id\tpath\tsentence\nx\ta.mp3\t"Go" forward\n'},
        {"a": '"Go" forward'},
    ),
    "LJ Speech": (
        {"wavs/LJ1.wav": "", "metadata.csv": "LJ1|Go 1.|go one\nLJ2|Go.|\n"},
        {"LJ1": "go one", "LJ2": "Go."},
    ),
    "TED-LIUM": (
        {"sph/a.sph": "", "stm/a.stm": "a 1 spk 0.0 1.5 <o,f0,male> go forward\n"},
        {"a#0.0-1.5": "go forward"},
    ),
    "a table": ({"a.wav": "", "what.csv": 'file;text\na.wav;"go; forward"\n'}, {"a": "go; forward"}),
}
REFUSED = {
    "CMU Arctic": {"wav/a1.wav": "", "etc/txt.done.data": '( a1 "Go forward." )\n'},
    "VoxForge": {"wav/a1.wav": "", "etc/PROMPTS": "x/mfc/a1 GO FORWARD\n"},
    "a corpus with folders of recordings and of texts": {"wav/1.wav": "", "txt/1.txt": "Go forward.\n"},
    "a table of recordings and texts": {"a.wav": "", "transcripts.txt": "a\tgo forward\n"},
}


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder


def texts(where: Path) -> Texts:
    loaded = loading.load(where)
    assert problems(loaded) == {}
    return {name: one.reference() for name, one in by_id(loaded).items()}


@pytest.mark.parametrize("name", READ)
def test_a_published_layout_is_read_by_its_path_alone(tmp_path: Path, name: str) -> None:
    files, said = READ[name]
    assert texts(laid_out(tmp_path, files)) == said


@pytest.mark.parametrize(
    "name", [name for name in READ if name not in ("Kaldi", "audiofolder", "audiofolder of lines")]
)
def test_the_file_with_its_texts_may_be_named_too(tmp_path: Path, name: str) -> None:
    files, said = READ[name]
    folder = laid_out(tmp_path, files)
    (table,) = [folder / path for path, content in files.items() if content]
    if name != "TED-LIUM":  # whose recordings are elsewhere
        assert texts(table) == said


@pytest.mark.parametrize("name", REFUSED)
def test_a_known_layout_that_is_not_read_is_named_with_the_way_in(tmp_path: Path, name: str) -> None:
    message = complaint(laid_out(tmp_path, REFUSED[name]))
    assert f"{tmp_path} is laid out like {name} (as " in message
    assert "audio_filepath" in message


@pytest.mark.parametrize(
    "table", ["a go forward\n", "a.wav: go forward\n", '"a.wav","go forward"\n', "sub\\a.wav\tgo\n"]
)
def test_a_table_is_known_by_the_recordings_that_it_names(tmp_path: Path, table: str) -> None:
    assert "as " in complaint(laid_out(tmp_path, {"sub/a.wav": "", "what.txt": table}))


def test_of_several_corpora_in_a_folder_one_is_to_be_named(tmp_path: Path) -> None:
    for name in ("train", "test"):
        laid_out(tmp_path / name, READ["Kaldi"][0])
    assert "(test, train): name one of them" in complaint(tmp_path)
    assert texts(tmp_path / "test") == READ["Kaldi"][1]


def test_a_folder_of_pairs_is_one_whatever_else_lies_there(tmp_path: Path) -> None:
    for files in [*(files for files, _ in READ.values()), *REFUSED.values()]:
        laid_out(tmp_path, files)
    pair(tmp_path, "good.wav", "some words")
    loaded = loading.load(tmp_path)
    assert by_id(loaded)["good"].problem is None
    assert problems(loaded), "what has no text beside it is told all the same"


def test_recordings_that_no_file_names_are_no_layout(tmp_path: Path) -> None:
    laid_out(tmp_path, {"a.wav": "", "b.wav": "", "shopping.txt": "milk\nbread\n"})
    assert problems(loading.load(tmp_path)).keys() == {"a", "b", "shopping"}
