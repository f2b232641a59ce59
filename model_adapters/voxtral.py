"""Mistral's Voxtral (Mini 3B, Small 24B) by transformers, in the transcription mode of mistral_common."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.errors import MissingDependencyError, UnsuitedError, WeightsError

from . import forms
from .checkpoint_files import local_folder, processor_folder, read_json
from .speech_llm import FOLLOWS, OPTIONS, Asked, SpeechLLM, import_library
from .torch_support import load_model, torch_device, torch_dtype

EXTRA = "transformers"
LONGEST = 1800.0
LANGUAGES = frozenset({"en", "es", "fr", "pt", "hi", "de", "nl", "it"})


class Voxtral(SpeechLLM):
    """A folder of the class `VoxtralForConditionalGeneration` with its tekken.json.

    Up to 30 minutes go into one call, as the authors state. To transcribe, it gets the release's transcription request,
    which holds the language, if one is given, and no words; a prompt that it is to follow goes behind the audio into
    the user's turn of a chat, which has no place for the language. Decoding is greedy, as "temperature 0" on the card
    asks for. The library hands audio over as 16-bit WAV in memory, so that samples beyond ±1 are clipped.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transformers",
        packages=("transformers", "torch", "mistral-common"),
        modules=("torch", "transformers", "mistral_common", "soundfile"),
        extra=EXTRA,
        backend="torch",
        tasks=("transcribe", "instruct"),
        follows=("prompt", *FOLLOWS),
        max_seconds=LONGEST,
        options={**OPTIONS, "max_seconds": LONGEST, "languages": LANGUAGES},
    )
    name: ClassVar[str] = "voxtral"

    def _load(self, device: str, dtype: str) -> Mapping[str, Any]:
        folder = local_folder(self.source, self.name)
        config = read_json(folder / "config.json")
        if config.get("model_type") != "voxtral":
            raise WeightsError(
                f"{folder} is a {config.get('model_type')} checkpoint; the adapter voxtral runs voxtral."
            )
        tekken = processor_folder(folder, self.options["processor"]) / "tekken.json"
        if not tekken.is_file():
            raise WeightsError(f"{tekken.parent} lacks the processor's tekken.json, its tokenizer; download it again.")
        transformers = import_library(EXTRA)
        _require_mistral_common()
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        self.processor = self._load_processor(transformers.VoxtralProcessor, folder)
        self.model = load_model(
            transformers.VoxtralForConditionalGeneration,
            folder,
            dtype=precision,
            device=self.device,
            **forms.quantised(self.options, dtype=precision, device=self.device),
        )
        mels, needed = self.processor.feature_extractor.feature_size, self.model.config.audio_config.num_mel_bins
        if mels != needed:
            raise WeightsError(
                f"{folder}: the processor makes {mels} mel bands, but the encoder needs {needed}; "
                "take preprocessor_config.json and config.json from the same release."
            )
        return {}

    def _encode(self, waves: Sequence[Any], asked: Asked) -> Any:
        if asked.decoding.task == "instruct":
            chats = [_chat(wave, self.info.sample_rate, asked.prompt) for wave in waves]
            return self.processor.apply_chat_template(chats)
        if asked.prompt:
            raise UnsuitedError(f"{self.source} takes no words beside what it transcribes; it follows those of a task.")
        return self.processor.apply_transcription_request(
            audio=list(waves),
            format=["WAV"] * len(waves),
            sampling_rate=self.info.sample_rate,
            model_id=self.name,  # only a label in the request
            language=asked.language,
        )


def _chat(wave: Any, rate: int, prompt: str | None) -> list[dict[str, Any]]:
    """Return one turn of a user: the audio (samples at `rate` Hz) and the words behind it."""
    import soundfile

    file = BytesIO()
    soundfile.write(file, wave, rate, format="WAV", subtype="PCM_16")
    audio = {"type": "audio", "base64": base64.b64encode(file.getvalue()).decode()}
    return [{"role": "user", "content": [audio, {"type": "text", "text": prompt}]}]


def _require_mistral_common() -> None:
    try:
        import mistral_common  # noqa: F401
        import soundfile  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f'Voxtral\'s tokenizer needs mistral-common with audio: pip install "pytest-asrbench[{EXTRA}]" ({error})'
        ) from error
