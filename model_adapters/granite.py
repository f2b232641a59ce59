"""IBM Granite speech 3.3 (2B, 8B) and its successors, by transformers: encoder, projector, language model and LoRA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.errors import WeightsError

from . import forms, lora
from .checkpoint_files import local_folder, read_json
from .speech_llm import FOLLOWS, OPTIONS, Asked, SpeechLLM, import_library
from .torch_support import (
    explain_load_errors,
    load_model,
    torch_device,
    torch_dtype,
)
from .torchaudio_stand_in import prepare_granite_features

EXTRA = "transformers"
LONGEST = 60.0
LANGUAGES = frozenset({"en", "fr", "de", "es", "pt"})
# Prompt and system text of the model card. The text is fixed: the chat template's own would name the current day.
PROMPT = "<|audio|>can you transcribe the speech into a written format?"
SYSTEM = (
    "Knowledge Cutoff Date: April 2024.\nToday's Date: April 9, 2025.\n"
    "You are Granite, developed by IBM. You are a helpful AI assistant"
)


class Granite(SpeechLLM):
    """A folder of the class `GraniteSpeechForConditionalGeneration`, its LoRA included.

    Options: `speech_adapter` (true; false runs the bare language model, which is of use as a negative control only),
    `system` (the system text; by default the card's for releases with a LoRA, none for others) and those of
    `SpeechLLM`. The releases name no longest clip; pieces of up to 60 s keep memory and the risk of loops small.
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
        options={**OPTIONS, "max_seconds": LONGEST, "languages": LANGUAGES, "speech_adapter": True, "system": ""},
    )
    name: ClassVar[str] = "granite"

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        super().__init__(source, options)
        self._prompts: dict[str, str] = {}

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        folder = local_folder(self.source, self.name)
        config = read_json(folder / "config.json")
        if not str(config.get("model_type")).startswith("granite_speech"):
            raise WeightsError(f"{folder} is a {config.get('model_type')} checkpoint; granite runs granite_speech.")
        transformers = import_library(EXTRA)
        has_lora = config.get("has_lora_adapter", True)
        if has_lora:
            lora.require_peft(EXTRA)
            lora.require_files(folder)
        self.options["system"] = self.options["system"] or (SYSTEM if has_lora else "")
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        features = prepare_granite_features()
        self.processor = self._load_processor(transformers.AutoProcessor, folder)
        self.processor.tokenizer.padding_side = "left"
        self.model = load_model(
            transformers.AutoModelForSpeechSeq2Seq,
            folder,
            dtype=precision,
            device=self.device,
            **forms.quantised(self.options, dtype=precision, device=self.device),
        )
        self._check_mels(folder)
        _check_base(self.model, folder)
        return {"features": features, "lora_layers": self._settle_lora(folder) if has_lora else 0}

    def _settle_lora(self, folder: Path) -> int:
        """Return the number of LoRA layers at work: none if the option switches it off."""
        name = next(iter(self.model.peft_config), "")
        layers = lora.check_applied(self.model, folder, name)
        if self.options["speech_adapter"]:
            return layers
        # Disabling is not enough: `generate` would enable the LoRA again as soon as it sees audio.
        self.model.delete_adapter(name)
        return 0

    def _check_mels(self, folder: Path) -> None:
        """Two stacked frames make one input of the encoder; a mismatch would fail later, or worse, not at all."""
        mels = self.processor.audio_processor.melspec_kwargs["n_mels"]
        needed = self.model.config.encoder_config.input_dim
        if 2 * mels != needed:
            raise WeightsError(
                f"{folder}: the processor makes {mels} mel bands, but the encoder needs {needed // 2}; "
                "take preprocessor_config.json and config.json from the same release."
            )

    def _encode(self, waves: Sequence[Any], asked: Asked) -> Any:
        text = self._prompt(asked.prompt or PROMPT)
        # As the card does, the spectrogram is computed on the GPU where torch's own FFT runs there.
        device = str(self.device) if self.device.type == "cuda" else "cpu"
        return self.processor([text] * len(waves), list(waves), device=device, padding=True, return_tensors="pt")

    def _prompt(self, question: str) -> str:
        """Return the chat with one question, which is rendered once."""
        if question not in self._prompts:
            content = question if "<|audio|>" in question else "<|audio|>" + question
            chat = [{"role": "user", "content": content}]
            if self.options["system"]:
                chat.insert(0, {"role": "system", "content": self.options["system"]})
            template = self.processor.tokenizer.apply_chat_template
            self._prompts[question] = template(chat, tokenize=False, add_generation_prompt=True)
        return self._prompts[question]


def _check_base(model: Any, folder: Path) -> None:
    """Raise WeightsError if weights of the model itself are missing: with a LoRA, transformers reports only on that."""
    from safetensors import safe_open

    found: set[str] = set()
    for shard in folder.glob("model*.safetensors"):
        with explain_load_errors(folder), safe_open(shard, framework="pt") as file:
            found.update(map(_plain, file.keys()))
    own = {name for name, _ in model.named_parameters()}
    packed = getattr(model, "is_quantized", False)  # then the scales of its weights have names, too
    names = [name for name in model.state_dict() if name in own or not packed]
    wanted = {_plain(name) for name in names if ".lora_" not in name}
    if model.config.tie_word_embeddings:
        wanted.discard("lm_head.weight")
    if missing := sorted(wanted - found):
        raise WeightsError(f"{folder} lacks {len(missing)} weights ({missing[0]} ...); download the model again.")


def _plain(name: str) -> str:
    """One name for a weight, whichever of the layouts of transformers 4 and 5 it is in, LoRA around it or not."""
    plain = name.replace(".base_layer.", ".").removeprefix("model.")
    return plain.replace("language_model.model.", "language_model.").replace("language_model.lm_head", "lm_head")
