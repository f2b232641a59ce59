"""Decoding: what is whole arrives whole, and what is broken is refused with a sentence that helps."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pytest_asrbench.corpus import audio
from tests.unit import sounds
from tests.unit.sounds import refusal

# What is whole


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_every_format_arrives_in_full_length(tmp_path: Path, suffix: str) -> None:
    path = sounds.write(tmp_path / f"clip.{suffix}", sounds.tone(1.5))
    clip = sounds.read(path, sounds.RATE, "corpus/clip")
    assert clip.seconds == pytest.approx(1.5, abs=0.002)
    assert clip.sample_rate == sounds.RATE
    assert clip.name == "corpus/clip"
    assert audio.duration(path) == pytest.approx(1.5, abs=0.002)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_every_sample_format_keeps_full_scale_at_one(tmp_path: Path, subtype: str) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(0.2), subtype=subtype)
    decoded = sounds.read(path, sounds.RATE).numpy()
    assert decoded.dtype == np.float32
    assert np.abs(decoded - sounds.tone(0.2)).max() < 0.02


def test_resampling_keeps_pitch_and_length(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(1.0, 44_100), 44_100)
    samples = sounds.read(path, 16_000).numpy()
    assert len(samples) == pytest.approx(16_000, abs=2)
    assert np.abs(np.fft.rfft(samples[:16_000])).argmax() == pytest.approx(440, abs=1)


def test_one_channel_of_192_khz_is_no_problem(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(0.5, 192_000), 192_000, subtype="FLOAT")
    assert sounds.read(path, 16_000).seconds == pytest.approx(0.5, abs=0.001)


def test_two_channels_are_averaged(tmp_path: Path) -> None:
    left = sounds.tone(0.1)
    path = sounds.write(tmp_path / "clip.wav", np.stack([left, np.zeros_like(left)], axis=1), subtype="FLOAT")
    assert np.allclose(sounds.read(path, sounds.RATE).numpy(), left / 2)


def test_a_long_file_is_read_through(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "long.wav", np.zeros(2_500_000, np.float32), 16_000)
    assert sounds.read(path, 16_000).samples == 2_500_000


def test_offset_and_duration_cut_out_a_part(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(2.0), subtype="FLOAT")
    part = sounds.read(path, sounds.RATE, offset=0.5, duration=1.0).numpy()
    assert np.array_equal(part, sounds.tone(2.0)[8_000:24_000])


# What is not there, or nothing


def test_missing_folder_and_empty_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "no.wav")
    (tmp_path / "folder.wav").mkdir()
    # Windows says only that access is denied.
    assert ("is a folder" if os.name != "nt" else "cannot be read") in refusal(tmp_path / "folder.wav")
    (tmp_path / "empty.wav").touch()
    assert "empty (0 bytes): record or copy it again" in refusal(tmp_path / "empty.wav")


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "secret.wav")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("needs a file that its owner cannot read")
    assert "Permission denied" in refusal(path)


def test_a_path_that_no_system_can_open(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "nul\0.wav")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_text_named_like_audio(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    path.write_text("these are words, not samples\n" * 50)
    assert "it is text. Put the recording there" in refusal(path)


@pytest.mark.parametrize("suffix", ["wav", "ogg", "aiff", "au", "w64"])
def test_a_header_without_samples(tmp_path: Path, suffix: str) -> None:
    path = sounds.write(tmp_path / f"clip.{suffix}", np.zeros(0, np.float32))
    assert "holds no samples" in refusal(path)


def test_a_flac_header_without_samples(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.flac")
    path.write_bytes(path.read_bytes()[:42])
    assert "cannot be decoded" in refusal(path)


def test_samples_too_few_to_survive_resampling(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "blip.wav", np.zeros(3, np.float32), 192_000)
    assert "3 samples at 192000 Hz" in refusal(path)


# Against the manifest


def test_a_duration_that_does_not_fit(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(2.0))
    assert sounds.read(path, sounds.RATE, declared=2.05).seconds == 2.0
    assert "lasts 2.00 s, the manifest says 3.00 s" in refusal(path, declared=3.0)
    assert "lasts 0.50 s from its offset of 1.5 s on, the manifest says 1.00 s" in refusal(
        path, offset=1.5, duration=1.0
    )
    assert "ends before its offset of 2 s" in refusal(path, offset=2.0, duration=1.0)
    assert "ends before its offset of 9 s" in refusal(path, offset=9.0)


def test_what_is_longer_is_not_called_truncated(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(20.0))
    message = refusal(path, declared=2.0)
    assert "lasts 20.00 s, longer than the 2.00 s of the manifest" in message
    assert '"offset"' in message
    assert "truncated" not in message
    assert sounds.read(path, offset=0.0, duration=2.0, declared=2.0).seconds == 2.0


PADDED = {
    "mp3 without a length header": ("mp3", "libmp3lame", {"write_xing": "0"}),
    "mp3": ("mp3", "libmp3lame", {}),
    "m4a": ("ipod", "aac", {}),
    "aac": ("adts", "aac", {}),
    "opus": ("ogg", "libopus", {}),
}


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("kind", PADDED)
def test_the_padding_of_codecs_is_no_fault(tmp_path: Path, kind: str, rate: int) -> None:
    form, codec, options = PADDED[kind]
    path = sounds.encoded(tmp_path / "clip", form, codec, rate, 3.0, options)
    assert 2.9 < sounds.read(path, declared=3.0).seconds < 3.5
    converted = sounds.write(tmp_path / "converted.wav", sounds.read(path, rate).numpy(), rate)
    assert sounds.read(converted, declared=3.0).seconds > 2.9, "padding stays when a file is converted"
    assert "truncated" in refusal(path, declared=4.5)
    assert "longer than" in refusal(path, declared=1.5)
