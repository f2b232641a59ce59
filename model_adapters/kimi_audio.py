"""Kimi-Audio by its authors' package `kimia_infer`, which runs code that comes with the weights. On CUDA alone.

Usage as in github.com/MoonshotAI/Kimi-Audio, README.md and kimia_infer/api/kimia.py, without the part that speaks. The
package takes a tokenizer of audio (THUDM/glm-4-voice-tokenizer) from the hub by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.errors import DeviceError

from .foreign import Foreign, as_file, import_own, own_info
from .speech_llm import Asked
from .torch_support import dtype_name, import_torch

PRECISION = "bfloat16"
# Those of README.md for text; for audio, of which none is asked, nothing is drawn by chance.
SAMPLING = {
    "audio_temperature": 0.0,
    "audio_top_k": 5,
    "audio_repetition_penalty": 1.0,
    "audio_repetition_window_size": 64,
    "text_temperature": 0.0,
    "text_top_k": 5,
    "text_repetition_penalty": 1.0,
    "text_repetition_window_size": 16,
}


class KimiAudio(Foreign):
    """A folder of Kimi-Audio-7B-Instruct. Options: those of `Foreign`.

    Its answers come as texts, so that the record cannot tell those that the limit of new tokens has ended.
    """

    info = own_info(
        "kimi-audio", ("torch", "transformers", "flash-attn"), ("torch", "transformers", "kimia_infer", "flash_attn")
    )
    name: ClassVar[str] = "kimi-audio"
    question = "Please transcribe the following audio:"

    def _open(self, folder: Path, precision: Any) -> Mapping[str, Any]:
        self._check_place(dtype_name(precision))
        library = import_own("kimia_infer.api.kimia", "the section on Kimi-Audio")
        self.model = library.KimiAudio(model_path=str(folder), load_detokenizer=False)
        return dict(SAMPLING)

    def _check_place(self, precision: str) -> None:
        """Raise DeviceError for what the package does not compute on, or in."""
        if self.device.type != "cuda":
            raise DeviceError(f"{self.name} runs on CUDA alone, not on {self.device}; its package has no other way.")
        if precision != PRECISION:
            raise DeviceError(f"{self.name} computes in {PRECISION} alone, not in {precision}; take dtype auto.")
        import_torch().cuda.set_device(self.device)

    def _say(self, wave: Any, asked: Asked, limit: int) -> tuple[str, bool]:
        with as_file(wave, self.info.sample_rate) as path:
            messages = [
                {"role": "user", "message_type": "text", "content": self._asked(asked)},
                {"role": "user", "message_type": "audio", "content": path},
            ]
            _, text = self.model.generate(messages, **SAMPLING, output_type="text", max_new_tokens=limit)
        return text, False
