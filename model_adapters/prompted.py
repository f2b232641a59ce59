"""Speech LLMs by transformers that are asked in words: by the processor's own request, or in a chat.

Processors of newer families make the whole request (`apply_transcription_request`); those of older ones have a chat
template, and what is asked stands in `families`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.errors import UnsuitedError

from .languages import NAMES
from .native import Native
from .processors import encoded
from .speech_llm import Asked

REQUEST = "apply_transcription_request"


class Prompted(Native):
    """A folder of a family in `families` that is asked in words.

    Options: `chat` (true; false is for checkpoints that have learnt no chat: the audio and the words alone), `system`
    (the text before the question, by default the family's) and those of `Native`. The prompt of an utterance is asked
    in place of the family's question, or goes with it where the family takes context: Qwen3-ASR, Fun-ASR, VibeVoice.
    """

    info: ClassVar[AdapterInfo] = replace(
        Native.info,
        tasks=("transcribe", "instruct"),
        follows=("prompt", *Native.info.follows),
        options={**Native.info.options, "chat": True, "system": ""},
    )

    def _settle(self) -> None:
        super()._settle()
        self.processor.tokenizer.padding_side = "left"
        tasks = self.info.tasks if self.family.obeys else self.info.tasks[:1]
        vars(self)["info"] = replace(self.info, tasks=tasks)

    def _one_by_one(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        """Answer as `_answer` does, where a batch would not be heard as its clips are alone."""
        answers = [super(Prompted, self)._answer([wave], asked) for wave in waves]
        return [text for texts, _ in answers for text in texts], [cut for _, cuts in answers for cut in cuts]

    def _encode(self, waves: Sequence[Any], asked: Asked) -> Any:
        if hasattr(self.processor, REQUEST):
            request = getattr(self.processor, REQUEST)
            return request(audio=list(waves), return_tensors="pt", **self._told(request, asked))
        return encoded(self.processor, self._text(asked), waves, self.info.sample_rate)

    def _told(self, request: Any, asked: Asked) -> Mapping[str, Any]:
        """Return what a processor's request takes of language and prompt; raises UnsuitedError for one too many."""
        takes = inspect.signature(request).parameters
        if asked.prompt and "prompt" not in takes:
            raise UnsuitedError(f"{self.source} follows no prompt.")
        told = {"prompt": asked.prompt, "language": asked.language, "source_language": asked.language}
        return {name: value for name, value in told.items() if value and name in takes}

    def _text(self, asked: Asked) -> str:
        """Return the words around the audio, which a token stands for."""
        question = asked.prompt or self._question(asked.language)
        if not self.options["chat"]:
            marks = self.processor
            return f"{marks.audio_bos_token}{marks.audio_token}{marks.audio_eos_token}{question}"
        chat = [{"role": "user", "content": [{"type": "audio", "audio": ""}, {"type": "text", "text": question}]}]
        if system := self.options["system"] or self.family.system:
            chat.insert(0, {"role": "system", "content": [{"type": "text", "text": system}]})
        return str(self.processor.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))

    def _question(self, language: str | None) -> str:
        if language is None or ("{language}" in self.family.question and language not in NAMES):
            return self.family.untold
        return self.family.question.format(code=language, language=NAMES.get(language, ""))

    def _decode(self, tokens: Any) -> list[str]:
        if "return_format" in inspect.signature(self.processor.decode).parameters:
            texts: list[str] = self.processor.decode(tokens, return_format="transcription_only")
            return texts
        return super()._decode(tokens)
