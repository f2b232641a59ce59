import torch
import transformers

from .configuration_omni import OmniConfig
from .hearing import Hearing
from .marker import ran
from .processor_omni import OmniMMProcessor

ran()


class OmniForCausalLM(transformers.PreTrainedModel):
    config_class = OmniConfig

    def __init__(self, config):
        super().__init__(config)
        self.hearing = Hearing(config.clips)
        self.post_init()

    def _init_weights(self, module):
        pass

    def bind_processor(self, tokenizer, **kwargs):
        self.processor = OmniMMProcessor(tokenizer, self.config, **kwargs)
        return self.processor

    def forward(self, audios):
        return self.hearing(audios[0])

    def generate(
        self,
        input_ids,
        attention_mask=None,
        labels=None,
        audios=None,
        encoder_length=None,
        bridge_length=None,
        max_new_tokens=700,
        num_beams=1,
        do_sample=False,
        repetition_penalty=1.3,
    ):
        assert self.config.use_cache and bridge_length is not None and encoder_length.tolist() == [audios.shape[1]]
        answer = self.config.answers[self.forward(audios)]
        tokens = torch.tensor([(answer + [self.config.eos_token_id])[:max_new_tokens]], device=input_ids.device)
        return torch.cat([input_ids, tokens], dim=1)
