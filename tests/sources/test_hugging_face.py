"""Data sets of Hugging Face, written by `datasets` and pyarrow, and held against what `datasets` reads of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import AudioError, CorpusError, MissingDependencyError
from tests.sources import clips
from tests.unit import sounds

datasets = pytest.importorskip("datasets", reason="writes the data sets")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache" / "datasets"))
    monkeypatch.setattr(datasets.config, "HF_CACHE_HOME", str(tmp_path / "cache"))


def rows(folder: Path, ending: str = "flac") -> Any:
    """A data set of three recordings, the audio in its rows."""
    files = [clips.write(folder / f"wavs/{n}.{ending}", 1.0 + n / 4) for n in range(3)]
    features = datasets.Features(
        {
            "audio": datasets.Audio(decode=False),
            "sentence": datasets.Value("string"),
            "clean": datasets.Value("string"),
            "speaker_id": datasets.Value("int64"),
            "language": datasets.ClassLabel(names=["en", "de"]),
            "id": datasets.Value("int64"),
        }
    )
    content = {
        "audio": [{"bytes": file.read_bytes(), "path": file.name} for file in files],
        "sentence": list(clips.WORDS),
        "clean": [words.capitalize() for words in clips.WORDS],
        "speaker_id": [7, 7, 8],
        "language": [0, 1, 0],
        "id": [1, 1, 1],  # of the sentence, as in FLEURS
    }
    bare = {**features, "audio": {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}}
    return datasets.Dataset.from_dict(content, datasets.Features(bare)).cast_column("audio", features["audio"])


def check(where: str, made: Any) -> None:
    """Hold a corpus against the data set that was written."""
    loaded = loading.load(where)
    assert list(clips.texts(loaded).values()) == made["sentence"]
    theirs = [soundfile.read(io.BytesIO(value["bytes"]))[0] for value in made["audio"]]
    for name, samples in zip(loaded.ids, theirs, strict=True):
        clips.same_sound(loaded, name, samples)
    assert [one.reference("clean") for one in loaded.snippets] == made["clean"]
    assert [one.speaker for one in loaded.snippets] == ["7", "7", "8"]
    assert [one.language for one in loaded.snippets] == ["en", "de", "en"]


@pytest.mark.parametrize("named", ["{}", "hf:{}"])
def test_a_parquet_file_is_read_as_datasets_reads_it(tmp_path: Path, named: str) -> None:
    made = rows(tmp_path)
    made.to_parquet(tmp_path / "calls.parquet")
    check(named.format(tmp_path / "calls.parquet"), datasets.Dataset.from_parquet(str(tmp_path / "calls.parquet")))
    loaded = loading.load(tmp_path / "calls.parquet")
    assert (loaded.name, list(loaded.ids)) == ("calls", ["0", "1", "2"])


def test_a_saved_data_set_and_a_folder_of_splits(tmp_path: Path) -> None:
    made = rows(tmp_path)
    made.save_to_disk(tmp_path / "saved")
    check(f"hf:{tmp_path / 'saved'}", datasets.load_from_disk(str(tmp_path / "saved")))
    folder = tmp_path / "splits"
    folder.mkdir()
    made.to_parquet(folder / "test-00000-of-00001.parquet")
    made.select([0]).to_parquet(folder / "dev-00000-of-00001.parquet")
    check(f"{folder}[split=test]", made)
    assert loading.load(f"{folder}[split=dev]").name == "splits-dev"
    assert len(loading.load(folder).snippets) == 4
    with pytest.raises(CorpusError, match=r"none.parquet does not exist: name a file or folder of Parquet"):
        loading.load(f"hf:{folder / 'none.parquet'}")
    with pytest.raises(CorpusError, match="no files of the split 'nope'"):
        loading.load(f"{folder}[split=nope]")


def test_parquet_by_pyarrow_alone_with_other_names_and_audio_beside_it(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    clips.write(tmp_path / "a.wav")
    audio = [{"bytes": (tmp_path / "a.wav").read_bytes(), "path": None}, {"bytes": None, "path": "a.wav"}]
    audio += [{"bytes": None, "path": "../b.wav"}, {"bytes": b"no audio", "path": "c.wav"}]
    table = pyarrow.table({"sound": audio, "said": ["one", "two", "three", "four"]})
    pyarrow.parquet.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(CorpusError, match=r"no column is known to hold the text, .*sound, said.*\[text=COLUMN\]"):
        loading.load(tmp_path / "x.parquet")
    first, second, third, fourth = loading.load(f"{tmp_path / 'x.parquet'}[text=said]").snippets
    assert (first.id, first.read(clips.RATE, "").seconds) == ("row-0", 1.0)
    assert (second.id, second.read(clips.RATE, "").seconds) == ("a", 1.0)
    assert "asr_audio_roots" in str(third.problem)
    with pytest.raises(AudioError, match=r"x.parquet, row 3: c.wav cannot be decoded: it is text"):
        fourth.read(clips.RATE, "")


def test_nothing_but_names_is_read_of_the_audio_until_it_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_asrbench.corpus.sources import hugging_face

    rows(tmp_path).to_parquet(tmp_path / "calls.parquet")
    read: list[int] = []
    original = hugging_face.RowRecording.source

    def noted(self: hugging_face.RowRecording) -> io.BytesIO:
        read.append(self.row)
        return original(self)

    monkeypatch.setattr(hugging_face.RowRecording, "source", noted)
    loaded = loading.load(f"{tmp_path / 'calls.parquet'}[limit=1]")
    assert read == []
    (one,) = loaded.snippets
    one.read(clips.RATE, "")
    assert len(read) == 1


def test_recordings_of_rows_know_when_they_changed(tmp_path: Path) -> None:
    made = rows(tmp_path)
    path = tmp_path / "calls.parquet"
    made.to_parquet(path)
    first, second, _ = (one.recording.fingerprint for one in loading.load(path).snippets if one.recording)
    assert first != second
    made.select([0, 1]).to_parquet(path)
    again = loading.load(path).snippets[0].recording
    assert again is not None
    assert again.fingerprint != first


def test_without_the_library_its_pip_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(tmp_path).to_parquet(tmp_path / "calls.parquet")
    sounds.without(monkeypatch, "datasets")
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[datasets\]"'):
        loading.load(tmp_path / "calls.parquet")
