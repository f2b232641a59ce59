import torch
import transformers

from .hearing import Hearing
from .marker import ran
from .ultravox_config import UltravoxConfig

ran()


class UltravoxModel(transformers.PreTrainedModel):
    config_class = UltravoxConfig
    _no_split_modules = []

    def __init__(self, config):
        super().__init__(config)
        self.hearing = Hearing(config.clips)
        self.post_init()

    def _init_weights(self, module):
        pass

    def forward(self, audio_values):
        return self.hearing(audio_values)

    def generate(
        self,
        input_ids,
        audio_values,
        do_sample=False,
        temperature=None,
        max_new_tokens=None,
        repetition_penalty=1.1,
        eos_token_id=None,
    ):
        answer = self.config.answers[self.forward(audio_values)]
        tokens = torch.tensor([(answer + eos_token_id[:1])[:max_new_tokens]], device=input_ids.device)
        return torch.cat([input_ids, tokens], dim=1)
