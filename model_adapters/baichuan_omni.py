"""Baichuan-Omni 1.5 by the code that comes with its weights, which is written for torch 2.4 and transformers 4.45.

Usage as in github.com/baichuan-inc/Baichuan-Omni-1.5, web_demo/base_asr_demo.py, with its prompt ("write the speech
down as text") and its penalty on repetition, but without sampling, as that script runs by itself. Its processor
reads audio from files, by torchaudio.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from .foreign import Foreign, as_file, own_info
from .speech_llm import Asked, import_library
from .torch_support import load_model, load_processor

PENALTY = 1.3
HEARD = ("audios", "encoder_length", "bridge_length")


class BaichuanOmni(Foreign):
    """A folder of Baichuan-Omni 1.5, or of its base model. Options: those of `Foreign`."""

    info = own_info(
        "baichuan-omni",
        ("transformers", "torch", "torchaudio"),
        ("torch", "transformers", "torchaudio"),
        "baichuan-omni",
    )
    name: ClassVar[str] = "baichuan-omni"
    question = "将语音转录为文本:"

    def _open(self, folder: Path, precision: Any) -> Mapping[str, Any]:
        transformers = import_library(self.info.extra)
        self.processor = load_processor(transformers.AutoTokenizer, folder, trust_remote_code=True)
        self.model = load_model(
            transformers.AutoModelForCausalLM, folder, dtype=precision, device=self.device, trust_remote_code=True
        )
        self.model.config.use_cache = True
        self.model.bind_processor(self.processor, training=False, relative_path="/")
        audio = self.model.config.audio_config
        ends = [audio.audio_start_token_id, audio.audio_end_token_id]
        self.before, self.behind = self.processor.convert_ids_to_tokens(ends)
        return {"class": type(self.model).__name__, "repetition_penalty": PENALTY}

    def _say(self, wave: Any, asked: Asked, limit: int) -> tuple[str, bool]:
        with as_file(wave, self.info.sample_rate) as path:
            named = json.dumps({"path": path})
            inputs = self.model.processor([f"{self._asked(asked)}{self.before}{named}{self.behind}"])
        heard = {name: getattr(inputs, name) for name in HEARD}
        tokens = self.model.generate(
            input_ids=inputs.input_ids.to(self.device),
            attention_mask=inputs.attention_mask.to(self.device),
            labels=None,
            **{name: value if value is None else value.to(self.device) for name, value in heard.items()},
            max_new_tokens=limit,
            num_beams=1,
            do_sample=False,
            repetition_penalty=PENALTY,
        )
        answer = tokens[:, inputs.input_ids.shape[1] :].cpu()
        (text,) = self.processor.batch_decode(answer, skip_special_tokens=True)
        return text, answer.shape[1] >= limit and self.processor.eos_token_id not in answer[0].tolist()
