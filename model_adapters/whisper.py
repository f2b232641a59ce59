"""The Whisper family by transformers: large-v3, turbo, medium, small ..., distil-whisper, OLMoASR and fine-tunes.

Clips of up to 30 s are decoded without timestamps in one batch. Longer ones go through the model's own sequential
long-form decoding: windows of 30 s, each beginning where the last timestamp that the model said ends. Decoding is
greedy and without temperature fallback, so the same clip always gives the same text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Audio, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import AudioError, UnsuitedError, WeightsError

from . import forms, guards
from .batches import in_groups
from .checkpoint_files import local_folder, processor_folder, read_json
from .languages import code_for, iso_code
from .options import parse_options
from .torch_support import (
    import_torch,
    import_transformers,
    load_model,
    load_processor,
    synchronize,
    torch_device,
    torch_dtype,
)
from .whisper_settings import TASKS, plain_code, settle_generation


class Whisper:
    """A folder of the class `WhisperForConditionalGeneration`.

    Options: `num_beams` (1), `attention` (transformers' name of an attention implementation, "sdpa"), `guards`
    (see that module), `languages` (those that the checkpoint was made for, if not for all that it has tokens for),
    `condition_on_previous_text` (false: long-form windows do not see the text before them, so a loop cannot spread),
    `processor` (the folder or repository of the processor, where training has left a checkpoint without one), and
    those of `forms`.
    A language that is not told is detected, and `language` in the details says which. The prompt is
    Whisper's own: text that might have come before, with the spelling of rare words.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch"),
        modules=("torch", "transformers"),
        extra="transformers",
        backend="torch",
        tasks=TASKS,
        follows=("prompt", "max_new_tokens", "num_beams"),
        options={
            "num_beams": 1,
            "attention": "sdpa",
            "condition_on_previous_text": False,
            "guards": guards.DEFAULT,
            "languages": frozenset(),
            "processor": "",
            **forms.OPTIONS,
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("whisper", options, self.info.options)}
        self.model: Any = None
        self.extractor: Any = None
        self.tokenizer: Any = None
        self.device: Any = None
        self.languages: frozenset[str] = frozenset()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load model and processor; see `Adapter.load`. "auto" is bfloat16 on GPUs that have it, float32 on a CPU."""
        self.source, self.options["lora"] = forms.resolved(self.source, self.options["lora"])
        folder = local_folder(self.source, "whisper")
        kind = read_json(folder / "config.json").get("model_type")
        if kind != "whisper":
            raise WeightsError(f"{folder} is a {kind} checkpoint; the whisper adapter runs whisper ones.")
        transformers = import_transformers(self.info.extra)
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        processor = load_processor(transformers.WhisperProcessor, processor_folder(folder, self.options["processor"]))
        self.extractor, self.tokenizer = processor.feature_extractor, processor.tokenizer
        self.model = load_model(
            transformers.WhisperForConditionalGeneration,
            folder,
            dtype=precision,
            device=self.device,
            attn_implementation=self.options["attention"],
            **forms.quantised(self.options, dtype=precision, device=self.device),
        )
        self._check_processor(folder)
        self.languages = settle_generation(self.model, self.tokenizer, self.options["languages"], self.source)
        details = {
            **self.options,
            "languages": sorted(self.options["languages"]),
            "multilingual": self._multilingual,
            "guards": self._set_guards(),
            **forms.tune(self.model, self.options),
        }
        return Loaded(device, forms.precision(self.model, self.options), details)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Return one transcript per clip; those over 30 s say `long_form` in their details.

        Short and long clips, and those that differ in language or prompt, go through the model in turn. Raises
        UnsuitedError for a task or a language that the checkpoint lacks.
        """
        return in_groups(
            batch,
            lambda one: (one.audio.samples > self.extractor.n_samples, one.language, one.prompt),
            lambda group, key: self._generate([self._samples(one.audio) for one in group], *key, decoding),
        )

    def close(self) -> None:
        """Drop the model."""
        self.model = self.extractor = self.tokenizer = None

    def _check_processor(self, folder: Path) -> None:
        """Raise WeightsError if extractor or tokenizer belong to another model."""
        config = self.model.config
        if self.extractor.feature_size != config.num_mel_bins:
            raise WeightsError(
                f"{folder}: the processor makes {self.extractor.feature_size} mel bands, but the encoder needs "
                f"{config.num_mel_bins}; take preprocessor_config.json and config.json from the same release."
            )
        # Without its files, transformers makes an empty tokenizer and says nothing.
        start = self.tokenizer.convert_tokens_to_ids("<|startoftranscript|>")
        if start != config.decoder_start_token_id:
            raise WeightsError(
                f"{folder} has no tokenizer that fits its config.json (start of transcript is {start}, not "
                f"{config.decoder_start_token_id}); take tokenizer.json, or vocab.json and merges.txt, too."
            )

    @property
    def _multilingual(self) -> bool:
        return bool(self.model.generation_config.is_multilingual)

    def _samples(self, clip: Audio) -> Any:
        if clip.sample_rate != self.info.sample_rate:
            raise AudioError(f"{clip.name or 'a clip'} has {clip.sample_rate} Hz; whisper needs 16000 Hz.")
        return clip.numpy().copy()  # writable: torch warns about arrays that are not

    def _set_guards(self) -> dict[str, Any]:
        """Put the guards in force or out of it, and return what is in force."""
        config = self.model.generation_config
        if not self.options["guards"]:
            config.suppress_tokens = []
        return guards.in_force(self.options["guards"], bool(config.suppress_tokens))

    def _own_language(self) -> str | None:
        """Return the code of the one language that a checkpoint was made for, None if it has several."""
        own = getattr(self.model.generation_config, "language", None)
        return None if own is None else plain_code(str(own))

    def _prompted(self, task: str, language: str | None, prompt: str | None) -> dict[str, Any]:
        """Return what `generate` needs to know of language, task and prompt."""
        known = TASKS if self._multilingual else TASKS[:1]
        if task not in known:
            raise UnsuitedError(f"{self.source} cannot do the task {task!r}; it has {', '.join(known)}.")
        code = code_for(language, self.languages, self.source)
        prompted: dict[str, Any] = {}
        if self._multilingual:
            prompted = {"task": task, "language": code or self._own_language()}
        if prompt:
            ids = self.tokenizer.get_prompt_ids(prompt, return_tensors="pt")
            prompted["prompt_ids"] = ids.to(self.device)
        return prompted

    def _generate(
        self, waves: Sequence[Any], long: bool, language: str | None, prompt: str | None, decoding: Decoding
    ) -> list[Transcript]:
        torch = import_torch()
        prompted = self._prompted(decoding.task, language, prompt)
        inputs = self._features(waves, long)
        features = inputs.input_features.to(self.device, self.model.dtype)
        choices = {**self._choices(long, decoding), **prompted}
        with torch.inference_mode():
            if self._multilingual and choices["language"] is None:
                choices |= self._detected(features, long)
            tokens = self.model.generate(
                features, attention_mask=inputs.attention_mask.to(self.device), **choices
            ).cpu()
        synchronize(self.device)
        texts = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        details: list[dict[str, Any]] = [{"long_form": True} if long else {} for _ in texts]
        if self._multilingual and language is None:
            used = choices["language"]
            codes = used if isinstance(used, list) else [used] * len(texts)
            details = [{**detail, "language": iso_code(code)} for detail, code in zip(details, codes, strict=True)]
        return [Transcript(text.strip(), detail) for text, detail in zip(texts, details, strict=True)]

    def _choices(self, long: bool, decoding: Decoding) -> dict[str, Any]:
        """How `generate` is to decode."""
        beams = decoding.num_beams or self.options["num_beams"]
        choices: dict[str, Any] = {"return_timestamps": long, "num_beams": beams}
        if self.options["guards"]:
            choices |= {
                "no_speech_threshold": guards.NO_SPEECH,
                "logprob_threshold": guards.LOG_PROBABILITY,
                "temperature": 0.0,
            }
        if long:
            choices["condition_on_prev_tokens"] = self.options["condition_on_previous_text"]
        if decoding.max_new_tokens is not None:
            choices["max_length"] = decoding.max_new_tokens  # Whisper's `generate` adds the length of the prompt
        if "min_new_tokens" in decoding.options:
            choices["min_new_tokens"] = decoding.options["min_new_tokens"]
        return choices

    def _detected(self, features: Any, long: bool) -> dict[str, Any]:
        """Return each clip's language, by its first 30 s, as `generate` wants to be told.

        What the encoder made of a clip of up to 30 s comes with it, so that it need not be computed again.
        """
        config = self.model.generation_config
        encoded = self.model.get_encoder()(features[:, :, : self.extractor.nb_max_frames])
        numbers = self.model.detect_language(encoder_outputs=encoded, generation_config=config).tolist()
        codes = {number: plain_code(token) for token, number in config.lang_to_id.items()}
        return {"language": [codes[number] for number in numbers], **({} if long else {"encoder_outputs": encoded})}

    def _features(self, waves: Sequence[Any], long: bool) -> Any:
        """Log-mel features of shape (clips, bands, frames): 3000 frames, or the longest clip's where `long`."""
        whole = {"truncation": False, "padding": "longest"} if long else {}
        return self.extractor(
            list(waves),
            sampling_rate=self.info.sample_rate,
            return_attention_mask=True,
            return_tensors="pt",
            device=str(self.device) if self.device.type == "cuda" else "cpu",
            **whole,
        )
