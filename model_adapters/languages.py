"""The language of a request against those that a model has: one rule for all adapters.

Tags with a script or region (`en-US`, `pt_BR`, `zh-Hans-CN`) and capital letters mean the language alone; what has
another code at the model (`jv`, `cmn`, `nb`) is told by that.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pytest_asrbench.errors import UnsuitedError, UsageError

# What models have no code of their own for -> the code that they have. Javanese: a table of ISO 639 once printed "jw"
# by mistake, and Whisper's token has it still. Mandarin, Bokmål and Filipino are named so in FLEURS and Common Voice.
OTHER_CODES = {"jv": "jw", "cmn": "zh", "nb": "no", "fil": "tl"}
# What languages are called in English, for models that are asked in words.
NAMES = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yue": "Cantonese", "zh": "Chinese",
}  # fmt: skip
WHISPER_TO_ISO = {"jw": "jv"}


def code_for(language: str | None, known: Collection[str], who: str | None) -> str | None:
    """Return the code by which a model knows a request's language, one of `known`; None stays None.

    who: the model or adapter, for the message. A model that has a code of its own for the whole tag keeps it. Raises
    UnsuitedError for a language that the model lacks.
    """
    if language is None:
        return None
    base = base_code(language)
    for code in (language, language.strip().lower(), base, OTHER_CODES.get(base)):
        if code is not None and code in known:
            return code
    english = set(known) == {"en"}
    rest = "it is English-only." if english else f"it has {', '.join(sorted(map(iso_code, known)))}."
    raise UnsuitedError(f"{who} does not know the language {language!r}; {rest}")


def base_code(language: str) -> str:
    """Return the language alone of a tag: "pt" of "pt-BR", "zh" of "zh_Hans_CN", "en" of "EN"."""
    return re.split("[-_]", language.strip().lower(), maxsplit=1)[0]


def iso_code(code: str) -> str:
    """Return the ISO 639-1 code of a language that Whisper names."""
    return WHISPER_TO_ISO.get(code, code)


def restricted(known: frozenset[str], wanted: Collection[str], who: str | None) -> frozenset[str]:
    """Return those of a checkpoint's languages that its user says it was made for; all, if `wanted` names none.

    Raises UsageError for a language that the checkpoint does not have.
    """
    try:
        return frozenset(str(code_for(language, known, who)) for language in wanted) or known
    except UnsuitedError as error:
        raise UsageError(f"the option languages: {error}") from error
