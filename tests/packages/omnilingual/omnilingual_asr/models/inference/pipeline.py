"""The surface of Omnilingual ASR's pipeline, around a model that knows clips by their spectra."""

import sys
from pathlib import Path

import torch
from fairseq2.models.hub import Wav2Vec2LlamaModel

sys.path.insert(0, str(Path(__file__).parents[4] / "own_code"))
from hearing import Hearing

MAX_ALLOWED_AUDIO_SEC = 40


class ASRInferencePipeline:
    def __init__(
        self, model_card, *, model=None, tokenizer=None, device=None, dtype=torch.bfloat16, beam_search_config=None
    ):
        assert model_card is None
        assert model is not None and tokenizer is not None
        self.model, self.tokenizer = model, tokenizer
        self.beam_search_generator = object() if isinstance(model, Wav2Vec2LlamaModel) else None
        self.hearing = Hearing(len(model.keys))
        self.hearing.keys.data = model.keys
        self.languages = []

    def transcribe(self, inp, *, lang=None, batch_size=2):
        lang = lang or [None] * len(inp)
        assert len(lang) == len(inp)
        self.languages += lang
        texts = []
        for one in inp:
            waveform, rate = torch.tensor(one["waveform"]), int(one["sample_rate"])
            if len(waveform) / rate > MAX_ALLOWED_AUDIO_SEC:
                raise ValueError(f"Max audio length is capped at {MAX_ALLOWED_AUDIO_SEC}s")
            texts.append(self.tokenizer[self.hearing(waveform)])
        return texts
