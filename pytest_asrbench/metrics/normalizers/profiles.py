"""The rules of our own normalisers. Each is a function (text, language or None) -> words with single blanks between.

A language that nobody told is judged by the letters: what is written as English is gets English rules, anything else
those that hold for all languages. Callers that normalise two texts to compare them judge by one of them
(`spoken.rules`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

from pytest_asrbench.errors import MissingDependencyError
from pytest_asrbench.metrics.normalizers import scripts, unicode
from pytest_asrbench.support import languages

Rules = Callable[[str, str | None], str]
# Raised by whoever changes what a profile makes of any text: figures of different versions are not compared.
VERSIONS = {"whisper": "2", "verbatim": "2", "none": "1", "leaderboard": "1", "cleanup": "1"}


def whisper() -> Rules:
    """Whisper's rules, by the tables of whisper-normalizer: the English ones, or its basic ones for other languages."""
    from pytest_asrbench.metrics.normalizers.english import English, without_brackets

    english = English()

    def apply(text: str, language: str | None) -> str:
        code = rules_of(text, language)
        folded = unicode.fold(text, code)
        plain = english(folded) if code == "en" else _pattern(_NO_WORD).sub(" ", without_brackets(folded))
        return _words(plain)

    return apply


def leaderboard() -> Rules:
    """The Open ASR Leaderboard's rules for English, Whisper's for other languages; raises MissingDependencyError."""
    if find_spec("kaldialign") is None:
        raise MissingDependencyError(
            'the normalizer leaderboard goes with kaldialign, which counts: pip install "pytest-asrbench[leaderboard]"'
        )
    from pytest_asrbench.metrics.normalizers.leaderboard import Leaderboard

    english, others = Leaderboard(), whisper()
    return lambda text, language: english(text) if rules_of(text, language) == "en" else others(text, language)


def verbatim() -> Rules:
    """Case, punctuation and typographic variants are unified; words are letters, marks, digits and apostrophes."""

    def apply(text: str, language: str | None) -> str:
        folded = unicode.fold(text, rules_of(text, language))
        return _words(_pattern(_STRAY_APOSTROPHE).sub(" ", _pattern(_NO_VERBATIM_WORD).sub(" ", folded)))

    return apply


def cleanup() -> Rules:
    """What cleaned dictation is compared in: as `verbatim`, with numbers, contractions and spellings in one form."""
    from pytest_asrbench.metrics.normalizers.cleanup import apply

    return lambda text, language: apply(text, rules_of(text, language))


def none() -> Rules:
    """Words are what stands between blanks."""
    return lambda text, _language: " ".join(text.split())


def rules_of(text: str, language: str | None) -> str | None:
    """The code of the language whose rules `text` gets: that of `language`, or else what its letters say.

    "und-Deva" and the like stand for a language that is known by its script alone. Raises UsageError for a language
    that does not exist.
    """
    if language is not None and language.startswith("und-"):
        return language
    code = languages.resolve(language) if language is not None else None
    return code or scripts.guess(text)


def _words(text: str) -> str:
    """What of `text` holds a letter or a figure, with blanks between the letters of scripts that have none."""
    return " ".join(filter(_pattern(r"[\p{L}\p{N}]").search, scripts.split(text)))


_NO_WORD = r"[^\p{L}\p{M}\p{N}\s\u200c\u200d]"
_NO_VERBATIM_WORD = r"[^\p{L}\p{M}\p{N}'\s\u200c\u200d]"
_STRAY_APOSTROPHE = r"(?<![\p{L}\p{M}\p{N}])'|'(?![\p{L}\p{M}\p{N}])"


@cache
def _pattern(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)
