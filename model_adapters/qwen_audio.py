"""Qwen-Audio, the first, by the code that comes with its weights, which is written for transformers 4.32.

Usage as in github.com/QwenLM/Qwen-Audio: README.md, TUTORIAL.md and eval_audio/evaluate_asr.py. Its tokenizer reads
audio from files, by the program ffmpeg, and hears no more than 30 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.errors import MissingDependencyError, UnsuitedError

from .checkpoint_files import read_json
from .foreign import Foreign, as_file, own_info
from .languages import code_for
from .speech_llm import Asked, import_library
from .torch_support import dtype_name, load_model, load_processor

PRECISIONS = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}  # its own names for them
LANGUAGES = frozenset({"en", "zh", "de", "es", "ko", "fr", "ja", "it"})
FFMPEG = "ffmpeg"
UNKNOWN = "unknown"  # its token where the language is not told


class QwenAudio(Foreign):
    """A folder of Qwen-Audio, which is asked by tokens, or of Qwen-Audio-Chat, which is asked in words.

    Which of them it is says generation_config.json. Options: those of `Foreign`.
    """

    chat: bool
    info = own_info(
        "qwen-audio",
        ("transformers", "torch", "tiktoken"),
        ("torch", "transformers", "tiktoken", "transformers_stream_generator"),
        "qwen-audio",
    )
    name: ClassVar[str] = "qwen-audio"
    question = "Recognize the speech"

    def _open(self, folder: Path, precision: Any) -> Mapping[str, Any]:
        transformers = import_library(self.info.extra)
        self.chat = read_json(folder / "generation_config.json").get("chat_format") == "chatml"
        self.processor = load_processor(transformers.AutoTokenizer, folder, trust_remote_code=True)
        self.model = load_model(
            transformers.AutoModelForCausalLM,
            folder,
            dtype=precision,
            device=self.device,
            trust_remote_code=True,
            **{PRECISIONS[dtype_name(precision)]: True},
        )
        return {"class": type(self.model).__name__, "chat": self.chat}

    def _say(self, wave: Any, asked: Asked, limit: int) -> tuple[str, bool]:
        try:
            with as_file(wave, self.info.sample_rate) as path:
                return self._chat(path, asked, limit) if self.chat else self._follow(path, asked, limit)
        except FileNotFoundError as error:
            if error.filename != FFMPEG:
                raise
            raise MissingDependencyError(f"{self.name} reads audio by the program {FFMPEG}; install it.") from error

    def _chat(self, path: str, asked: Asked, limit: int) -> tuple[str, bool]:
        """Ask Qwen-Audio-Chat, which answers in a sentence of its own."""
        query = self.processor.from_list_format([{"audio": path}, {"text": self._asked(asked)}])
        text, _ = self.model.chat(self.processor, query=query, history=None, do_sample=False, max_new_tokens=limit)
        return text, self._reaches(self.processor, text, limit)

    def _follow(self, path: str, asked: Asked, limit: int) -> tuple[str, bool]:
        """Ask Qwen-Audio by the tokens that it was trained with."""
        if asked.prompt:
            raise UnsuitedError(f"{self.source} follows no prompt; Qwen-Audio-Chat does.")
        code = asked.language or UNKNOWN
        query = (
            f"<audio>{path}</audio><|startoftranscript|><|{code}|><|transcribe|><|{code}|><|notimestamps|><|wo_itn|>"
        )
        heard = self.processor.process_audio(query)
        inputs = self.processor(query, return_tensors="pt", audio_info=heard).to(self.device)
        tokens = self.model.generate(**inputs, audio_info=heard, do_sample=False, num_beams=1, max_new_tokens=limit)
        answer = tokens[0, inputs["input_ids"].shape[1] :].cpu().tolist()
        cut = len(answer) >= limit and self.processor.eod_id not in answer
        return self.processor.decode(answer, skip_special_tokens=True), cut

    def _language(self, language: str | None) -> str | None:
        return code_for(language, self.options["languages"] or LANGUAGES, self.source)
