"""What adapters of speech LLMs share: options, long audio, greedy generation, and the outcome of each piece.

A speech LLM is a language model that reads audio among the words of its prompt and answers with the transcript.
A family's own file says how it is loaded and how its prompt is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Audio, Loaded, Request, Transcript
from pytest_asrbench.errors import AudioError, MissingDependencyError

from . import chunking
from .languages import code_for
from .optional_packages import hide_unusable
from .options import parse_options
from .torch_support import dtype_name, import_torch, import_transformers, synchronize

# Fast speech has 4 to 5 words a second, and 1 to 2 tokens a word: what goes on beyond this is a repetition loop.
TOKENS_PER_SECOND = 12
SPARE_TOKENS = 64
LEAST_SAMPLES = 1_600


class SpeechLLM:
    """An adapter but for `_load` and `_encode`. Decoding is greedy, or a beam search with the option `num_beams`.

    Options of all families: `num_beams` (1), `max_seconds` (longest piece given to the model at once) and
    `languages` (the ISO 639-1 codes that the checkpoint knows, as a list or with blanks between them).
    """

    info: ClassVar[AdapterInfo]
    name: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]] = {}
    languages: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        known = {"num_beams": 1, "max_seconds": self.info.max_seconds, "languages": self.languages, **self.defaults}
        self.source = source
        self.options = {**known, **parse_options(self.name, options, known)}
        self.model: Any = None
        self.processor: Any = None
        self.device: Any = None

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        """Set `model`, `processor` and `device`; return details for the record."""
        raise NotImplementedError

    def _encode(self, waves: Sequence[Any], request: Request) -> Any:
        """Return the model's inputs, a BatchFeature padded on the left, for float32 arrays of shape (samples,)."""
        raise NotImplementedError

    def load(self, device: str, dtype: str) -> Loaded:
        """Load model and processor; see `Adapter.load`."""
        details = self._load(device, dtype)
        # Releases name sampling defaults that greedy decoding does not use, and transformers warns about each.
        self.model.generation_config.update(do_sample=False, temperature=None, top_p=None, top_k=None)
        return Loaded(device, dtype_name(self.model.dtype), {"num_beams": self.options["num_beams"], **details})

    def transcribe(self, batch: Sequence[Audio], request: Request) -> list[Transcript]:
        """Return one transcript per clip.

        Clips longer than `max_seconds` are cut at pauses (see `chunking`). `details` tells the number of pieces if
        there are several, and in how many of them the answer was ended by the limit of new tokens.
        """
        request = replace(request, language=self._language(request.language))
        endless: list[bool] = []

        def answer(waves: list[Any]) -> list[str]:
            texts, cut = self._answer(waves, request)
            endless.extend(cut)
            return texts

        pieces = chunking.transcribe_pieces(
            [self._samples(clip) for clip in batch], self.info.sample_rate, float(self.options["max_seconds"]), answer
        )
        results, first = [], 0
        for text, count in pieces:
            results.append(Transcript(text, _details(count, sum(endless[first : first + count]))))
            first += count
        return results

    def close(self) -> None:
        """Drop the model."""
        self.model = self.processor = None

    def _samples(self, clip: Audio) -> Any:
        if clip.sample_rate != self.info.sample_rate:
            raise AudioError(f"{clip.name or 'a clip'} has {clip.sample_rate} Hz; {self.name} needs 16000 Hz.")
        if clip.samples >= LEAST_SAMPLES:
            return clip.numpy().copy()  # writable: torch warns about arrays that are not
        import numpy

        return numpy.pad(clip.numpy(), (0, LEAST_SAMPLES - clip.samples))  # no encoder takes less

    def _language(self, language: str | None) -> str | None:
        """Return the model's code of a request's language; raises UnsuitedError for one that it lacks."""
        return code_for(language, self.options["languages"], self.name)

    def _answer(self, waves: Sequence[Any], request: Request) -> tuple[list[str], list[bool]]:
        """Return each piece's text, and whether the limit of new tokens ended it."""
        torch = import_torch()
        inputs = self._encode(waves, request).to(self.device, dtype=self.model.dtype)
        seconds = max(len(wave) for wave in waves) / self.info.sample_rate
        limit = request.max_new_tokens or SPARE_TOKENS + int(TOKENS_PER_SECOND * seconds)
        least = {"min_new_tokens": request.options["min_new_tokens"]} if "min_new_tokens" in request.options else {}
        with torch.inference_mode():
            tokens = self.model.generate(**inputs, max_new_tokens=limit, num_beams=self.options["num_beams"], **least)
        answers = tokens[:, inputs["input_ids"].shape[1] :].cpu()
        synchronize(self.device)
        return self._decode(answers), self._endless(answers, limit)

    def _endless(self, answers: Any, limit: int) -> list[bool]:
        """Whether each row of tokens, padded to the longest, has reached the limit without an end."""
        if answers.shape[1] < limit:
            return [False] * len(answers)
        ends = self._end_tokens()
        return [ends.isdisjoint(row) for row in answers.tolist()]

    def _end_tokens(self) -> set[int]:
        ends = self.model.generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {ends}

    def _decode(self, tokens: Any) -> list[str]:
        texts: list[str] = self.processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return texts


def import_library(extra: str) -> Any:
    """Import transformers, unharmed by a torchvision or torchaudio that was built for another torch, and return it.

    Raises MissingDependencyError if it, or the part of it that all models need, cannot be imported.
    """
    transformers = import_transformers(extra)
    hide_unusable("torchvision", "torchaudio")
    try:
        transformers.PreTrainedModel, transformers.ProcessorMixin  # noqa: B018 - imported now, with all they need
    except (ImportError, OSError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise MissingDependencyError(f"transformers cannot import its models here: {reason}") from error
    return transformers


def _details(pieces: int, endless: int) -> dict[str, Any]:
    details = {"pieces": pieces} if pieces > 1 else {}
    return {**details, "stopped_by_token_limit": endless} if endless else details
