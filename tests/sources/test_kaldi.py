"""Kaldi's data folders: what is wrong with an utterance costs that one, and no command is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import CorpusError
from tests.sources import clips
from tests.unit.corpora import by_id, problems


def folder(at: Path, **files: str) -> Path:
    for name, content in files.items():
        (at / name.replace("_", ".")).write_text(content, "utf-8")
    return at


def test_utterances_have_words_speakers_and_parts(tmp_path: Path) -> None:
    clips.write(tmp_path / "r.wav", 3.0)
    folder(
        tmp_path,
        wav_scp="r r.wav\n",
        text="u1 zwei drei\nu2 vier\n",
        segments="u1 r 0.5 1.5\nu2 r 1.5 -1\n",
        utt2spk="u1 anna\n",
        utt2lang="u1 de\n",
    )
    loaded = loading.load(f"kaldi:{tmp_path}")
    assert clips.texts(loaded) == {"u1": "zwei drei", "u2": "vier"}
    assert clips.lengths(loaded) == pytest.approx({"u1": 1.0, "u2": 1.5})
    assert [(one.speaker, one.language) for one in loaded.snippets] == [("anna", "de"), (None, None)]


def test_a_faulty_utterance_is_told_and_the_rest_is_measured(tmp_path: Path) -> None:
    marker = tmp_path / "run"
    folder(
        tmp_path,
        wav_scp=f"a a.wav\nb touch {marker} && cat b.wav |\nc ../c.wav\n",
        text="a one\nb two\nc three\nd four\n",
    )
    told = problems(loading.load(tmp_path))
    assert "which is not run; write its output to a file" in told["b"]
    assert "asr_audio_roots" in told["c"]
    assert "wav.scp has no d; add it" in told["d"]
    assert "a" not in told
    assert by_id(loading.load(tmp_path))["b"].reference() == "two", "what is lost is known"
    assert not marker.exists()


def test_a_folder_without_its_texts_is_refused(tmp_path: Path) -> None:
    folder(tmp_path, wav_scp="a a.wav\n")
    with pytest.raises(CorpusError, match=r"text cannot be read \(No such file or directory\): put the file there"):
        loading.load(tmp_path)


def test_lines_of_segments_that_make_no_sense(tmp_path: Path) -> None:
    folder(tmp_path, wav_scp="r r.wav\n", text="u1 x\nu3 y\n", segments="u1 r 0.5\nu2 r 0 1\nu3 r 0 z\n")
    told = list(by_id(loading.load(tmp_path)).values())
    assert ["correct the line" in str(one.problem) for one in told] == [True, False, False]
    assert "text has no u2" in str(told[1].problem)
    assert "'z' is no number of seconds" in str(told[2].problem)
