"""Meta's SeamlessM4T (v1 and v2) by transformers: speech to text, in the language that is spoken or in another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from pytest_asrbench.adapter import TASKS, AdapterInfo

from .speech_llm import Asked
from .transformers_generic import TransformersGeneric

# ISO 639-1 -> the code by which the releases know a language: ISO 639-3, of several varieties the one that is meant.
CODES = {
    "af": "afr", "am": "amh", "ar": "arb", "as": "asm", "az": "azj", "be": "bel", "bg": "bul", "bn": "ben", "bs": "bos",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "et": "est",
    "eu": "eus", "fa": "pes", "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj", "he": "heb", "hi": "hin",
    "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "ig": "ibo", "is": "isl", "it": "ita", "ja": "jpn", "jv": "jav",
    "ka": "kat", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor", "ky": "kir", "lg": "lug", "lt": "lit", "lo": "lao",
    "lv": "lvs", "mk": "mkd", "ml": "mal", "mn": "khk", "mr": "mar", "ms": "zsm", "mt": "mlt", "my": "mya", "ne": "npi",
    "nl": "nld", "nn": "nno", "no": "nob", "ny": "nya", "om": "gaz", "or": "ory", "pa": "pan", "pl": "pol", "ps": "pbt",
    "pt": "por", "ro": "ron", "ru": "rus", "sd": "snd", "sk": "slk", "sl": "slv", "sn": "sna", "so": "som", "sr": "srp",
    "sv": "swe", "sw": "swh", "ta": "tam", "te": "tel", "tg": "tgk", "th": "tha", "tl": "tgl", "tr": "tur", "uk": "ukr",
    "ur": "urd", "uz": "uzn", "vi": "vie", "yo": "yor", "yue": "yue", "zh": "cmn", "zu": "zul",
}  # fmt: skip


class Seamless(TransformersGeneric):
    """A folder of the class `SeamlessM4Tv2ForSpeechToText` or `SeamlessM4TForSpeechToText`; its voice is not loaded.

    It writes in the language that it is told, the one that is spoken, and is never told what that is: a clip of which
    nobody tells the language is skipped. The task "translate" makes English of any language, or its target language.
    """

    info: ClassVar[AdapterInfo] = replace(
        TransformersGeneric.info, tasks=TASKS[:2], follows=(*TransformersGeneric.info.follows, "target_language")
    )

    def _settle(self) -> None:
        known = self.model.generation_config.text_decoder_lang_to_code_id
        self.options["languages"] = self.options["languages"] or {iso for iso, code in CODES.items() if code in known}
        super()._settle()

    def _inputs(self, wave: Any, asked: Asked) -> Any:
        return self.processor(audio=[wave], sampling_rate=self.info.sample_rate, return_tensors="pt")

    def _generate(self, inputs: Any, limit: int | None, asked: Asked) -> Any:
        language = asked.language
        if asked.decoding.task == TASKS[1]:
            language = self._language(asked.decoding.target_language or "en")
        return self.model.generate(
            **inputs,
            tgt_lang=CODES.get(str(language), language),
            max_new_tokens=limit,
            num_beams=self._beams(asked.decoding),
        )
