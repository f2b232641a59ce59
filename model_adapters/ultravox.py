"""Ultravox by transformers, with the pipeline that comes with its weights.

Usage as on the cards of fixie-ai/ultravox-v0_5-llama-3_2-1b and its sisters; the question is that of the authors' own
evaluation of transcripts (github.com/fixie-ai/ultravox). A release holds the projector alone, and its code takes Llama
and Whisper from the hub: both have to be in the hub's cache, or be downloadable, which for Llama takes Meta's consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from .foreign import Foreign, own_info
from .speech_llm import Asked, import_library
from .torch_support import precision_option

AUDIO = "<|audio|>"


class Ultravox(Foreign):
    """A folder of an Ultravox. Options: those of `Foreign`."""

    info = own_info("ultravox", ("transformers", "torch", "peft"), ("torch", "transformers", "peft"), "ultravox")
    name: ClassVar[str] = "ultravox"
    question = f"Repeat the following text, without any explanation: {AUDIO}"

    def _open(self, folder: Path, precision: Any) -> Mapping[str, Any]:
        transformers = import_library(self.info.extra)
        self.model = transformers.pipeline(
            model=str(folder),
            trust_remote_code=True,
            device=self.device,
            **precision_option(precision),
        )
        self.model.model.eval()
        return {"class": type(self.model).__name__}

    def _say(self, wave: Any, asked: Asked, limit: int) -> tuple[str, bool]:
        question = self._asked(asked)
        content = question if AUDIO in question else f"{question}\n{AUDIO}"
        turns = [{"role": "user", "content": content}]
        heard = {"audio": wave, "turns": turns, "sampling_rate": self.info.sample_rate}
        text: str = self.model(heard, max_new_tokens=limit)
        return text, self._reaches(self.model.tokenizer, text, limit)
