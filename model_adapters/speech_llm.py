"""What adapters of speech LLMs share: options, long audio, greedy generation, and the outcome of each piece.

A speech LLM is a language model that reads audio among the words of its prompt and answers with the transcript.
A family's own file says how it is loaded and how its prompt is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Audio, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import AudioError, MissingDependencyError

from . import chunking, forms
from .batches import in_groups
from .checkpoint_files import processor_folder
from .languages import code_for
from .optional_packages import hide_unusable
from .options import parse_options
from .torch_support import import_torch, import_transformers, load_processor, synchronize

# Fast speech has 4 to 5 words a second, and 1 to 2 tokens a word: what goes on beyond this is a repetition loop.
TOKENS_PER_SECOND = 12
SPARE_TOKENS = 64
LEAST_SAMPLES = 1_600
# What all families heed of a decoding, and the options that all of them have.
FOLLOWS = ("max_new_tokens", "num_beams")
OPTIONS: Mapping[str, Any] = {"num_beams": 1, "processor": "", **forms.OPTIONS}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of all clips that go through the model together: language is the model's own code."""

    language: str | None = None
    prompt: str | None = None
    decoding: Decoding = field(default_factory=Decoding, hash=False)


class SpeechLLM:
    """An adapter but for `_load` and `_encode`. Decoding is greedy, or a beam search with the option `num_beams`.

    Options of all families: `num_beams` (1), `max_seconds` (longest piece given to the model at once),
    `languages` (the ISO 639-1 codes that the checkpoint knows, as a list or with blanks between them) and `processor`
    (the folder or repository of the processor, where the checkpoint comes without one); `info` has their defaults.
    """

    info: ClassVar[AdapterInfo]
    name: ClassVar[str]
    tokens_per_second = float(TOKENS_PER_SECOND)
    choices: Mapping[str, Any] = {}  # what `generate` is told besides

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options(self.name, options, self.info.options)}
        self.model: Any = None
        self.processor: Any = None
        self.device: Any = None

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        """Set `model`, `processor` and `device`; return details for the record."""
        raise NotImplementedError

    def _encode(self, waves: Sequence[Any], asked: Asked) -> Any:
        """Return the model's inputs, a BatchFeature padded on the left, for float32 arrays of shape (samples,)."""
        raise NotImplementedError

    def _load_processor(self, cls: Any, folder: Path, **options: Any) -> Any:
        """Load the checkpoint's processor, or the one that is named in its stead; see `load_processor`."""
        return load_processor(cls, processor_folder(folder, self.options["processor"]), **options)

    def load(self, device: str, dtype: str) -> Loaded:
        """Load model and processor; see `Adapter.load`."""
        self.source, self.options["lora"] = forms.resolved(self.source, self.options["lora"])
        details = {**self._load(device, dtype), **forms.tune(self.model, self.options)}
        if settings := getattr(self.model, "generation_config", None):
            # Releases name sampling defaults that greedy decoding does not use, and transformers warns about each.
            settings.update(do_sample=False, temperature=None, top_p=None, top_k=None)
        precision = forms.precision(self.model, self.options)
        return Loaded(device, precision, {"num_beams": self.options["num_beams"], **details})

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Return one transcript per clip; those that differ in language or prompt go through the model in turn.

        Clips longer than `max_seconds` are cut at pauses (see `chunking`). `details` tells the number of pieces if
        there are several, and in how many of them the answer was ended by the limit of new tokens.
        """
        return in_groups(
            batch,
            lambda one: Asked(self._language(one.language), one.prompt, decoding),
            lambda group, asked: self._transcribe([self._samples(one.audio) for one in group], asked),
        )

    def close(self) -> None:
        """Drop the model."""
        self.model = self.processor = None

    def _transcribe(self, waves: Sequence[Any], asked: Asked) -> list[Transcript]:
        endless: list[bool] = []

        def answer(pieces: list[Any]) -> list[str]:
            texts, cut = self._answer(pieces, asked)
            endless.extend(cut)
            return texts

        longest = float(self.options["max_seconds"])
        pieces = chunking.transcribe_pieces(waves, self.info.sample_rate, longest, answer)
        results, first = [], 0
        for text, count in pieces:
            results.append(Transcript(text, _details(count, sum(endless[first : first + count]))))
            first += count
        return results

    def _samples(self, clip: Audio) -> Any:
        if clip.sample_rate != self.info.sample_rate:
            rate = self.info.sample_rate
            raise AudioError(f"{clip.name or 'a clip'} has {clip.sample_rate} Hz; {self.name} needs {rate} Hz.")
        if clip.samples >= LEAST_SAMPLES:
            return clip.numpy().copy()  # writable: torch warns about arrays that are not
        import numpy

        return numpy.pad(clip.numpy(), (0, LEAST_SAMPLES - clip.samples))  # no encoder takes less

    def _language(self, language: str | None) -> str | None:
        """Return the model's code of a request's language; raises UnsuitedError for one that it lacks."""
        return code_for(language, self.options["languages"], self.name)

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        """Return each piece's text, and whether the limit of new tokens ended it."""
        torch = import_torch()
        inputs = self._encode(waves, asked).to(self.device, dtype=self.model.dtype)
        seconds = max(len(wave) for wave in waves) / self.info.sample_rate
        decoding = asked.decoding
        limit = decoding.max_new_tokens or SPARE_TOKENS + int(self.tokens_per_second * seconds)
        least = {"min_new_tokens": decoding.options["min_new_tokens"]} if "min_new_tokens" in decoding.options else {}
        choices = {"max_new_tokens": limit, "num_beams": self._beams(decoding), **least, **self.choices}
        with torch.inference_mode():
            tokens = self.model.generate(**inputs, **choices)
        read = inputs.get("input_ids", inputs.get("decoder_input_ids"))
        answers = tokens[:, read.shape[1] :].cpu()
        synchronize(self.device)
        return self._decode(answers), self._endless(answers, limit)

    def _beams(self, decoding: Decoding) -> int:
        return decoding.num_beams or int(self.options["num_beams"])

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
