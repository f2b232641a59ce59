"""What a file holds decides, not its name; what is no audio is named for what it is."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from pytest_asrbench.corpus import audio
from pytest_asrbench.corpus.decoding import content
from pytest_asrbench.errors import AudioError, MissingDecoderError
from tests.unit import sounds
from tests.unit.sounds import refusal

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 89204\n"
FOREIGN = {
    "Git LFS": (POINTER, "git lfs pull"),
    "git-annex": (b"/annex/objects/SHA256E-s12--ab.wav\n", "git annex get"),
    "git-annex without links": (b"../.git/annex/objects/xx/yy/SHA256E-s12--ab.wav", "git annex get"),
    "DVC": (b"outs:\n- md5: 0123456789abcdef\n  size: 7\n  path: a.wav\n", "dvc pull"),
    "git-crypt": (b"\0GITCRYPT\0" + bytes(range(40)), "git-crypt unlock"),
    "HTML": (b"\n<!DOCTYPE HTML><html><head><title>404</title>", "it is a web page"),
    "HTML without type": (b"<html>\n<body>Sign in", "it is a web page"),
    "XML": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "it is XML"),
    "JSON": (b'{"error": "not found"}', "it is text"),
    "text": ("Grüße, keine Samples\n".encode() * 40, "it is text"),
    "UTF-16": ("words, no samples".encode("utf-16"), "it is text"),
    "ZIP": (b"PK\x03\x04" + bytes(60), "ZIP archive"),
    "gzip": (b"\x1f\x8b\x08" + bytes(60), "Unpack it"),
    "PDF": (b"%PDF-1.7\n" + bytes(60), "PDF"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(60), "a picture"),
    "NumPy": (b"\x93NUMPY\x01\x00" + bytes(60), "NumPy"),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", ["clip.wav", "clip.mp3", "clip.m4a", "clip"])
def test_what_is_no_audio_is_named(tmp_path: Path, kind: str, name: str) -> None:
    data, words = FOREIGN[kind]
    (tmp_path / name).write_bytes(data)
    message = refusal(tmp_path / name)
    assert "cannot be decoded: it is" in message
    assert words in message
    assert audio.duration(tmp_path / name) is None


@pytest.mark.parametrize("suffix", sounds.FORMATS)
@pytest.mark.parametrize("name", ["clip.m4a", "clip.txt", "clip", "clip.webm"])
def test_a_name_says_nothing(tmp_path: Path, suffix: str, name: str) -> None:
    path = sounds.write(tmp_path / f"clip.{suffix}").rename(tmp_path / name)
    assert sounds.read(path).seconds == pytest.approx(1.0, abs=0.01)
    assert audio.duration(path) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_each_format_is_recognised(tmp_path: Path, suffix: str) -> None:
    kind = content.recognise(content.read_head(sounds.write(tmp_path / f"clip.{suffix}")))
    assert kind is not None
    assert kind.plain


def test_a_header_of_mere_text_is_no_text(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "corpus.sph", format="NIST")
    data = path.read_bytes()
    # As the corpora of the LDC have it: the header is filled up with blanks, not with zeros.
    path.write_bytes(data[:1024].replace(b"\0", b" ") + data[1024:])
    assert content.is_text(path.read_bytes()[: content.HEAD])
    assert sounds.read(path).seconds == pytest.approx(1.0, abs=0.01)


def test_bytes_of_no_known_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(bytes(range(1, 256)) * 40)
    assert "cannot be decoded" in refusal(tmp_path / "clip.wav")


def test_what_libsndfile_does_not_take_is_tried_by_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sounds.encoded(tmp_path / "call.wav", "wav", "g722")
    assert sounds.read(path).seconds == pytest.approx(1.0, abs=0.01)
    assert audio.duration(path) == pytest.approx(1.0, abs=0.01)
    assert "incomplete" in refusal(sounds.cut(path))
    sounds.without(monkeypatch, "av")
    assert 'PyAV may read it: pip install "pytest-asrbench[av]"' in refusal(path)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x1cftyp3gp4", "an M4A, MP4 or 3GP file"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "a WebM or Matroska file"),
        (b"#!AMR\n\x04", "an AMR file"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "a WMA file"),
    ],
)
def test_what_needs_pyav_is_called_by_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, kind: str
) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(head + bytes(100))
    sounds.without(monkeypatch, "av")
    with pytest.raises(MissingDecoderError, match=f"voice.wav is {kind}, which needs PyAV") as caught:
        audio.decode(path, sounds.RATE)
    assert isinstance(caught.value, AudioError), "it is the recording's fault, whoever is asked to transcribe it"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    os.mkfifo(tmp_path / "pipe.wav")
    assert "it is a named pipe" in refusal(tmp_path / "pipe.wav")
    assert audio.duration(tmp_path / "pipe.wav") is None
    (tmp_path / "null.wav").symlink_to("/dev/zero")
    assert "it is a device" in refusal(tmp_path / "null.wav")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(tmp_path)
        listening.bind("socket.wav")
        assert "it is a socket" in refusal(tmp_path / "socket.wav")


def test_what_is_not_there_says_who_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "clips.dvc").touch()
    assert "dvc pull clips.dvc" in refusal(tmp_path / "clips" / "a.wav")
    assert "put the file there" in refusal(tmp_path / "other" / "a.wav")
