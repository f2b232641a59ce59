"""Speech models that need neither prompt nor language: encoders with a CTC head, and plain encoder-decoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded
from pytest_asrbench.errors import WeightsError

from .checkpoint_files import local_folder, read_json
from .speech_llm import FOLLOWS, OPTIONS, Asked, SpeechLLM
from .torch_support import (
    dtype_name,
    import_torch,
    import_transformers,
    load_model,
    synchronize,
    torch_device,
    torch_dtype,
)

# Encoders with a CTC head and encoder-decoders that need neither a prompt nor a language to transcribe.
CTC = (
    "data2vec-audio",
    "granite_speech5_ctc",
    "hubert",
    "lasr_ctc",
    "parakeet_ctc",
    "sew",
    "sew-d",
    "unispeech",
    "unispeech-sat",
    "wav2vec2",
    "wav2vec2-bert",
    "wav2vec2-conformer",
    "wavlm",
)
ENCODER_DECODERS = ("moonshine", "moonshine_streaming", "speech-encoder-decoder", "speech_to_text")
# Moonshine's authors bound its answers by 6.5 tokens a second; characters, of which some models make words, by more.
TOKENS_PER_SECOND = {"moonshine": 6.5, "moonshine_streaming": 6.5}
MOST_TOKENS_PER_SECOND = 25
LONGEST = 30.0


class TransformersGeneric(SpeechLLM):
    """A folder that `AutoModelForCTC` or `AutoModelForSpeechSeq2Seq` loads, with its processor.

    Clips go through the model one by one, unpadded: many of these models were trained without attention masks and
    hear padding as audio. Options: those of `SpeechLLM`; `languages`, if given, are checked, else any is accepted,
    because such checkpoints do not say what they speak. `trust_remote_code`: the reviewed revision of a checkpoint
    that brings code of its own.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch"),
        modules=("torch", "transformers"),
        extra="transformers",
        backend="torch",
        follows=FOLLOWS,
        max_seconds=LONGEST,
        options={**OPTIONS, "max_seconds": LONGEST, "languages": frozenset(), "trust_remote_code": ""},
    )
    name: ClassVar[str] = "transformers"
    ctc = False
    tokens_per_second = float(MOST_TOKENS_PER_SECOND)

    def load(self, device: str, dtype: str) -> Loaded:
        """Load model and processor; see `Adapter.load`."""
        details = self._load(device, dtype)
        return Loaded(device, dtype_name(self.model.dtype), details)

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        folder = local_folder(self.source, self.name)
        config = read_json(folder / "config.json")
        transformers = import_transformers(self.info.extra)
        self.device = torch_device(device)
        remote = {"trust_remote_code": True} if self.options["trust_remote_code"] else {}
        self.ctc = is_ctc(config)
        self.tokens_per_second = TOKENS_PER_SECOND.get(str(config.get("model_type")), MOST_TOKENS_PER_SECOND)
        self.processor = self._load_processor(transformers.AutoProcessor, folder, **remote)
        if not hasattr(self.processor, "tokenizer"):
            raise WeightsError(f"{folder} holds no tokenizer next to its feature extractor; download its files too.")
        self.model = load_model(
            transformers.AutoModelForCTC if self.ctc else transformers.AutoModelForSpeechSeq2Seq,
            folder,
            dtype=torch_dtype(dtype, self.device),
            device=self.device,
            **remote,
        )
        if not self.ctc:
            self.model.generation_config.update(do_sample=False, temperature=None, top_p=None, top_k=None)
            self.model.generation_config.max_length = None
        details = {"class": type(self.model).__name__, "ctc": self.ctc}
        return {**details, "remote_code": self.options["trust_remote_code"]} if remote else details

    def _language(self, language: str | None) -> str | None:
        return super()._language(language) if self.options["languages"] else language

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        answers = [self._listen(wave, asked.decoding) for wave in waves]
        return [text for text, _ in answers], [cut for _, cut in answers]

    def _listen(self, wave: Any, decoding: Decoding) -> tuple[str, bool]:
        """Return one piece's text, and whether the limit of new tokens ended it."""
        torch = import_torch()
        inputs = self.processor(wave, sampling_rate=self.info.sample_rate, return_tensors="pt")
        inputs = inputs.to(self.device, dtype=self.model.dtype)
        limit = decoding.max_new_tokens or 16 + int(self.tokens_per_second * len(wave) / self.info.sample_rate)
        with torch.inference_mode():
            if self.ctc:
                tokens = self.model(**inputs).logits.argmax(dim=-1).cpu()
            else:
                beams = self._beams(decoding)
                tokens = self.model.generate(**inputs, max_new_tokens=limit, num_beams=beams).cpu()
        synchronize(self.device)
        # Of a CTC answer the blanks must stay: they keep the two letters of a double letter apart.
        (text,) = self.processor.batch_decode(tokens, skip_special_tokens=not self.ctc)
        cut = not self.ctc and tokens.shape[1] > limit and not self._end_tokens().intersection(tokens[0, 1:].tolist())
        return text, cut


def is_ctc(config: Mapping[str, Any]) -> bool:
    """Whether a checkpoint's config.json describes an encoder with a CTC head."""
    if "AutoModelForCTC" in (config.get("auto_map") or ()):
        return True
    classes = architectures(config)
    return config.get("model_type") in CTC if not classes else str(classes[0]).endswith("CTC")


def architectures(config: Mapping[str, Any]) -> list[Any]:
    """Return the classes that a checkpoint's config.json names; none where it has something else in that place."""
    classes = config.get("architectures")
    return classes if isinstance(classes, list) else []
