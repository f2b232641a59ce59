"""Speech models of transformers that are given audio alone: encoders with a CTC head, encoder-decoders, transducers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import REMOTE_CODE, AdapterInfo

from .families import CTC, SEQ2SEQ, Family, family_of
from .native import Native
from .remote_code import permitted
from .speech_llm import Asked
from .torch_support import import_torch, synchronize


class TransformersGeneric(Native):
    """A folder of a family in `families` whose processor takes audio alone, or with the language.

    Clips go through the model one by one, unpadded: many of these models were trained without attention masks and
    hear padding as audio. Options: those of `Native`, and `trust_remote_code`: the commit of a checkpoint with code of
    its own at which the user has allowed that code.
    """

    info: ClassVar[AdapterInfo] = replace(Native.info, own_code="may", options={**Native.info.options, REMOTE_CODE: ""})

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        details = super()._load(device, dtype)
        return {**details, "ctc": self.family.model == CTC}

    def _family(self, config: Mapping[str, Any]) -> Family:
        own = config.get("auto_map") or ()
        known = family_of(config) or Family("")
        if self.options[REMOTE_CODE]:
            return replace(known, model=next((name for name in (CTC, SEQ2SEQ) if name in own), known.model or SEQ2SEQ))
        return super()._family(config)

    def _own_code(self, folder: Path) -> Mapping[str, str]:
        return permitted(folder, self.options) if self.options[REMOTE_CODE] else {}

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        answers = [self._listen(wave, asked) for wave in waves]
        return [text for text, _ in answers], [cut for _, cut in answers]

    def _inputs(self, wave: Any, asked: Asked) -> Any:
        """Return what the model takes, of one clip."""
        told = {"language": asked.language} if self.family.must_be_told else {}
        return self.processor(audio=wave, sampling_rate=self.info.sample_rate, return_tensors="pt", **told)

    def _listen(self, wave: Any, asked: Asked) -> tuple[str, bool]:
        """Return one piece's text, and whether the limit of new tokens ended it."""
        torch = import_torch()
        inputs = self._inputs(wave, asked).to(self.device, dtype=self.model.dtype)
        limit = self._limit(len(wave) / self.info.sample_rate, asked)
        spelt = self.family.model == CTC and "generate" not in vars(type(self.model))
        with torch.inference_mode():
            if spelt:
                tokens = self.model(**inputs).logits.argmax(dim=-1).cpu()
            else:
                tokens = self._generate(inputs, limit, asked).cpu()
        synchronize(self.device)
        # Of spelt letters the blanks must stay: they keep the two letters of a double letter apart.
        (text,) = self.processor.batch_decode(tokens, skip_special_tokens=not spelt)
        cut = limit is not None and tokens.shape[1] > limit and self._end_tokens().isdisjoint(tokens[0, 1:].tolist())
        return text, cut

    def _limit(self, seconds: float, asked: Asked) -> int | None:
        """Return the bound on the tokens of an answer; None where it ends with the audio."""
        per_second = self.family.tokens_per_second
        if self.family.model == CTC or per_second is None:
            return None
        return asked.decoding.max_new_tokens or 16 + int(per_second * seconds)

    def _generate(self, inputs: Any, limit: int | None, asked: Asked) -> Any:
        """Return the answer's tokens, of shape (1, n), without what the model was asked."""
        bounds = {} if limit is None else {"max_new_tokens": limit, "num_beams": self._beams(asked.decoding)}
        answer = self.model.generate(**inputs, **bounds)
        tokens = getattr(answer, "sequences", answer)
        return tokens[:, inputs["input_ids"].shape[1] :] if "input_ids" in inputs else tokens
