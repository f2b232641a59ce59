"""A tiny convolutional CTC model in the layout in which onnx-asr reads NeMo's: model.onnx, vocab.txt, config.json.

Its features are those of onnx-asr's own front end for NeMo; its tokens are the words of the clips, because at one frame
in 80 ms there are fewer frames than letters. The int8 file beside it is made by ONNX Runtime.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.checkpoints import onnx_pair, whisper_onnx
from tests.checkpoints.common import clips
from tests.checkpoints.onnx_pair import quiet, to_onnx
from tests.checkpoints.training import prepare, train
from tests.checkpoints.whisper_onnx import quantise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCES = (Path(onnx_pair.__file__), Path(whisper_onnx.__file__))
BANDS, WIDTH, BLANK = 80, 96, "<blk>"


def make(folder: Path) -> None:
    """Train the model and save it in `folder`."""
    import torch

    prepare(threads=1)
    texts = [clip.text.lower() for clip in clips()]
    words = sorted({word for text in texts for word in text.split()})
    model, blank = _model(len(words) + 1), len(words)
    signal, length = (torch.from_numpy(part) for part in features([clip.samples for clip in clips()]))
    labels = torch.tensor([words.index(word) for text in texts for word in text.split()])
    counts = torch.tensor([len(text.split()) for text in texts])

    def backward() -> float:
        scores = model(signal, length).transpose(0, 1)
        loss = torch.nn.functional.ctc_loss(scores, labels, (length - 1) // 8 + 1, counts, blank=blank)
        loss.backward()
        return float(loss.detach())

    def transcribe() -> Sequence[str]:
        with torch.no_grad():
            best = model(signal, length).argmax(-1).tolist()
        ends = ((length - 1) // 8 + 1).tolist()
        paths = [collapsed(one[:end], blank) for one, end in zip(best, ends, strict=True)]
        return [" ".join(words[token] for token in path) for path in paths]

    train(model.parameters(), backward, transcribe, texts, steps=400, settled=0.01)
    _save(model, (signal, length), words, folder)


def features(samples: Sequence[NDArray[np.float32]]) -> tuple[Any, Any]:
    """Return NeMo's log-mel features of some clips, shape (clips, 80, frames), and their numbers of frames."""
    from onnx_asr.preprocessors.numpy_preprocessor import NemoPreprocessorNumpy
    from onnx_asr.utils import pad_list

    made: tuple[Any, Any] = NemoPreprocessorNumpy(f"nemo{BANDS}")(*pad_list(list(samples)))
    return made


def collapsed(tokens: Sequence[int], blank: int) -> list[int]:
    """Return the tokens of a CTC path."""
    return [one for one, before in zip(tokens, [blank, *tokens], strict=False) if one not in (before, blank)]


def _model(size: int) -> Any:
    import torch

    class Convolutions(torch.nn.Module):  # type: ignore[misc]
        """Three strides of two, each masked behind a clip's end; gives log-probabilities (clips, frames / 8, words)."""

        def __init__(self) -> None:
            super().__init__()
            sizes = ((BANDS, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH))
            self.strides = torch.nn.ModuleList(torch.nn.Conv1d(*one, 5, stride=2, padding=2) for one in sizes)
            self.head = torch.nn.Linear(WIDTH, size)

        def forward(self, audio_signal: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
            hidden = audio_signal
            for stride in self.strides:
                hidden = torch.relu(stride(hidden))
                length = (length - 1) // 2 + 1
                hidden = hidden * (torch.arange(hidden.shape[2])[None, None] < length[:, None, None])
            scores: torch.Tensor = self.head(hidden.transpose(1, 2)).log_softmax(-1)
            return scores

    return Convolutions().eval()


def _save(model: Any, example: tuple[Any, Any], words: Sequence[str], folder: Path) -> None:
    import torch

    vary = torch.export.Dim.DYNAMIC
    with quiet():
        sizes = ({0: vary, 2: vary}, {0: vary})
        to_onnx(model, example, folder / "model.onnx", sizes, ["audio_signal", "length"], ["logprobs"])
    quantise(folder / "model.onnx", folder / "model.int8.onnx")
    # U+2581 is SentencePiece's mark of a word's beginning.
    lines = [f"\u2581{word} {number}" for number, word in enumerate(words)]
    (folder / "vocab.txt").write_text("\n".join([*lines, f"{BLANK} {len(words)}"]) + "\n", "utf-8")
    config = {"model_type": "nemo-conformer-ctc", "features_size": BANDS, "subsampling_factor": 8}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
