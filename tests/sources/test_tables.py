"""Tables with named columns, Common Voice, LJ Speech, audiofolders: what is wrong is told, the rest is read."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import CorpusError, UsageError
from tests.sources import clips
from tests.unit.corpora import by_id, problems

CV = ("client_id", "path", "sentence_id", "sentence", "up_votes", "down_votes", "age", "gender", "locale", "segment")


def table(path: Path, *rows: tuple[str, ...], **form: str) -> Path:
    """A table, written by Python's csv as `form` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **form).writerows(rows)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
def test_columns_of_usual_names_are_known(tmp_path: Path, name: str, delimiter: str) -> None:
    clips.write(tmp_path / "wav/1.wav", 2.0)
    path = table(
        tmp_path / name,
        ("File_Name", "Transcript", "id", "speaker", "lang", "offset", "duration", "more"),
        ("wav/1.wav", 'he said, "go"; and\nwent', "x", "7", "de-DE", "0.5", "1.25", "z"),
        delimiter=delimiter,
    )
    loaded = loading.load(f"table:{path}[delimiter={delimiter}]" if delimiter == "|" else path)
    assert clips.texts(loaded) == {"x": 'he said, "go"; and\nwent'}
    assert clips.lengths(loaded) == {"x": 1.25}
    assert [(one.speaker, one.language) for one in loaded.snippets] == [("7", "de")]


def test_further_columns_are_references_by_field(tmp_path: Path) -> None:
    heading, row = ("audio", "text", "Clean", "de", "no field", "lang"), ("1.wav", "um go", "Go.", "", "x", "en")
    (one,) = loading.load(table(tmp_path / "a.csv", heading, row)).snippets
    assert one.references == {"verbatim": "um go", "clean": "Go."}
    assert one.language == "en"
    with pytest.raises(CorpusError, match="there is no reference 'de'"):  # an empty cell is none
        one.reference("de")
    table(tmp_path / "folder/metadata.csv", ("file_name", "text", "clean"), ("1.wav", "um go", "Go."))
    (one,) = loading.load(tmp_path / "folder").snippets
    assert one.references == {"verbatim": "um go", "clean": "Go."}
    (tmp_path / "folder/metadata.csv").unlink()
    (tmp_path / "folder/metadata.jsonl").write_text(
        '{"file_name": "1.wav", "text": "um go", "clean": "Go."}\n', "utf-8"
    )
    (one,) = loading.load(tmp_path / "folder").snippets
    assert one.references == {"verbatim": "um go", "clean": "Go."}


def test_columns_of_other_names_are_named_in_brackets(tmp_path: Path) -> None:
    path = table(tmp_path / "calls.csv", ("datei", "wortlaut", "wer"), ("1.wav", "eins", "anna"))
    with pytest.raises(CorpusError) as caught:
        loading.load(path)
    assert str(caught.value) == (
        f"{path}: no column is known to hold the audio and text, it has the columns datei, wortlaut, wer: name them in "
        "brackets, [audio=COLUMN,text=COLUMN], or give it a heading"
    )
    (one,) = loading.load(f"{path}[audio=datei,text=wortlaut,speaker=wer,root={tmp_path / 'audio'}]").snippets
    assert (one.audio, one.reference(), one.speaker) == (tmp_path / "audio" / "1.wav", "eins", "anna")
    with pytest.raises(CorpusError, match="there is no column 'nope'; it has the columns datei"):
        loading.load(f"{path}[audio=datei,text=nope]")
    with pytest.raises(UsageError, match=r"there is no option 'txt' here; did you mean 'text'\?"):
        loading.load(f"{path}[audio=datei,txt=wortlaut]")


