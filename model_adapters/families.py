"""The families of speech models that transformers has classes for, by `model_type` of a checkpoint's config.json.

A row is all that a family needs whose processor does the usual: another family is another row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_HERE = "pytest_asrbench.model_adapters."
GENERIC = f"{_HERE}transformers_generic:TransformersGeneric"
PROMPTED = f"{_HERE}prompted:Prompted"
CTC, SEQ2SEQ = "AutoModelForCTC", "AutoModelForSpeechSeq2Seq"


@dataclass(frozen=True, slots=True)
class Family:
    """How the checkpoints of one `model_type` are run.

    adapter: "module:Class" of the adapter. model: transformers' class, or one of its automatic ones. longest: seconds
    of the longest piece that goes into one call. tokens_per_second: bound on the answer; None where it ends with the
    audio. must_be_told: whether the model has to know the language. choices: what else `generate` is told.
    For those that are asked in words: question, by default ("{language}" and "{code}" stand for the language told);
    untold, where no language is told; system, the text before it; obeys, whether it does what a prompt says.
    """

    adapter: str
    model: str = ""
    longest: float = 30.0
    tokens_per_second: float | None = 25.0
    must_be_told: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict, hash=False)
    question: str = ""
    untold: str = ""
    system: str = ""
    obeys: bool = False


_CTC = Family(GENERIC, CTC)
_ENCODER_DECODER = Family(GENERIC, SEQ2SEQ)
_WITH_THE_AUDIO = replace(_ENCODER_DECODER, tokens_per_second=None)
# Moonshine's authors bound its answers by 6.5 tokens a second; characters, of which some models make words, by more.
_MOONSHINE = replace(_ENCODER_DECODER, tokens_per_second=6.5)
_SEAMLESS = Family(f"{_HERE}seamless:Seamless", SEQ2SEQ, must_be_told=True)
_REQUEST = Family(PROMPTED, SEQ2SEQ)

FAMILIES: Mapping[str, Family] = {
    "data2vec-audio": _CTC,
    "granite_speech5_ctc": _CTC,
    "hubert": _CTC,
    "lasr_ctc": _CTC,
    "parakeet_ctc": _CTC,
    "sew": _CTC,
    "sew-d": _CTC,
    "unispeech": _CTC,
    "unispeech-sat": _CTC,
    "wav2vec2": _CTC,
    "wav2vec2-bert": _CTC,
    "wav2vec2-conformer": _CTC,
    "wavlm": _CTC,
    "whisper": Family(f"{_HERE}whisper:Whisper"),
    "granite_speech": Family(f"{_HERE}granite:Granite"),
    "granite_speech_plus": Family(f"{_HERE}granite:Granite"),
    "voxtral": Family(f"{_HERE}voxtral:Voxtral"),
    "phi4_multimodal": Family(f"{_HERE}phi4:Phi4"),
    "moonshine": _MOONSHINE,
    "moonshine_streaming": _MOONSHINE,
    "speech-encoder-decoder": _ENCODER_DECODER,
    "speech_to_text": _ENCODER_DECODER,
    "cohere_asr": replace(_ENCODER_DECODER, must_be_told=True),
    "kyutai_speech_to_text": _WITH_THE_AUDIO,
    "voxtral_realtime": _WITH_THE_AUDIO,
    "parakeet_rnnt": replace(_WITH_THE_AUDIO, model="AutoModelForRNNT"),
    "parakeet_tdt": replace(_WITH_THE_AUDIO, model="AutoModelForTDT"),
    "seamless_m4t": _SEAMLESS,
    "seamless_m4t_v2": _SEAMLESS,
    "canary": replace(_REQUEST, must_be_told=True),
    "fun_asr_nano": replace(_REQUEST, adapter=f"{_HERE}fun_asr:FunAsr"),
    "qwen3_asr": _REQUEST,
    # It writes down who spoke when, and adds noise to what it hears, by which no clip would be heard twice alike.
    "vibevoice_asr": replace(_REQUEST, tokens_per_second=40.0, choices={"sample": False}),
    "glmasr": replace(_REQUEST, model="GlmAsrForConditionalGeneration", obeys=True),
    "qwen2_audio": Family(
        PROMPTED,
        "Qwen2AudioForConditionalGeneration",
        # As in the authors' own evaluation.
        question="Detect the language and recognize the speech: <|{code}|>",
        untold="Detect the language and recognize the speech:",
        obeys=True,
    ),
    "qwen2_5_omni": Family(
        f"{_HERE}qwen_omni:QwenOmni",
        "Qwen2_5OmniThinkerForConditionalGeneration",
        # By the authors' cookbook, which asks for words without punctuation besides.
        system="You are a speech recognition model.",
        question="Transcribe the {language} audio into text.",
        untold="Transcribe the audio into text.",
        obeys=True,
    ),
    "gemma3n": Family(
        PROMPTED,
        "Gemma3nForConditionalGeneration",
        question="Transcribe the following speech segment in {language} into {language} text.",
        untold="Transcribe the following speech segment in its original language.",
        obeys=True,
    ),
}


def family_of(config: Mapping[str, Any]) -> Family | None:
    """Return the family of a checkpoint's config.json; None for one that nothing here runs."""
    return FAMILIES.get(str(config.get("model_type")))
