"""Files that hold several recordings, one after the other: all are read, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pytest_asrbench.corpus import audio
from tests.unit import sounds
from tests.unit.sounds import refusal


def joined(folder: Path, *paths: Path) -> Path:
    """What `cat` makes of the files."""
    path = folder / f"joined{paths[0].suffix}"
    path.write_bytes(b"".join(one.read_bytes() for one in paths))
    return path


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_all_recordings_of_a_file_are_read(tmp_path: Path, suffix: str) -> None:
    first = sounds.write(tmp_path / f"first.{suffix}", sounds.tone(1.0))
    second = sounds.write(tmp_path / f"second.{suffix}", sounds.tone(1.5))
    path = joined(tmp_path, first, second, first)
    assert sounds.read(path).seconds == pytest.approx(3.5, abs=0.03)
    assert audio.duration(path) == pytest.approx(3.5, abs=0.03)
    assert sounds.remarks(path) == (f"{path.name} is 3 recordings joined; all of them were transcribed",)
    assert sounds.remarks(first) == ()


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_a_part_may_lie_across_the_joint(tmp_path: Path, suffix: str) -> None:
    one = sounds.write(tmp_path / f"one.{suffix}", sounds.tone(1.0))
    path = joined(tmp_path, one, one)
    part = sounds.read(path, offset=0.75, duration=0.5)
    assert part.seconds == pytest.approx(0.5, abs=0.001)
    assert np.abs(part.numpy()).max() > 0.1


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_a_cut_last_recording_is_refused(tmp_path: Path, suffix: str) -> None:
    first = sounds.write(tmp_path / f"first.{suffix}", sounds.tone(1.0))
    last = sounds.cut(sounds.write(tmp_path / f"last.{suffix}", sounds.tone(2.0)), 0.6)
    message = refusal(joined(tmp_path, first, last))
    assert "truncated" in message or "cut short" in message


@pytest.mark.parametrize("suffix", ["ogg", "flac", "wav", "mp3"])
def test_recordings_that_do_not_fit_together_are_refused(tmp_path: Path, suffix: str) -> None:
    first = sounds.write(tmp_path / f"first.{suffix}", sounds.tone(1.0))
    second = sounds.write(tmp_path / f"second.{suffix}", sounds.tone(1.0, 8_000), 8_000)
    message = refusal(joined(tmp_path, first, second))
    assert "2 recordings joined, of different sampling rates or channels" in message


def test_a_plain_mp3_behind_one_with_a_length_header_is_heard(tmp_path: Path) -> None:
    first = sounds.write(tmp_path / "first.mp3", sounds.tone(2.0))
    second = sounds.constant_mp3(tmp_path / "second.mp3")
    assert sounds.read(joined(tmp_path, first, second)).seconds == pytest.approx(4.0, abs=0.2)
    tagged = tmp_path / "tagged.mp3"
    tagged.write_bytes(b"ID3\x04\0\0\0\0\x02\0" + bytes(256) + second.read_bytes() + b"TAG" + bytes(125))
    assert sounds.read(joined(tmp_path, tagged, first, tagged)).seconds == pytest.approx(6.0, abs=0.3)


@pytest.mark.parametrize(
    ("name", "form", "codec", "rate"),
    [
        ("a.webm", "webm", "libopus", 48_000),
        ("a.mka", "matroska", "libopus", 48_000),
        ("a.m4a", "ipod", "aac", 16_000),
        ("a.aac", "adts", "aac", 16_000),
        ("a.amr", "amr", "libopencore_amrnb", 8_000),
    ],
)
def test_containers_are_read_whole_as_well(tmp_path: Path, name: str, form: str, codec: str, rate: int) -> None:
    one = sounds.encoded(tmp_path / name, form, codec, rate)
    path = joined(tmp_path, one, one)
    assert sounds.read(path).seconds == pytest.approx(2 * sounds.read(one).seconds, abs=0.01)
