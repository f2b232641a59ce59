"""Microsoft's Phi-4-multimodal by transformers' own class, with its speech adapter (a LoRA) at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.errors import UsageError, WeightsError

from . import forms, lora
from .checkpoint_files import local_folder, processor_folder, read_json
from .optional_packages import usable
from .processors import any_processor, encoded
from .speech_llm import FOLLOWS, OPTIONS, Asked, SpeechLLM, import_library
from .torch_support import (
    explain_load_errors,
    import_torch,
    load_model,
    torch_device,
    torch_dtype,
)

EXTRA = "transformers"
LONGEST = 40.0
LANGUAGES = frozenset({"en", "zh", "de", "fr", "it", "ja", "es", "pt"})
REVISION = "refs/pr/70"
# The task's words in the model card; the tokens around them are the release's chat format.
PROMPT = "Transcribe the audio clip into text."
# Not "speech", as the card calls it: transformers takes all weights with that word in their names for the adapter's.
LORA = "asr"
ATTENTIONS = ("auto", "eager", "sdpa", "flash_attention_2")


class Phi4(SpeechLLM):
    """A folder of the class `Phi4MultimodalForCausalLM` (on the hub: revision refs/pr/70) with `speech-lora/`.

    Options: `speech_adapter` (true; false runs the bare language model, which is of use as a negative control only),
    `attention` (auto, eager, sdpa or flash_attention_2; auto is flash attention on a GPU where it is installed, else
    eager, as the card advises) and those of `SpeechLLM`. The encoder's window is 40 s, the length that the card
    recommends for transcription: longer clips are cut.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch", "peft"),
        modules=("torch", "transformers", "peft"),
        extra=EXTRA,
        backend="torch",
        tasks=("transcribe", "instruct"),
        follows=("prompt", *FOLLOWS),
        max_seconds=LONGEST,
        options={
            **OPTIONS,
            "max_seconds": LONGEST,
            "languages": LANGUAGES,
            "speech_adapter": True,
            "attention": "auto",
        },
    )
    name: ClassVar[str] = "phi4"

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        super().__init__(source, options)
        if self.options["attention"] not in ATTENTIONS:
            raise UsageError(f"phi4[attention={self.options['attention']}]: use one of {', '.join(ATTENTIONS)}.")

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        folder = local_folder(self.source, self.name)
        _check_layout(folder)
        transformers = import_library(EXTRA)
        lora.require_peft(EXTRA)
        lora.require_files(folder / "speech-lora")
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        attention = self._attention(transformers, precision)
        self.processor = any_processor(transformers, processor_folder(folder, self.options["processor"]))
        self.processor.tokenizer.padding_side = "left"
        self.model = load_model(
            transformers.Phi4MultimodalForCausalLM,
            folder,
            dtype=precision,
            device=self.device,
            attn_implementation=attention,
            **forms.quantised(self.options, dtype=precision, device=self.device),
        )
        self._check_mels(folder)
        layers = self._add_speech_adapter(folder / "speech-lora") if self.options["speech_adapter"] else 0
        images = "torchvision" if usable("torchvision") else "none"
        return {"attention": attention, "image_processor": images, "lora_layers": layers}

    def _attention(self, transformers: Any, precision: Any) -> str:
        if self.options["attention"] != "auto":
            return str(self.options["attention"])
        half = precision != import_torch().float32
        flash = self.device.type == "cuda" and half and transformers.utils.is_flash_attn_2_available()
        return "flash_attention_2" if flash else "eager"

    def _add_speech_adapter(self, folder: Path) -> int:
        with explain_load_errors(folder):
            self.model.load_adapter(str(folder), adapter_name=LORA)
        self.model.set_adapter(LORA)
        if not getattr(self.model, "is_quantized", False):
            self.model.to(self.device, dtype=self.model.dtype)
        self.model.eval()
        return lora.check_applied(self.model, folder, LORA)

    def _check_mels(self, folder: Path) -> None:
        mels, needed = self.processor.audio_processor.feature_size, self.model.config.audio_config.input_size
        if mels != needed:
            raise WeightsError(
                f"{folder}: the processor makes {mels} mel bands, but the encoder needs {needed}; "
                "take preprocessor_config.json and config.json from the same release."
            )

    def _encode(self, waves: Sequence[Any], asked: Asked) -> Any:
        prompt = f"<|user|>{self.processor.audio_token}{asked.prompt or PROMPT}<|end|><|assistant|>"
        return encoded(self.processor, prompt, waves, self.info.sample_rate)


def _check_layout(folder: Path) -> None:
    kind = read_json(folder / "config.json").get("model_type")
    if kind == "phi4mm":
        raise WeightsError(
            f"{folder} is the hub's main revision, which runs by its own remote code only; "
            f"download revision {REVISION}, the same weights for transformers' class."
        )
    if kind != "phi4_multimodal":
        raise WeightsError(f"{folder} is a {kind} checkpoint; the adapter phi4 runs phi4_multimodal.")
