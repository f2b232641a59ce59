"""From channels to one, and what is suspicious about samples."""

from __future__ import annotations

import warnings
from pathlib import Path

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
