"""MP3 files: their frames are counted where no header tells the length, and where one tells too little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pytest_asrbench.corpus import audio
from pytest_asrbench.corpus.decoding import mpeg
from tests.unit import sounds
from tests.unit.sounds import refusal


def varying(path: Path) -> Path:
    """An mp3 whose bit rate falls after its first frames."""
    noise = np.random.default_rng(1).normal(0, 0.2, sounds.RATE).astype(np.float32)
    samples = np.concatenate([noise, np.zeros(3 * sounds.RATE, np.float32)])
    return sounds.without_length_header(sounds.write(path, samples, bitrate_mode="VARIABLE"))


def survey(path: Path) -> mpeg.Recording:
    """The only recording in a file."""
    (found,) = mpeg.recordings(path.read_bytes())
    return found


def test_frames_of_an_mp3_are_counted(tmp_path: Path) -> None:
    path = sounds.constant_mp3(tmp_path / "clip.mp3")
    found = survey(path)
    assert found.whole
    assert not found.stated
    assert found.seconds == pytest.approx(2.0, abs=0.15)
    assert sounds.read(path, sounds.RATE).seconds == pytest.approx(found.seconds, abs=0.1)


def test_tags_around_the_frames_do_not_count(tmp_path: Path) -> None:
    path = sounds.constant_mp3(tmp_path / "clip.mp3")
    bare = survey(path)
    content = path.read_bytes()
    id3v2 = b"ID3\x04\x00\x00" + bytes([0, 0, 2, 0]) + bytes(256)
    path.write_bytes(id3v2 + b"\0" * 100 + content + b"APETAGEX" + bytes(300) + b"TAG" + bytes(125))
    tagged = survey(path)
    assert (tagged.seconds, tagged.whole) == (bare.seconds, True)
    assert sounds.read(path, sounds.RATE).seconds > 1.9


def test_an_mp3_cut_amid_a_frame_is_refused_unless_its_duration_is_declared(tmp_path: Path) -> None:
    path = sounds.constant_mp3(tmp_path / "clip.mp3")
    path.write_bytes(path.read_bytes()[:-10_010])
    held = survey(path)
    assert not held.whole
    assert "last frame is incomplete" in refusal(path)
    assert sounds.read(path, sounds.RATE, declared=held.seconds).seconds == pytest.approx(held.seconds, abs=0.1)


def test_an_mp3_of_which_libsndfile_would_drop_a_part_is_refused(tmp_path: Path) -> None:
    path = varying(tmp_path / "clip.mp3")
    found = audio.duration(path)
    assert found is not None
    assert found < survey(path).seconds / 1.5, "libsndfile has learnt to count: the refusal can go"
    assert "varying bit rate without a length header" in refusal(path)


def test_a_length_header_is_noticed(tmp_path: Path) -> None:
    found = survey(sounds.write(tmp_path / "clip.mp3"))
    assert found.stated
    assert found.whole
    assert found.seconds == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("content", [b"", b"\xff", b"ID3", b"text", bytes(50)])
def test_what_is_no_mp3_holds_no_recording(content: bytes) -> None:
    assert mpeg.recordings(content) == []


def test_damage_and_strange_bytes_are_skipped(tmp_path: Path) -> None:
    content = sounds.constant_mp3(tmp_path / "odd.mp3").read_bytes()
    middle = content.index(content[:3], len(content) // 2)
    (found,) = mpeg.recordings(content[:middle] + b"something else" + content[middle:] + b"and more")
    (whole,) = mpeg.recordings(content)
    assert (found.seconds, found.whole) == (whole.seconds, True)
