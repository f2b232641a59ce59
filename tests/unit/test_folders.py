"""Folders of recordings and texts: what is usable is listed, what is not is a problem with a remedy."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import audio, loading
from pytest_asrbench.corpus.decoding import content
from pytest_asrbench.errors import AudioError, CorpusError
from tests.unit import sounds
from tests.unit.corpora import by_id, complaint, described, pair, problems

# Folders


def test_a_folder_of_pairs(tmp_path: Path) -> None:
    pair(tmp_path, "b.flac")
    pair(tmp_path, "a.wav", " Hello there.\n")
    pair(tmp_path, "deep/er/c.MP3")
    loaded = loading.load(tmp_path)
    assert loaded.name == tmp_path.name
    assert [snippet.id for snippet in loaded.snippets] == ["a", "b", "deep/er/c"]
    assert loaded.snippets[0].reference() == "Hello there."
    assert not problems(loaded)


def test_listing_opens_no_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("audio was opened")

    monkeypatch.setattr(audio, "decode", fail)
    monkeypatch.setattr(audio, "duration", fail)
    monkeypatch.setattr(content, "read_head", fail)
    pair(tmp_path, "a.wav")
    assert len(loading.load(tmp_path).snippets) == 1


def test_audio_without_transcript_and_the_reverse(tmp_path: Path) -> None:
    pair(tmp_path, "good.wav")
    (tmp_path / "silent.wav").touch()
    (tmp_path / "unheard.txt").write_text("words")
    found = problems(loading.load(tmp_path))
    assert found.keys() == {"silent", "unheard"}
    assert str(tmp_path / "silent.wav") in found["silent"]
    assert "silent.txt" in found["silent"]
    assert str(tmp_path / "unheard.txt") in found["unheard"]
    assert "unheard.wav" in found["unheard"]


@pytest.mark.parametrize(
    "name", ["LICENSE.txt", "licence-cc-by.txt", "README.txt", "NOTICE.txt", "Attribution.TXT", "SOURCES.txt"]
)
def test_notices_beside_clips_are_no_transcripts(tmp_path: Path, name: str) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / name).write_text("all rights granted")
    assert by_id(loading.load(tmp_path)).keys() == {"a"}


def test_a_recording_may_be_called_like_a_notice(tmp_path: Path) -> None:
    pair(tmp_path, "notice-1.wav")
    assert not problems(loading.load(tmp_path))


def test_suffixes_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "a.WAV").touch()
    (tmp_path / "a.TXT").write_text("words from another system")
    assert loading.load(tmp_path).snippets[0].reference() == "words from another system"


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / "._a.wav").touch()
    pair(tmp_path, ".cache/b.wav")
    assert by_id(loading.load(tmp_path)).keys() == {"a"}


def test_one_stem_with_two_suffixes(tmp_path: Path) -> None:
    pair(tmp_path, "a.mp3")
    pair(tmp_path, "a.wav")
    pair(tmp_path, "b.wav")
    loaded = loading.load(tmp_path)
    assert by_id(loaded).keys() == {"a", "a#2", "b"}
    found = problems(loaded)
    assert found.keys() == {"a#2"}
    assert str(tmp_path / "a.mp3") in found["a#2"]
    assert str(tmp_path / "a.wav") in found["a#2"]
    assert "rename" in found["a#2"]


def test_an_empty_folder(tmp_path: Path) -> None:
    message = complaint(tmp_path)
    assert str(tmp_path) in message
    assert "put x.wav and x.txt there" in message
    (tmp_path / "LICENSE.txt").write_text("nothing but a licence")
    assert "no snippets found" in complaint(tmp_path)


def test_neither_folder_nor_manifest(tmp_path: Path) -> None:
    assert "does not exist" in complaint(tmp_path / "absent")
    (tmp_path / "list.csv").touch()
    assert "neither a folder" in complaint(tmp_path / "list.csv")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps names in Unicode")
@pytest.mark.parametrize("name", [b"caf\xe9", b"two\nlines", b"bell\x07"])
def test_names_that_cannot_be_shown_get_an_id_that_can(tmp_path: Path, name: bytes) -> None:
    stem = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118
    try:
        for suffix in (b".wav", b".txt"):
            os.close(os.open(stem + suffix, os.O_CREAT))
    except OSError:
        pytest.skip("this file system refuses the name")
    snippet = loading.load(tmp_path).snippets[0]
    assert snippet.id.isprintable()
    snippet.id.encode("ascii")
    with pytest.raises(AudioError, match=r"rename the file|is empty"):
        snippet.read(16_000, "x")
    assert snippet.seconds() is None


# Transcripts


def reference_complaint(folder: Path, text: bytes) -> str:
    pair(folder, "a.wav", text)
    with pytest.raises(CorpusError) as caught:
        loading.load(folder).snippets[0].reference()
    assert str(folder / "a.txt") in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("text", [b"", b" \r\n\t\n", "\ufeff".encode()])
def test_an_empty_transcript_asks_what_is_meant(tmp_path: Path, text: bytes) -> None:
    message = reference_complaint(tmp_path, text)
    assert "the reference is empty" in message
    assert 'nonspeech = ["a"]' in message


def test_latin_1_is_named_with_its_first_wrong_byte(tmp_path: Path) -> None:
    message = reference_complaint(tmp_path, "Café au lait".encode("latin-1"))
    assert "byte 3 is 0xe9" in message
    assert "iconv" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised(tmp_path: Path, encoding: str) -> None:
    assert "iconv -f UTF-16 -t UTF-8" in reference_complaint(tmp_path, "plain words".encode(encoding))


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav", "\ufeffGrüße\r\n")
    assert loading.load(tmp_path).snippets[0].reference() == "Grüße"


def test_a_transcript_that_vanishes_after_listing(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    snippet = loading.load(tmp_path).snippets[0]
    (tmp_path / "a.txt").unlink()
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read"):
        snippet.reference()


def test_what_stands_for_a_file_is_no_transcript(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 89204\n"
    for content_, words in (
        (pointer, "git lfs pull"),
        (b"/annex/objects/SHA256E-s12--ab.txt\n", "git annex get"),
        (b"outs:\n- md5: 0123456789abcdef\n  size: 7\n  path: a.txt\n", "dvc pull"),
        (b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>", "a web page"),
        (b"{\\rtf1\\ansi Hello}", "plain text"),
        (b"PK\x03\x04" + bytes(30), "ZIP archive"),
    ):
        message = reference_complaint(tmp_path, content_)
        assert "is no transcript" in message
        assert words in message


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes among files")
def test_a_pipe_among_the_texts_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    pair(tmp_path, "a.wav")
    snippet = loading.load(tmp_path).snippets[0]
    (tmp_path / "a.txt").unlink()
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read \(it is a named pipe"):
        snippet.reference()
    found = problems(loading.load(tmp_path))
    assert "a pipe, a socket or a device" in found["a"]


# Which file belongs to which


def test_texts_of_notes_are_remarked_and_no_snippets(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / "notes.txt").write_text("word " * 300)
    (tmp_path / "TODO.txt").write_text("record more")
    loaded = loading.load(tmp_path)
    assert by_id(loaded).keys() == {"a"}
    (remark,) = loaded.remarks
    assert "2 texts have no recording" in remark
    assert "notes.txt" in remark
    assert "TODO.txt" in remark


def test_notes_that_were_recorded_are_no_strays(tmp_path: Path) -> None:
    pair(tmp_path, "notes.wav", "my notes")
    loaded = loading.load(tmp_path)
    assert by_id(loaded)["notes"].reference() == "my notes"
    assert loaded.remarks == ()


def test_the_words_of_a_text_without_recording_are_nobodys(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / "unheard.txt").write_text("word " * 300)
    snippet = by_id(loading.load(tmp_path))["unheard"]
    assert 'ignore = ["unheard.txt"]' in (snippet.problem or "")
    with pytest.raises(CorpusError, match="has no recording"):
        snippet.reference()


def test_what_is_to_be_ignored_is_left_alone(tmp_path: Path) -> None:
    described(tmp_path, 'ignore = ["unheard.txt", "old/*"]')
    (tmp_path / "unheard.txt").write_text("words")
    pair(tmp_path, "old/c.wav")
    loaded = loading.load(tmp_path)
    assert by_id(loaded).keys() == {"a", "b"}
    assert not problems(loaded)


@pytest.mark.parametrize(
    ("recording", "text", "name"),
    [
        ("note", "note.txt", "note"),
        ("note.opus", "note.opus.txt", "note"),
        ("note.voice", "note.txt", "note"),
        ("note.voice", "note.voice.txt", "note.voice"),
        ("2024.05.01", "2024.05.01.txt", "2024.05.01"),
    ],
)
def test_a_recording_is_known_by_what_it_holds_where_a_text_wants_one(
    tmp_path: Path, recording: str, text: str, name: str
) -> None:
    sounds.write(tmp_path / "clip.wav").rename(tmp_path / recording)
    (tmp_path / text).write_text("some words")
    (tmp_path / "2024.05.02").write_text("no recording")
    snippet = by_id(loading.load(tmp_path))[name]
    assert snippet.problem is None
    assert snippet.reference() == "some words"
    assert snippet.read(sounds.RATE, "x").seconds == 1.0


def test_a_file_beside_a_text_that_is_no_audio_is_no_recording(tmp_path: Path) -> None:
    pair(tmp_path, "good.wav")
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "a.txt").write_text("words")
    assert "a.txt has no recording: put a.wav" in problems(loading.load(tmp_path))["a"]


def test_a_file_beside_a_text_that_may_be_meant_as_its_recording_is_named(tmp_path: Path) -> None:
    pair(tmp_path, "good.wav")
    for name, held in (("a.g722", b"\xfa\xfb" * 99), ("b.m4r", b"version https://git-lfs.github.com/spec/v1\n")):
        (tmp_path / name).write_bytes(held)
        (tmp_path / name).with_suffix(".txt").write_text("words")
    found = problems(loading.load(tmp_path))
    assert "a.txt has no recording: a.g722 lies beside it, but cannot be read: convert it" in found["a"]
    assert "b.m4r lies beside it, but it is a Git LFS pointer. " in found["b"]
    assert "git lfs pull" in found["b"]


@pytest.mark.parametrize(
    ("recording", "text"),
    [("IMG_1.WAV", "img_1.txt"), ("e\u0301te\u0301.wav", "\u00e9t\u00e9.txt"), ("Note.wav", "note.WAV.txt")],
)
def test_names_that_differ_in_case_or_in_the_form_of_accents_are_one(tmp_path: Path, recording: str, text: str) -> None:
    sounds.write(tmp_path / "clip.wav").rename(tmp_path / recording)
    (tmp_path / text).write_text("some words")
    (snippet,) = loading.load(tmp_path).snippets
    assert (snippet.problem, snippet.reference()) == (None, "some words")


def test_of_several_texts_whose_names_are_alike_none_is_taken(tmp_path: Path) -> None:
    sounds.write(tmp_path / "note.wav")
    for name in ("Note.txt", "NOTE.txt"):
        (tmp_path / name).write_text("words")
    if not (tmp_path / "note.TXT").exists():  # where names differ by their case
        assert problems(loading.load(tmp_path)).keys() == {"note", "Note", "NOTE"}


def test_what_dvc_keeps_elsewhere_is_missed(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / "b.wav.dvc").write_text("outs:\n- md5: 0\n  path: b.wav\n")
    (tmp_path / "b.txt").write_text("some words")
    loaded = loading.load(tmp_path)
    assert "dvc pull b.wav.dvc" in problems(loaded)["b"]
    assert by_id(loaded)["b"].reference() == "some words"