def test_a_faulty_row_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.csv",
        ("audio", "text", "duration"),
        ("good.wav", "fine", ""),
        ("../out.wav", "x", ""),
        ("long.wav", "x", "soon"),
        ("few.wav", "x"),
        ("", "x", ""),
        ("https://x.org/a.wav", "x", ""),
    )
    path.write_bytes(path.read_bytes() + b"latin.wav,caf\xe9,\n")
    told = problems(loading.load(path))
    words = (
        "asr_audio_roots",
        "duration is 'soon'",
        "2 cells, and 3 columns",
        "is empty",
        "is an address",
        "not UTF-8",
    )
    assert len(told) == len(words)
    assert all(word in problem for word, problem in zip(words, told.values(), strict=True))
    assert all(f"{path}, line " in problem for problem in told.values())
    assert "good" in by_id(loading.load(path))


def test_common_voice_as_it_is_published(tmp_path: Path) -> None:
    folder = tmp_path / "cv" / "de"
    for number in range(2):
        clips.write(folder / f"clips/common_voice_de_{number}.mp3", 1.0 + number)
    rows = [(f"c{n}", f"common_voice_de_{n}.mp3", "9", f'"Ja", Nr. {n}', "2", "0", "", "", "de", "") for n in range(2)]
    table(folder / "test.tsv", CV, *rows, delimiter="\t", quotechar="\x01")
    table(folder / "dev.tsv", CV, rows[0], delimiter="\t", quotechar="\x01")
    table(folder / "clip_durations.tsv", ("clip", "duration[ms]"), delimiter="\t")
    loaded = loading.load(folder)
    assert loaded.name == "de-test"
    assert clips.texts(loaded) == {f"common_voice_de_{n}": f'"Ja", Nr. {n}' for n in range(2)}
    assert clips.lengths(loaded) == pytest.approx({f"common_voice_de_{n}": 1.0 + n for n in range(2)}, abs=0.1)
    assert [(one.speaker, one.language) for one in loaded.snippets] == [("c0", "de"), ("c1", "de")]
    assert len(loading.load(f"common-voice:{folder}[split=dev]").snippets) == 1
    assert loading.load(folder / "dev.tsv").name == "de-dev"
    with pytest.raises(CorpusError, match=r"train.tsv does not exist: name one of the splits .*: clip_durations, dev"):
        loading.load(f"{folder}[split=train]")


def test_a_common_voice_table_with_a_wrong_heading(tmp_path: Path) -> None:
    path = table(tmp_path / "test.tsv", ("client_id", "file", "sentence"), ("x", "a.mp3", "go"), delimiter="\t")
    with pytest.raises(CorpusError) as caught:
        loading.load(f"common-voice:{path}")
    assert str(caught.value) == f"{path}: there is no column 'path'; it has the columns client_id, file, sentence"


def test_lj_speech_as_it_is_published(tmp_path: Path) -> None:
    clips.write(tmp_path / "wavs/LJ001-0001.wav", 1.5, rate=22_050)
    path = tmp_path / "metadata.csv"
    path.write_text('LJ001-0001|Printed in "1455"|Printed in "fourteen fifty-five"\nno bar here\n', "utf-8")
    loaded = loading.load(f"lj-speech:{tmp_path}")
    first, second = loaded.snippets
    assert (first.id, first.reference()) == ("LJ001-0001", 'Printed in "fourteen fifty-five"')
    assert first.read(clips.RATE, "").seconds == pytest.approx(1.5)
    assert second.problem == f"{path}, line 2: no | in it; write id|text"


def test_an_audiofolder_with_its_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        clips.write(tmp_path / split / "sub" / "a.wav")
        table(tmp_path / split / "metadata.csv", ("file_name", "transcription"), ("sub/a.wav", f"said in {split}"))
    assert clips.texts(loading.load(tmp_path)) == {"test/sub/a": "said in test", "train/sub/a": "said in train"}
    loaded = loading.load(f"{tmp_path}[split=test]")
    assert clips.texts(loaded) == {"a": "said in test"}
    assert clips.lengths(loaded) == {"a": 1.0}
    with pytest.raises(CorpusError, match="or another split"):
        loading.load(f"{tmp_path}[split=dev]")
    table(tmp_path / "test" / "metadata.csv", ("file_name", "label"), ("sub/a.wav", "dog"))
    with pytest.raises(CorpusError, match=r"no column is known to hold the text, it has the columns file_name, label"):
        loading.load(f"{tmp_path}[split=test]")
