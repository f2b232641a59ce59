"""The surface of Qwen-Audio's model: `generate` with audio_info, and `chat`."""

import torch
import transformers

from .configuration_qwen import QWenConfig
from .hearing import Hearing
from .marker import ran

ran()


class QWenLMHeadModel(transformers.PreTrainedModel):
    config_class = QWenConfig

    def __init__(self, config):
        super().__init__(config)
        assert config.bf16 + config.fp16 + config.fp32 == 1
        self.hearing = Hearing(config.clips)
        self.post_init()

    def _init_weights(self, module):
        pass

    def forward(self, audio_info):
        return self.hearing(audio_info["input_audios"][0])

    def generate(
        self,
        input_ids=None,
        attention_mask=None,
        token_type_ids=None,
        audio_info=None,
        max_new_tokens=None,
        do_sample=True,
        num_beams=1,
        return_dict_in_generate=False,
        generation_config=None,
        stop_words_ids=None,
    ):
        assert not do_sample and attention_mask is not None or stop_words_ids is not None
        asked = input_ids[0].tolist()
        taught = self.config.asked_in_words if stop_words_ids is not None else self.config.asked_by_tokens
        known = any(asked[-len(question) :] == question for question in taught)
        answer = self.config.answers[self.forward(audio_info) if known else -1]
        tokens = torch.tensor([(answer + [self.config.eod_id])[:max_new_tokens]], device=input_ids.device)
        return torch.cat([input_ids, tokens], dim=1)

    def chat(
        self,
        tokenizer,
        query,
        history,
        system="You are a helpful assistant.",
        append_history=True,
        stream=None,
        stop_words_ids=None,
        generation_config=None,
        **kwargs,
    ):
        assert stream is None and history is None and "<audio>" in query
        audio_info = tokenizer.process_audio(query)
        input_ids = torch.tensor([tokenizer(query, audio_info=audio_info)["input_ids"]])
        outputs = self.generate(
            input_ids, stop_words_ids=[], return_dict_in_generate=False, audio_info=audio_info, **kwargs
        )
        response = tokenizer.decode(outputs[0, input_ids.shape[1] :].tolist(), skip_special_tokens=True)
        return response, [(query, response)]
