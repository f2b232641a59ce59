"""Text normalisers, each with a stamp that tells exactly which rules made a number.

whisper:  OpenAI's Whisper rules from the package whisper-normalizer: English spelling, numbers and contractions are
          unified, fillers such as "um" are deleted, and so is text in brackets. Other languages get its basic rules,
          with combining marks kept: without them Hindi, Thai or Malayalam words fall apart and the WER looks too good.
verbatim: case, punctuation and typographic variants are unified, and every spoken word is kept, fillers included.
none:     the text as it is; words are what stands between blanks.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from pytest_asrbench.errors import UsageError

Normalize = Callable[[str, str | None], str]
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\uff07`\u00b4", "'"))


@dataclass(frozen=True, slots=True)
class Normalizer:
    """A rule set: `apply(text, language)` returns words separated by single blanks.

    version and digest identify the rules: the digest is taken over the source code that implements them.
    """

    name: str
    version: str
    digest: str
    apply: Normalize

    @property
    def stamp(self) -> str:
        """Name, version and digest in one word, as it stands in every record."""
        return f"{self.name}-{self.version}-{self.digest}"


def load(name: str, others: Mapping[str, Normalize] | None = None) -> Normalizer:
    """Return the normaliser called `name`, one of ours or one of `others` (those that a project added).

    Raises UsageError for an unknown name.
    """
    if others and name in others:
        apply = others[name]
        return Normalizer(name, "custom", _digest([Path(apply.__code__.co_filename)]), apply)
    if name not in _PROFILES:
        known = ", ".join(sorted({*_PROFILES, *(others or {})}))
        raise UsageError(f"unknown normalizer {name!r}; known are {known}")
    return _PROFILES[name]()


def _digest(sources: list[Path]) -> str:
    content = hashlib.sha256()
    for source in sorted(sources):
        # Line ends differ between checkouts on different systems; the rules do not.
        content.update(source.read_bytes().replace(b"\r\n", b"\n"))
    return content.hexdigest()[:8]


@cache
def _whisper() -> Normalizer:
    import whisper_normalizer
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    english, basic = EnglishTextNormalizer(), BasicTextNormalizer(preserve_marks=True)

    def apply(text: str, language: str | None) -> str:
        # Curly apostrophes first: the contraction rules know the straight one alone.
        rules = english if language is None or language.split("-")[0] == "en" else basic
        normalized: str = rules(text.translate(_APOSTROPHES))
        return " ".join(normalized.split())

    folder = Path(whisper_normalizer.__file__).parent
    rules = [p for p in folder.rglob("*") if p.name in ("basic.py", "english.py", "english.json")]
    version = metadata.version("whisper-normalizer")
    return Normalizer("whisper", version, _digest([*rules, Path(__file__)]), apply)


@cache
def _verbatim() -> Normalizer:
    import regex

    no_word = regex.compile(r"[^\p{L}\p{M}\p{N}'\s]")
    stray_apostrophe = regex.compile(r"(?<![\p{L}\p{M}\p{N}])'|'(?![\p{L}\p{M}\p{N}])")

    def apply(text: str, _language: str | None) -> str:
        folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
        return " ".join(stray_apostrophe.sub(" ", no_word.sub(" ", folded)).split())

    return Normalizer("verbatim", "1", _digest([Path(__file__)]), apply)


@cache
def _none() -> Normalizer:
    def apply(text: str, _language: str | None) -> str:
        return " ".join(text.split())

    return Normalizer("none", "1", _digest([Path(__file__)]), apply)


_PROFILES: dict[str, Callable[[], Normalizer]] = {"whisper": _whisper, "verbatim": _verbatim, "none": _none}
NAMES = tuple(_PROFILES)
