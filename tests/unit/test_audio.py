"""Decoding: what is whole arrives whole, and what is broken is refused with a sentence that helps."""

from __future__ import annotations

import builtins
import os
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_asrbench import audio
from pytest_asrbench.decoding import mpeg, sound_file
from pytest_asrbench.errors import AudioError, MissingDependencyError
from tests.unit import sounds


def refusal(path: Path, **options: Any) -> str:
    """The sentence with which `path` is refused; it always names the file."""
    with pytest.raises(AudioError) as caught:
        audio.read(path, sounds.RATE, **options)
    message = str(caught.value)
    assert str(path) in message
    return message


# What is whole


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_every_format_arrives_in_full_length(tmp_path: Path, suffix: str) -> None:
    path = sounds.write(tmp_path / f"clip.{suffix}", sounds.tone(1.5))
    clip = audio.read(path, sounds.RATE, "corpus/clip")
    assert clip.seconds == pytest.approx(1.5, abs=0.002)
    assert clip.sample_rate == sounds.RATE
    assert clip.name == "corpus/clip"
    assert audio.duration(path) == pytest.approx(1.5, abs=0.002)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_every_sample_format_keeps_full_scale_at_one(tmp_path: Path, subtype: str) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(0.2), subtype=subtype)
    decoded = audio.read(path, sounds.RATE).numpy()
    assert decoded.dtype == np.float32
    assert np.abs(decoded - sounds.tone(0.2)).max() < 0.02


def test_resampling_keeps_pitch_and_length(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(1.0, 44_100), 44_100)
    samples = audio.read(path, 16_000).numpy()
    assert len(samples) == pytest.approx(16_000, abs=2)
    assert np.abs(np.fft.rfft(samples[:16_000])).argmax() == pytest.approx(440, abs=1)


def test_one_channel_of_192_khz_is_no_problem(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(0.5, 192_000), 192_000, subtype="FLOAT")
    assert audio.read(path, 16_000).seconds == pytest.approx(0.5, abs=0.001)


def test_two_channels_are_averaged(tmp_path: Path) -> None:
    left = sounds.tone(0.1)
    path = sounds.write(tmp_path / "clip.wav", np.stack([left, np.zeros_like(left)], axis=1), subtype="FLOAT")
    assert np.allclose(audio.read(path, sounds.RATE).numpy(), left / 2)


def test_a_long_file_is_read_through(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "long.wav", np.zeros(2_500_000, np.float32), 16_000)
    assert audio.read(path, 16_000).samples == 2_500_000


def test_offset_and_duration_cut_out_a_part(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(2.0), subtype="FLOAT")
    part = audio.read(path, sounds.RATE, offset=0.5, duration=1.0).numpy()
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
    assert "ffmpeg" in refusal(path)


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


# What is cut short


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_a_cut_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    message = refusal(sounds.cut(sounds.write(tmp_path / f"clip.{suffix}", sounds.tone(2.0)), share))
    assert "truncated" in message or "cut short" in message
    assert "again" in message


@pytest.mark.parametrize("options", [{"subtype": "PCM_24"}, {"subtype": "FLOAT"}, {"format": "RF64"}])
def test_a_cut_wav_of_another_kind_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    assert "truncated" in refusal(sounds.cut(sounds.write(tmp_path / "clip.wav", **options)))


@pytest.mark.parametrize("size", [0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFFF])
def test_a_wav_written_into_a_pipe_is_whole(tmp_path: Path, size: int) -> None:
    def unknown_size(content: bytearray) -> None:
        place = content.index(b"data") + 4
        content[place : place + 4] = struct.pack("<I", size)

    path = sounds.patch(sounds.write(tmp_path / "pipe.wav"), unknown_size)
    assert audio.read(path, sounds.RATE).seconds == 1.0


