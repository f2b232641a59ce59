"""Fun-ASR-Nano by transformers, whose features are Kaldi's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .prompted import Prompted
from .speech_llm import Asked, import_library
from .torchaudio_stand_in import prepare_fun_asr_features


class FunAsr(Prompted):
    """A folder of the class `FunAsrNanoForConditionalGeneration`; options and prompt are those of `Prompted`.

    Its processor pads no requests, and its encoder hears padding: the clips of a batch go through it one by one.
    """

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        import_library(self.info.extra)
        features = prepare_fun_asr_features()
        return {**super()._load(device, dtype), "features": features}

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        return self._one_by_one(waves, asked)
