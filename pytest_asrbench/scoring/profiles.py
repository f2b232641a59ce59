"""The rules of our own normalisers. Their digest is taken over this file: every change here makes new figures.

Each function returns the rules, (text, language or None) -> words, and the source files that implement them
besides this one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

Rules = Callable[[str, str | None], str]
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\uff07`\u00b4", "'"))


def whisper() -> tuple[Rules, list[Path]]:
    """The English rules of whisper-normalizer, or its basic ones for a text in another language."""
    import whisper_normalizer
    from whisper_normalizer.basic import BasicTextNormalizer

    from pytest_asrbench.scoring.english import English

    english, basic = English(), BasicTextNormalizer(preserve_marks=True)

    def apply(text: str, language: str | None) -> str:
        # Curly apostrophes first: the contraction rules know the straight one alone.
        rules = english if language is None or language.split("-")[0].lower() == "en" else basic
        normalized: str = rules(text.translate(_APOSTROPHES))
        return " ".join(normalized.split())

    folder = Path(whisper_normalizer.__file__).parent
    return apply, [p for p in folder.rglob("*") if p.name in ("basic.py", "english.py", "english.json")] + [
        Path(__file__).with_name("english.py")
    ]


def verbatim() -> tuple[Rules, list[Path]]:
    """Case, punctuation and typographic variants are unified; words are letters, marks, digits and apostrophes."""
    import regex

    no_word = regex.compile(r"[^\p{L}\p{M}\p{N}'\s]")
    stray_apostrophe = regex.compile(r"(?<![\p{L}\p{M}\p{N}])'|'(?![\p{L}\p{M}\p{N}])")

    def apply(text: str, _language: str | None) -> str:
        folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
        return " ".join(stray_apostrophe.sub(" ", no_word.sub(" ", folded)).split())

    return apply, []


def none() -> tuple[Rules, list[Path]]:
    """Words are what stands between blanks."""

    def apply(text: str, _language: str | None) -> str:
        return " ".join(text.split())

    return apply, []
