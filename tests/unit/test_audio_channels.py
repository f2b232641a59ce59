"""From channels to one, and what is suspicious about samples."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit import sounds
from tests.unit.sounds import refusal


def test_eight_channels_need_a_choice(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "array.wav", sounds.tone(0.2, 192_000, channels=8), 192_000)
    message = refusal(path)
    assert "8 channels" in message
    assert '"channel": 0' in message
    assert sounds.read(path, 16_000, channel=7).seconds == pytest.approx(0.2, abs=0.001)
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


@pytest.mark.parametrize("channels", [1, 2])
def test_infinities_that_cancel_in_a_sum_are_no_numbers_all_the_same(tmp_path: Path, channels: int) -> None:
    samples = sounds.tone(0.5, channels=channels)
    samples[4_000], samples[6_000] = np.inf, -np.inf
    path = sounds.write(tmp_path / "clip.wav", samples, subtype="FLOAT")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "no numbers (NaN or infinity), the first at 0.250 s" in refusal(path)


def test_the_largest_numbers_are_numbers(tmp_path: Path) -> None:
    loudest = np.full(8_000, np.finfo(np.float32).max, np.float32)
    path = sounds.write(tmp_path / "clip.wav", np.concatenate([loudest, -loudest]), subtype="FLOAT")
    assert sounds.read(path).seconds == pytest.approx(1.0, abs=0.01)


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


# Two channels that cancel


def hiss(seconds: float, seed: int, loudness: float = 0.02) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(0, loudness, round(seconds * sounds.RATE)).astype(np.float32)


def speech(seconds: float = 3.0) -> np.ndarray[Any, Any]:
    """A sound in the band of speech that comes and goes."""
    time = np.arange(round(seconds * sounds.RATE)) / sounds.RATE
    tones = sum(np.sin(2 * np.pi * hertz * time) for hertz in (500, 1_100, 1_730))
    return (0.1 * tones * (1 + np.sin(2 * np.pi * 3 * time))).astype(np.float32)


def voice() -> np.ndarray[Any, Any]:
    """Like `speech`, without periods: bursts of noise."""
    return hiss(3, 5, 0.1) * (1 + np.sin(2 * np.pi * 3 * np.arange(48_000) / sounds.RATE)).astype(np.float32)


def hum(seconds: float = 3.0) -> np.ndarray[Any, Any]:
    return (0.3 * np.sin(2 * np.pi * 50 * np.arange(round(seconds * sounds.RATE)) / sounds.RATE)).astype(np.float32)


HALF = np.repeat([1.0, -1.0], 24_000).astype(np.float32)
FADED = np.repeat([1.0, 0.2], 24_000).astype(np.float32)
CANCELLING: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "inverted": lambda x: (x, -x),
    "inverted and quieter": lambda x: (x, -0.6 * x),
    "inverted, each with noise": lambda x: (x + hiss(3, 1), -x + hiss(3, 2)),
    "inverted, with hum in both": lambda x: (x + hum(), -x + hum()),
    "inverted, with an offset in both": lambda x: (x + 0.3, -x + 0.3),
    "inverted in its second half": lambda x: (x, x * HALF),
    "inverted where it is soft": lambda x: (x * FADED, x * FADED * HALF),
    "late by half a period of what is said": lambda x: (x, np.roll(-x, 1)),
}


@pytest.mark.parametrize("kind", CANCELLING)
def test_channels_that_cancel_are_not_averaged(tmp_path: Path, kind: str) -> None:
    left, right = CANCELLING[kind](speech())
    path = sounds.write(tmp_path / "clip.wav", np.stack([left, right], axis=1), subtype="FLOAT")
    told = sounds.remarks(path)[0]
    assert "the two channels of clip.wav cancel each other" in told
    chosen = left if "channel 0 alone was transcribed" in told else right
    assert np.allclose(sounds.read(path).numpy(), chosen)
    assert not any("cancel" in remark for remark in sounds.remarks(path, channel=1))


def test_the_louder_of_two_channels_that_cancel_is_taken(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", np.stack([-0.5 * speech(), speech()], axis=1), subtype="FLOAT")
    assert np.allclose(sounds.read(path).numpy(), speech())
    assert "channel 1 alone" in sounds.remarks(path)[0]


AGREEING: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "equal": lambda x: (x, x),
    "one quieter": lambda x: (x, 0.2 * x),
    "two speakers in turn": lambda x: (x * (HALF > 0), x * (HALF < 0)),
    "without relation": lambda x: (x, hiss(3, 3, 0.1)),
    "a little noise against silence": lambda x: (x, hiss(3, 3, 0.001)),
    "equal with inverted hum": lambda x: (x + hum(), x - hum()),
    "late by a sample": lambda x: (x, np.roll(x, 1)),
}


@pytest.mark.parametrize("kind", AGREEING)
def test_other_channels_are_averaged_without_a_word(tmp_path: Path, kind: str) -> None:
    left, right = AGREEING[kind](speech())
    path = sounds.write(tmp_path / "clip.wav", np.stack([left, right], axis=1), subtype="FLOAT")
    assert np.allclose(sounds.read(path).numpy(), (left + right) / 2, atol=1e-6)
    assert sounds.remarks(path) == ()


def test_an_inverted_channel_survives_a_lossy_codec(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.mp3", np.stack([speech(), -speech()], axis=1))
    assert "cancel each other" in sounds.remarks(path)[0]
    assert np.abs(sounds.read(path).numpy()).max() > 0.3


@pytest.mark.parametrize("milliseconds", [2, 30, -300])
@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_channel_that_comes_late_no_echo_is_made(tmp_path: Path, milliseconds: int, sign: int) -> None:
    samples = voice()
    late = sign * 0.9 * np.roll(samples, milliseconds * sounds.RATE // 1_000)
    path = sounds.write(tmp_path / "clip.wav", np.stack([samples, late], axis=1), subtype="FLOAT")
    assert np.allclose(sounds.read(path).numpy(), samples)
    (told,) = sounds.remarks(path)
    channel = int(milliseconds > 0)
    assert told.startswith(f"channel {channel} of clip.wav is channel {1 - channel} once more, {abs(milliseconds)} ms")
    assert "channel 0 alone was transcribed" in told


def test_what_two_microphones_hear_is_averaged(tmp_path: Path) -> None:
    """The same voice with the sounds of a room that differ from place to place: their correlation is weak."""
    near, far = voice(), np.roll(voice(), 80) + hiss(3, 6, 0.2)
    path = sounds.write(tmp_path / "clip.wav", np.stack([near, far], axis=1), subtype="FLOAT")
    assert sounds.remarks(path) == ()
    assert np.allclose(sounds.read(path).numpy(), (near + far) / 2, atol=1e-6)


def test_a_delay_is_found_where_a_long_recording_is_loud(tmp_path: Path) -> None:
    samples = np.concatenate([hiss(60, 7, 0.0001), voice(), hiss(10, 8, 0.0001)])
    path = sounds.write(tmp_path / "clip.wav", np.stack([samples, np.roll(samples, 1_600)], axis=1), subtype="FLOAT")
    assert "100 ms late" in sounds.remarks(path)[0]


def test_a_silent_channel_is_told(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "clip.wav", np.stack([np.zeros(48_000, np.float32), speech()], axis=1))
    assert sounds.remarks(path) == ("channel 0 of clip.wav is silent; the average with it is half as loud",)


# What is suspicious


def test_what_is_suspicious_is_told_and_measured(tmp_path: Path) -> None:
    cases = {
        "silence": (np.zeros(16_000, np.float32), "digital silence"),
        "constant": (np.full(16_000, 0.1, np.float32), "digital silence"),
        "clipped": (np.clip(speech() * 10, -1, 1), "clipped: "),
        "offset": (speech() * 0.2 + 0.1, "constant offset of 10% of full scale"),
        "quiet": (speech() * 0.01, "very quiet: its loudest sample is at -"),
    }
    for name, (samples, words) in cases.items():
        path = sounds.write(tmp_path / f"{name}.wav", samples, subtype="FLOAT")
        (remark,) = sounds.remarks(path)
        assert remark.startswith(f"{name}.wav ")
        assert words in remark
        assert sounds.read(path).samples == len(samples)


def test_loud_and_clean_is_not_suspicious(tmp_path: Path) -> None:
    time = np.arange(16_000) / sounds.RATE
    path = sounds.write(tmp_path / "clip.wav", np.sin(2 * np.pi * 440 * time), subtype="FLOAT")
    assert sounds.remarks(path) == ()


def test_a_header_without_channels_or_with_an_absurd_rate_is_damage(tmp_path: Path) -> None:
    for place, size in ((22, 2), (24, 4)):

        def blank(content: bytearray, place: int = place, size: int = size) -> None:
            content[place : place + size] = bytes(size)

        path = sounds.patch(sounds.write(tmp_path / "clip.wav"), blank)
        message = refusal(path)
        assert "damaged" in message
