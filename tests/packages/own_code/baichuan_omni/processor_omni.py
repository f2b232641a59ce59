"""The surface of Baichuan-Omni's processor: a text with the path of an audio file as JSON between two tokens."""

import json
import os
import re
from types import SimpleNamespace

import torch

from .hearing import read


class OmniMMProcessor:
    def __init__(self, tokenizer, config, training, relative_path=None, **kwargs):
        self.tokenizer, self.relative_path = tokenizer, relative_path
        ends = [config.audio_config.audio_start_token_id, config.audio_config.audio_end_token_id]
        self.start, self.end = tokenizer.convert_ids_to_tokens(ends)

    def __call__(self, example, parallel=128):
        assert isinstance(example, list) and len(example) == 1
        before, named = re.fullmatch(
            f"(.*?){re.escape(self.start)}(.*?){re.escape(self.end)}", example[0], re.S
        ).groups()
        samples = read(os.path.join(self.relative_path, json.loads(named)["path"]))
        input_ids = self.tokenizer(f"{before} {self.start} {self.end}", return_tensors="pt")["input_ids"]
        lengths = torch.tensor([len(samples)])
        return SimpleNamespace(
            input_ids=input_ids,
            attention_mask=torch.ones_like(input_ids),
            audios=samples[None],
            encoder_length=lengths,
            bridge_length=lengths // 2,
        )
