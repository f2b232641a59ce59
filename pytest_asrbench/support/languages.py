"""Which language is spoken: codes and names in any common form to one code, and who of several has the say.

Codes are those of BCP 47 without script and region, ISO 639-1 wherever a language has one: "pt" for "pt_BR", "por" and
"Portuguese". The package langcodes knows the codes, `language_names.toml` the names.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from pytest_asrbench.errors import UsageError

AUTO = "auto"  # the model is to find out, whatever is known
# ISO 639's own codes for "several", "undetermined" and the like.
_NO_LANGUAGE = frozenset({AUTO, "und", "mul", "mis", "zxx"})
# CLDR calls Tagalog by the name of its standard, Filipino; ISO 639-1 and the models have "tl" alone.
_ISO = {"fil": "tl"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a clip's language before it is transcribed.

    language: a code, None if nobody tells; source: who tells ("snippet", "--asr-language" ...); asked: what the model
    is told, None if it is to find out by itself.
    """

    language: str | None = None
    source: str = ""
    asked: str | None = None


def of_case(
    *, command_line: str | None, snippet: str | None, corpus: str | None, model: str | None, ini: str | None
) -> Told:
    """What is told of a case's language. The order is that of limits: the first that tells has the say."""
    given = {"--asr-language": command_line, "snippet": snippet, "corpus": corpus, "model": model}
    return told([*given.items(), ("ini asr_language", ini)])


def told(layers: Iterable[tuple[str, str | None]]) -> Told:
    """The first language that is set in `layers`, pairs of source and code or name; raises UsageError.

    "auto" in a layer keeps what the layers below say from the model.
    """
    detect = False
    for source, given in layers:
        if given is None:
            continue
        code = resolve(given)
        if code is not None:
            return Told(code, source, None if detect else code)
        detect = detect or given.strip().lower() == AUTO
    return Told()


@lru_cache(maxsize=1_000)
def resolve(text: str) -> str | None:
    """The code of a language given by code or name: "de" for "ger", "de-DE", "German", "Deutsch".

    None for what is no single language: "auto", "und", "mul". Raises UsageError, naming what may have been meant.
    """
    wanted = text.strip().partition(".")[0].replace("_", "-")  # de_DE.UTF-8
    if wanted.lower() in _NO_LANGUAGE:
        return None
    code = _by_code(wanted) or _names().get(_plain(text)) or _names().get(_plain(text.partition("(")[0]))
    if code is None:
        raise UsageError(f"{text!r} is no language; {_hint(wanted)}")
    return code


def _by_code(tag: str) -> str | None:
    """The language of a tag such as "zh-Hant-TW"; None if it is none that is registered."""
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    try:
        found = Language.get(tag).prefer_macrolanguage().language
    except LanguageTagError:
        return None
    if found is None or found.startswith("x-") or not Language.make(language=found).is_valid():
        return None
    return _ISO.get(found, found)


@cache
def _names() -> dict[str, str]:
    """The code of each name, which is written as `_plain` writes it."""
    text = resources.files("pytest_asrbench.support").joinpath("language_names.toml").read_text("utf-8")
    return {_plain(name): code for code, names in tomllib.loads(text).items() for name in names}


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


def _hint(wanted: str) -> str:
    """What may have been meant: a country's language, a name that looks like it, or how to write one."""
    from langcodes import Language

    if len(wanted) == 2 and wanted.isascii() and wanted.isalpha():
        spoken = Language.make(territory=wanted.upper()).maximize().language
        if spoken not in (None, "und", "en") or wanted.lower() in ("uk", "us", "gb"):
            return f"did you mean {spoken!r}?"
    plain = _plain(wanted.replace("-", " "))
    words = [word for word in plain.split() if word in _names()]
    if name := next(iter([*words, *difflib.get_close_matches(plain, _names(), 1, cutoff=0.75)]), None):
        return f"did you mean {_names()[name]!r} ({name})?"
    return "write a code such as 'de', or its English name"
