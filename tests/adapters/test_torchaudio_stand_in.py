"""The stand-in for torchaudio's mel spectrogram against independent computations of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.checkpoints.common import ROOT, clips

pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

GRANITE = {"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 80}
OTHER = {"n_fft": 1024, "win_length": 1024, "hop_length": 256, "n_mels": 64}
EXTRACT = """
import torch
from pytest_asrbench.model_adapters.torchaudio_stand_in import prepare_granite_features
print(prepare_granite_features(), prepare_granite_features())
from transformers import AutoModelForSpeechSeq2Seq, GraniteSpeechFeatureExtractor
print(tuple(GraniteSpeechFeatureExtractor()(torch.randn(1, 16000))["input_features"].shape))
"""


def log_mel(power: Any) -> Any:
    """Return what the model sees of a power spectrogram: log10, floored 8 below its peak."""
    levels = torch.clamp(torch.as_tensor(power), min=1e-10).log10()
    return torch.maximum(levels, levels.max() - 8)


@pytest.mark.parametrize("sizes", [GRANITE, OTHER], ids=["granite", "other"])
def test_equals_librosa(sizes: dict[str, int]) -> None:
    librosa = pytest.importorskip("librosa")
    from pytest_asrbench.model_adapters.torchaudio_stand_in import MelSpectrogram

    for clip in clips():
        ours = MelSpectrogram(16_000, **sizes)(torch.from_numpy(clip.samples)[None])[0]
        theirs = librosa.feature.melspectrogram(
            y=clip.samples, sr=16_000, htk=True, norm=None, pad_mode="reflect", power=2.0, **sizes
        )
        assert ours.shape == theirs.shape
        assert torch.allclose(log_mel(ours), log_mel(theirs), atol=1e-3)


def test_equals_torchaudio() -> None:
    torchaudio = pytest.importorskip("torchaudio", exc_type=(ImportError, OSError))  # type: ignore[arg-type]
    from pytest_asrbench.model_adapters.torchaudio_stand_in import MelSpectrogram

    wave = torch.from_numpy(clips()[0].samples)[None]
    theirs = torchaudio.transforms.MelSpectrogram(sample_rate=16_000, **GRANITE)(wave)
    assert torch.allclose(log_mel(MelSpectrogram(16_000, **GRANITE)(wave)), log_mel(theirs), atol=1e-3)


def extract(path: Path) -> str:
    """Make Granite's features in a fresh interpreter that looks for packages in `path` too."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXTRACT],
        env={"PYTHONPATH": f"{path}{':' if sys.platform != 'win32' else ';'}{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_leaves_the_work_to_a_torchaudio_that_loads(tmp_path: Path) -> None:
    (tmp_path / "torchaudio").mkdir()
    (tmp_path / "torchaudio" / "__init__.py").write_text("__version__ = '9.9'\nfrom . import transforms")
    (tmp_path / "torchaudio" / "transforms.py").write_text(
        "from pytest_asrbench.model_adapters.torchaudio_stand_in import MelSpectrogram as Ours\n"
        "class MelSpectrogram(Ours): pass"
    )
    assert extract(tmp_path) == "torchaudio 9.9 torchaudio 9.9\n(1, 50, 160)\n"
