"""The shared chunker: nothing lost, nothing over the limit, cuts in pauses."""

from __future__ import annotations

import numpy as np
import pytest
from pytest_asrbench.model_adapters.chunking import join, quietest, split, transcribe_pieces

RATE = 1000


def speech(seconds: float, pauses: list[float]) -> np.ndarray:
    """Noise with 0.2 s of near-silence around each pause."""
    samples = np.random.default_rng(3).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)
    for pause in pauses:
        samples[int((pause - 0.1) * RATE) : int((pause + 0.1) * RATE)] *= 0.01
    return samples


def test_short_audio_is_left_alone() -> None:
    samples = speech(30.0, [])
    assert [len(piece) for piece in split(samples, RATE, 30.0)] == [30_000]


@pytest.mark.parametrize("seconds", [30.001, 31.0, 45.0, 60.0, 61.3, 119.99, 600.0])
def test_pieces_join_to_the_clip_and_respect_the_limit(seconds: float) -> None:
    samples = speech(seconds, [])
    pieces = split(samples, RATE, 30.0)
    assert np.array_equal(np.concatenate(pieces), samples)
    assert max(map(len, pieces)) <= 30_000
    assert min(map(len, pieces)) >= 5_000, "no fragments"
    assert len(pieces) <= seconds / 20 + 1


def test_cuts_fall_into_pauses() -> None:
    samples = speech(70.0, [10.0, 27.3, 40.0, 53.1])
    ends = np.cumsum([len(piece) for piece in split(samples, RATE, 30.0)]) / RATE
    assert ends[0] == pytest.approx(27.3, abs=0.1)
    assert ends[1] == pytest.approx(53.1, abs=0.1)


def test_digital_silence_and_tiny_limits() -> None:
    assert [len(piece) for piece in split(np.zeros(70_000, np.float32), RATE, 30.0)] == [30_000, 30_000, 10_000]
    pieces = split(speech(0.05, []), RATE, 0.003)
    assert sum(map(len, pieces)) == 50
    assert max(map(len, pieces)) <= 3
    with pytest.raises(ValueError, match="no room"):
        split(speech(1, []), RATE, 0)


def test_one_closed_plosive_is_no_pause() -> None:
    samples = speech(10.0, [8.0])
    samples[6000:6020] = 0
    assert quietest(samples, 5000, 10_000, RATE) == pytest.approx(8000, abs=100)


def test_texts_come_back_in_order_in_batches_of_the_asked_size() -> None:
    clips = [speech(1, []), speech(65, []), speech(2, [])]
    sizes: list[int] = []

    def transcribe(pieces: list[np.ndarray]) -> list[str]:
        sizes.append(len(pieces))
        return [f" {len(piece)} " for piece in pieces]

    results = transcribe_pieces(clips, RATE, 30.0, transcribe)
    assert [count for _, count in results] == [1, 3, 1]
    assert [sum(map(int, text.split())) for text, _ in results] == [1000, 65_000, 2000]
    assert sizes == [3, 2]


def test_join() -> None:
    assert join([" a ", "", "b c"]) == "a b c"
