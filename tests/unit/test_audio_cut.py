"""Recordings that are cut short are refused, and nothing that is whole is taken for cut."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import audio
from pytest_asrbench.corpus.decoding import sound_file
from tests.unit import sounds
from tests.unit.sounds import refusal


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_a_cut_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    message = refusal(sounds.cut(sounds.write(tmp_path / f"clip.{suffix}", sounds.tone(2.0)), share))
    assert "truncated" in message or "cut short" in message
    assert "again" in message


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_cut_mp2_is_refused(tmp_path: Path, rate: int) -> None:
    path = sounds.encoded(tmp_path / "clip.mp2", "mp2", "mp2", rate=rate, seconds=2.0)
    assert sounds.read(path, sounds.RATE).seconds == pytest.approx(2.0, abs=0.1)
    assert "clip.mp2 is truncated: its last frame is incomplete" in refusal(sounds.cut(path, 0.6))


@pytest.mark.parametrize("options", [{"subtype": "PCM_24"}, {"subtype": "FLOAT"}, {"format": "RF64"}])
def test_a_cut_wav_of_another_kind_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    assert "truncated" in refusal(sounds.cut(sounds.write(tmp_path / "clip.wav", **options)))


@pytest.mark.parametrize("size", [0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFFF])
def test_a_wav_written_into_a_pipe_is_whole(tmp_path: Path, size: int) -> None:
    def unknown_size(content: bytearray) -> None:
        place = content.index(b"data") + 4
        content[place : place + 4] = struct.pack("<I", size)

    path = sounds.patch(sounds.write(tmp_path / "pipe.wav"), unknown_size)
    assert sounds.read(path, sounds.RATE).seconds == 1.0


def test_chunks_behind_the_samples_are_no_damage(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav")
    with path.open("ab") as file:
        file.write(b"LIST\x08\x00\x00\x00INFOabcd")
    assert sounds.read(path, sounds.RATE).seconds == 1.0


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
def test_an_ogg_that_stops_at_a_page_is_taken_if_its_duration_is_declared(tmp_path: Path, suffix: str) -> None:
    path = sounds.write(tmp_path / f"clip.{suffix}", sounds.tone(8.0))
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    held = audio.duration(path)
    assert held is not None
    assert held < 7.99
    assert "stops before the last page" in refusal(path)
    assert sounds.read(path, sounds.RATE, declared=held).seconds == pytest.approx(held, abs=0.01)
    assert "the manifest says 16.00 s" in refusal(path, declared=16.0)


def test_a_tag_behind_an_ogg_stream_is_no_damage(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.ogg")
    with path.open("ab") as file:
        file.write(b"TAG" + bytes(125))
    assert sounds.read(path, sounds.RATE).seconds == pytest.approx(1.0, abs=0.001)


def test_a_flac_without_a_length_is_refused_with_the_remedy(tmp_path: Path) -> None:
    def forget_length(content: bytearray) -> None:
        content[21] &= 0xF0
        content[22:26] = bytes(4)

    path = sounds.patch(sounds.write(tmp_path / "pipe.flac"), forget_length)
    assert "does not say how long it is" in refusal(path)
    assert audio.duration(path) is None


def test_a_header_that_lies_about_its_length_costs_no_memory(tmp_path: Path) -> None:
    def claim_a_hundred_days(content: bytearray) -> None:
        content[21] |= 0x0F
        content[22:26] = b"\xff" * 4

    path = sounds.patch(sounds.write(tmp_path / "vast.flac"), claim_a_hundred_days)
    assert "cannot be decoded" in refusal(path)


def test_a_file_that_does_not_fit_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError

    path = sounds.write(tmp_path / "week.wav")
    monkeypatch.setattr(sound_file, "_frames", fail)
    assert "does not fit into memory: cut it" in refusal(path)


@pytest.mark.parametrize("rate", [1, 999, 0x7FFFFFFF])
def test_a_sampling_rate_from_a_damaged_header(tmp_path: Path, rate: int) -> None:
    def misname_rate(content: bytearray) -> None:
        content[24:28] = struct.pack("<I", rate)

    path = sounds.patch(sounds.write(tmp_path / "clip.wav"), misname_rate)
    assert f"sampling rate of {rate} Hz" in refusal(path)
