"""The surface of fixie-ai's pipeline: inputs are a dict of audio, turns and sampling_rate, the answer is a text.

Old versions of transformers copy what a file imports, and not what that imports: all of it is named here.
"""

import torch
import transformers

from .hearing import RATE
from .marker import ran
from .ultravox_config import UltravoxConfig  # noqa: F401
from .ultravox_model import UltravoxModel

ran()


class UltravoxPipeline(transformers.Pipeline):
    def __init__(self, model: UltravoxModel, tokenizer=None, audio_processor=None, **kwargs):
        if tokenizer is None:
            tokenizer = transformers.AutoTokenizer.from_pretrained(model.config._name_or_path)
        super().__init__(model=model, tokenizer=tokenizer, **kwargs)

    def _sanitize_parameters(self, **kwargs):
        names = ["temperature", "max_new_tokens", "repetition_penalty"]
        return {}, {name: kwargs[name] for name in names if name in kwargs}, {}

    def preprocess(self, inputs):
        turns, audio = inputs.get("turns", []), inputs.get("audio", None)
        if audio is not None and (len(turns) == 0 or turns[-1]["role"] != "user"):
            turns.append({"role": "user", "content": inputs.get("prompt", "<|audio|>")})
        text = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        if text.count("<|audio|>") != 1:
            raise ValueError("the audio has no place in the text")
        if inputs.get("sampling_rate", RATE) != RATE:
            raise ValueError("another rate")
        input_ids = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        return {"input_ids": input_ids, "audio_values": torch.from_numpy(audio).to(self.model.dtype)}

    def _forward(self, model_inputs, temperature=None, max_new_tokens=None, repetition_penalty=1.1):
        input_len = model_inputs["input_ids"].shape[1]
        outputs = self.model.generate(
            **model_inputs,
            do_sample=bool(temperature),
            temperature=temperature or None,
            max_new_tokens=max_new_tokens,
            repetition_penalty=repetition_penalty,
            eos_token_id=[self.tokenizer.eos_token_id],
        )
        return outputs[0][input_len:]

    def postprocess(self, model_outputs):
        return self.tokenizer.decode(model_outputs, skip_special_tokens=True)


transformers.pipelines.PIPELINE_REGISTRY.register_pipeline(
    "ultravox-pipeline", pipeline_class=UltravoxPipeline, pt_model=transformers.AutoModel, type="multimodal"
)