def test_chunks_behind_the_samples_are_no_damage(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav")
    with path.open("ab") as file:
        file.write(b"LIST\x08\x00\x00\x00INFOabcd")
    assert audio.read(path, sounds.RATE).seconds == 1.0


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
def test_an_ogg_that_stops_at_a_page_is_taken_if_its_duration_is_declared(tmp_path: Path, suffix: str) -> None:
    path = sounds.write(tmp_path / f"clip.{suffix}", sounds.tone(8.0))
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    held = audio.duration(path)
    assert held is not None
    assert held < 7.99
    assert "stops before the last page" in refusal(path)
    assert audio.read(path, sounds.RATE, declared=held).seconds == pytest.approx(held, abs=0.01)
    assert "the manifest says 16.00 s" in refusal(path, declared=16.0)


def test_a_tag_behind_an_ogg_stream_is_no_damage(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.ogg")
    with path.open("ab") as file:
        file.write(b"TAG" + bytes(125))
    assert audio.read(path, sounds.RATE).seconds == pytest.approx(1.0, abs=0.001)


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


# mp3 without a length header


def constant(path: Path, seconds: float = 2.0) -> Path:
    """An mp3 of constant bit rate: noise, for which an encoder needs all its bits."""
    noise = np.random.default_rng(1).normal(0, 0.2, round(seconds * sounds.RATE)).astype(np.float32)
    return sounds.without_length_header(sounds.write(path, noise, bitrate_mode="CONSTANT", compression_level=0.5))


def varying(path: Path) -> Path:
    """An mp3 whose bit rate falls after its first frames."""
    noise = np.random.default_rng(1).normal(0, 0.2, sounds.RATE).astype(np.float32)
    samples = np.concatenate([noise, np.zeros(3 * sounds.RATE, np.float32)])
    return sounds.without_length_header(sounds.write(path, samples, bitrate_mode="VARIABLE"))


def test_frames_of_an_mp3_are_counted(tmp_path: Path) -> None:
    path = constant(tmp_path / "clip.mp3")
    survey = mpeg.survey(path)
    assert survey is not None
    assert survey.whole
    assert survey.seconds == pytest.approx(2.0, abs=0.15)
    assert audio.read(path, sounds.RATE).seconds == pytest.approx(survey.seconds, abs=0.1)


def test_tags_around_the_frames_do_not_count(tmp_path: Path) -> None:
    path = constant(tmp_path / "clip.mp3")
    bare = mpeg.survey(path)
    content = path.read_bytes()
    id3v2 = b"ID3\x04\x00\x00" + bytes([0, 0, 2, 0]) + bytes(256)
    path.write_bytes(id3v2 + b"\0" * 100 + content + b"APETAGEX" + bytes(300) + b"TAG" + bytes(125))
    assert mpeg.survey(path) == bare
    assert audio.read(path, sounds.RATE).seconds > 1.9


def test_an_mp3_cut_amid_a_frame_is_refused_unless_its_duration_is_declared(tmp_path: Path) -> None:
    path = constant(tmp_path / "clip.mp3")
    path.write_bytes(path.read_bytes()[:-10_010])
    survey = mpeg.survey(path)
    assert survey is not None
    assert not survey.whole
    assert "last mp3 frame is incomplete" in refusal(path)
    assert audio.read(path, sounds.RATE, declared=survey.seconds).seconds == pytest.approx(survey.seconds, abs=0.1)


def test_an_mp3_of_which_libsndfile_would_drop_a_part_is_refused(tmp_path: Path) -> None:
    path = varying(tmp_path / "clip.mp3")
    survey = mpeg.survey(path)
    found = audio.duration(path)
    assert survey is not None
    assert found is not None
    assert found < survey.seconds / 1.5, "libsndfile has learnt to count: the refusal can go"
    assert "varying bit rate without a length header" in refusal(path)


def test_what_is_no_plain_mp3_is_not_judged(tmp_path: Path) -> None:
    with_header = sounds.write(tmp_path / "clip.mp3")
    assert mpeg.survey(with_header) is None
    garbage = tmp_path / "garbage.mp3"
    for content in (b"", b"\xff", b"ID3", b"text", bytes(50)):
        garbage.write_bytes(content)
        assert mpeg.survey(garbage) is None
    path = constant(tmp_path / "odd.mp3")
    path.write_bytes(path.read_bytes() + b"something else")
    assert mpeg.survey(path) is None


# Channels and numbers


def test_eight_channels_need_a_choice(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "array.wav", sounds.tone(0.2, 192_000, channels=8), 192_000)
    message = refusal(path)
    assert "8 channels" in message
    assert '"channel": 0' in message
    assert audio.read(path, 16_000, channel=7).seconds == pytest.approx(0.2, abs=0.001)
    assert "there is no channel 8" in refusal(path, channel=8)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channels", [1, 2])
def test_no_numbers_among_the_samples(tmp_path: Path, value: float, channels: int) -> None:
    samples = sounds.tone(0.5, channels=channels)
    samples[4_000] = value
    path = sounds.write(tmp_path / "clip.wav", samples, subtype="FLOAT")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "no numbers (NaN or infinity), the first at 0.250 s" in refusal(path)


def test_both_infinities_at_once(tmp_path: Path) -> None:
    samples = sounds.tone(0.1, channels=2)
    samples[100] = [np.inf, -np.inf]
    path = sounds.write(tmp_path / "clip.wav", samples, subtype="FLOAT")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "NaN or infinity" in refusal(path)


def test_numbers_too_large_for_float32(tmp_path: Path) -> None:
    samples = sounds.tone(0.1).astype(np.float64)
    samples[10] = 1e300
    assert "NaN or infinity" in refusal(sounds.write(tmp_path / "clip.wav", samples, subtype="DOUBLE"))


# Against the manifest


def test_a_duration_that_does_not_fit(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", sounds.tone(2.0))
    assert audio.read(path, sounds.RATE, declared=2.05).seconds == 2.0
    assert "lasts 2.00 s, the manifest says 3.00 s" in refusal(path, declared=3.0)
    assert "lasts 0.50 s, the manifest says 1.00 s" in refusal(path, offset=1.5, duration=1.0)
    assert "ends before its offset of 2 s" in refusal(path, offset=2.0, duration=1.0)
    assert "ends before its offset of 9 s" in refusal(path, offset=9.0)


# Containers


def m4a(path: Path, seconds: float = 2.0, **options: str) -> Path:
    """AAC in an m4a, as a phone records it."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("aac", rate=sounds.RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(sounds.tone(seconds)[None], format="fltp", layout="mono")
        frame.sample_rate = sounds.RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def test_m4a_is_decoded_by_pyav(tmp_path: Path) -> None:
    path = m4a(tmp_path / "phone.m4a")
    assert audio.read(path, sounds.RATE).seconds == pytest.approx(2.0, abs=0.15)
    assert audio.read(path, 8_000, offset=0.5, duration=1.0).seconds == pytest.approx(1.0, abs=0.001)
    assert audio.duration(path) == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("flags", [{}, {"movflags": "faststart"}])
def test_a_cut_m4a_is_refused(tmp_path: Path, flags: dict[str, str]) -> None:
    message = refusal(sounds.cut(m4a(tmp_path / "phone.m4a", 4.0, **flags), 0.6))
    assert "truncated" in message or "cut short" in message


def test_m4a_without_sound_or_sense(tmp_path: Path) -> None:
    pytest.importorskip("av")
    path = tmp_path / "phone.m4a"
    path.write_bytes(b"no container at all" * 20)
    assert "cannot be decoded" in refusal(path)
    assert audio.duration(path) is None


def without(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Make `package` impossible to import."""
    real = builtins.__import__

    def fail(name: str, *arguments: Any) -> Any:
        if name.split(".")[0] == package:
            raise ImportError(f"No module named {package!r}", name=package)
        return real(name, *arguments)

    monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.setattr(builtins, "__import__", fail)


def test_without_pyav_an_m4a_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "phone.m4a"
    path.write_bytes(b"anything")
    without(monkeypatch, "av")
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[av\]"') as caught:
        audio.read(path, sounds.RATE)
    assert str(path) in str(caught.value)
    assert audio.duration(path) is None


def test_without_libsndfile_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sounds.write(tmp_path / "clip.wav")
    without(monkeypatch, "soundfile")
    with pytest.raises(MissingDependencyError, match="pip install --force-reinstall soundfile"):
        audio.read(path, sounds.RATE)
    assert audio.duration(path) is None


def test_durations_of_what_cannot_be_read_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("no audio")
    assert audio.duration(tmp_path / "x.wav") is None
    assert audio.duration(tmp_path / "absent.wav") is None
