"""The features of Fun-ASR-Nano where torchaudio cannot be imported, against Kaldi's own computation of them."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from pytest_asrbench.model_adapters.torchaudio_stand_in import fbank

from tests.checkpoints.common import clips

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

ASKED = {"num_mel_bins": 80, "frame_length": 25, "frame_shift": 10, "sample_frequency": 16_000}


def by_kaldi(samples: Any, window: str) -> Any:
    kaldi = pytest.importorskip("kaldi_native_fbank")
    options = kaldi.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.window_type = window
    options.frame_opts.samp_freq = 16_000
    options.mel_opts.num_bins = 80
    options.energy_floor = 1.0
    computer = kaldi.OnlineFbank(options)
    computer.accept_waveform(16_000, samples.tolist())
    computer.input_finished()
    return numpy.stack([computer.get_frame(number) for number in range(computer.num_frames_ready)])


@pytest.mark.parametrize("window", ["hamming", "povey"])
def test_equals_kaldi(window: str) -> None:
    for clip in clips(3):
        samples = clip.samples * 32768  # as Kaldi reads audio, so that its floor is below all that is heard
        ours = fbank(torch.from_numpy(samples)[None], window_type=window, **ASKED)
        theirs = by_kaldi(samples, window)
        assert tuple(ours.shape) == theirs.shape
        assert numpy.abs(ours.numpy() - theirs).max() < 0.02
    assert numpy.abs(by_kaldi(samples, "rectangular") - ours.numpy()).max() > 0.5, "the window matters"


def test_frames_lie_within_the_audio() -> None:
    for samples, frames in ((400, 1), (559, 1), (560, 2), (16_000, 98)):
        assert fbank(torch.zeros(1, samples), window_type="hamming", **ASKED).shape == (frames, 80)
