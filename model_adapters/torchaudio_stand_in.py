"""What two families need of torchaudio, for environments where torchaudio cannot be imported.

transformers' `GraniteSpeechFeatureExtractor` asks torchaudio for a `MelSpectrogram`, its `FunAsrNanoFeatureExtractor`
for `compliance.kaldi.fbank`, and both for nothing else. The wheels of torchaudio on PyPI are built for CUDA and refuse
to load beside a CPU build of torch, so that these are written out here.
Definitions: torchaudio's documentation of `MelSpectrogram` with its defaults (periodic Hann window, power spectrum,
centred frames with reflected edges, HTK mel scale from 0 Hz to half the sample rate, no area normalisation), and of
`fbank` (frames that lie within the audio, without their mean, emphasised by 0.97; triangles on Kaldi's mel scale from
20 Hz to half the sample rate; logarithms).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .optional_packages import hide_unusable, usable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = "transformers.models.granite_speech.feature_extraction_granite_speech"
FUN_ASR = "transformers.models.fun_asr_nano"
EPSILON = 1.1920928955078125e-07  # of float32, below which torchaudio takes no logarithm


def mel_filters(n_fft: int, n_mels: int, sample_rate: int) -> NDArray[np.float32]:
    """Triangular filters of peak 1, evenly spaced on the HTK mel scale, of shape (n_fft // 2 + 1, n_mels)."""
    import numpy

    bins = numpy.linspace(0, sample_rate // 2, n_fft // 2 + 1)
    highest = 2595 * numpy.log10(1 + sample_rate / 2 / 700)
    edges = 700 * (10 ** (numpy.linspace(0, highest, n_mels + 2) / 2595) - 1)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    filters: NDArray[np.float32] = numpy.maximum(0, numpy.minimum(rising, falling)).astype(numpy.float32)
    return filters


class MelSpectrogram:
    """Mel power spectrogram: float samples of shape (..., samples) to (..., n_mels, samples // hop_length + 1)."""

    def __init__(self, sample_rate: int, n_fft: int, win_length: int, hop_length: int, n_mels: int) -> None:
        import torch

        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.window = torch.hann_window(win_length)
        self.filters = torch.from_numpy(mel_filters(n_fft, n_mels, sample_rate))

    def to(self, device: Any) -> MelSpectrogram:
        """Move window and filters to a torch device; returns itself, as a torch module does."""
        self.window, self.filters = self.window.to(device), self.filters.to(device)
        return self

    def __call__(self, waveform: Any) -> Any:
        """Return the spectrogram of a float tensor that lies on the device given to `to`."""
        import torch

        spectrum = torch.stft(
            waveform.reshape(-1, waveform.shape[-1]),
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            win_length=self.win_length,
            window=self.window,
            return_complex=True,
        )
        power = spectrum.abs().square()
        mel = torch.matmul(power.transpose(1, 2), self.filters).transpose(1, 2)
        return mel.reshape(*waveform.shape[:-1], *mel.shape[1:])


def fbank(
    waveform: Any,
    *,
    num_mel_bins: int,
    frame_length: float,
    frame_shift: float,
    sample_frequency: float,
    window_type: str,
) -> Any:
    """Kaldi's log mel filterbank: float samples of shape (1, samples) to (frames, num_mel_bins); lengths in ms."""
    import torch
    from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

    rate = int(sample_frequency)
    length, shift = (int(rate * milliseconds / 1000) for milliseconds in (frame_length, frame_shift))
    size = 1 << (length - 1).bit_length()
    filters = mel_filter_bank(
        num_frequency_bins=size // 2 + 1,
        num_mel_filters=num_mel_bins,
        min_frequency=20,
        max_frequency=rate // 2,
        sampling_rate=rate,
        norm=None,
        mel_scale="kaldi",
        triangularize_in_mel_space=True,
    )
    levels = spectrogram(
        waveform[0].numpy(),
        window_function(length, window_type, periodic=False),
        frame_length=length,
        hop_length=shift,
        fft_length=size,
        power=2.0,
        center=False,
        preemphasis=0.97,
        mel_filters=filters,
        log_mel="log",
        mel_floor=EPSILON,
        remove_dc_offset=True,
    )
    return torch.from_numpy(levels.T.copy()).float()


def prepare_fun_asr_features() -> str:
    """Make `FunAsrNanoFeatureExtractor` usable here; returns "torchaudio VERSION" or "stand-in".

    Where torchaudio cannot be imported, transformers has a class of this name that refuses; the real one is put in its
    place, with the function above.
    """
    if usable("torchaudio"):
        return f"torchaudio {importlib.import_module('torchaudio').__version__}"
    hide_unusable("torchaudio")
    module: Any = importlib.import_module(f"{FUN_ASR}.feature_extraction_fun_asr_nano")
    module.torchaudio = SimpleNamespace(compliance=SimpleNamespace(kaldi=SimpleNamespace(fbank=fbank)))
    for name in (FUN_ASR, "transformers"):
        importlib.import_module(name).FunAsrNanoFeatureExtractor = module.FunAsrNanoFeatureExtractor  # type: ignore[attr-defined]
    return "stand-in"


def prepare_granite_features() -> str:
    """Make `GraniteSpeechFeatureExtractor` usable here; returns "torchaudio VERSION" or "stand-in".

    The real package is used wherever it can be imported. Elsewhere transformers' feature module, and that module
    alone, is given the class above: no other code in this process is made to believe that torchaudio is installed.
    """
    if usable("torchaudio"):
        return f"torchaudio {importlib.import_module('torchaudio').__version__}"
    hide_unusable("torchaudio")
    module: Any = importlib.import_module(FEATURES)
    if not isinstance(getattr(module, "torchaudio", None), SimpleNamespace):
        module.torchaudio = SimpleNamespace(transforms=SimpleNamespace(MelSpectrogram=MelSpectrogram))
        module.requires_backends = _all_but_torchaudio(module.requires_backends)
    return "stand-in"


def _all_but_torchaudio(check: Callable[[Any, list[str]], None]) -> Callable[[Any, list[str]], None]:
    """Wrap transformers' check for installed packages so that it no longer asks for torchaudio."""

    def requires_backends(obj: Any, backends: list[str]) -> None:
        check(obj, [name for name in backends if name != "torchaudio"])

    return requires_backends
