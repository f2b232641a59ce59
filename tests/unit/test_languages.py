"""Codes and names of languages, and who of several has the say."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from langcodes import Language

from pytest_asrbench.errors import UsageError
from pytest_asrbench.support import languages
from pytest_asrbench.support.languages import Told, resolve


@pytest.mark.parametrize(
    ("given", "code"),
    [
        *(("de", "de"), ("DE", "de"), ("deu", "de"), ("ger", "de"), ("de-DE", "de"), ("de_DE.UTF-8", "de")),
        *(("German", "de"), ("german", "de"), (" German ", "de"), ("Deutsch", "de")),
        *(("EN", "en"), ("en-US", "en"), ("en_GB", "en"), ("eng", "en"), ("English (US)", "en"), ("en-UK", "en")),
        *(("pt_BR", "pt"), ("por", "pt"), ("Portuguese", "pt"), ("jpn", "ja"), ("Japanese", "ja"), ("日本語", "ja")),
        *(("zh", "zh"), ("zh-Hant", "zh"), ("zh-CN", "zh"), ("cmn", "zh"), ("zho", "zh"), ("chi", "zh")),
        *(("Chinese", "zh"), ("Mandarin", "zh"), ("Chinese (Simplified)", "zh"), ("cmn-Hans-CN", "zh")),
        *(("yue", "yue"), ("Cantonese", "yue"), ("zh-yue", "yue")),
        *(("fa", "fa"), ("Farsi", "fa"), ("Persian", "fa"), ("iw", "he"), ("in", "id"), ("jw", "jv"), ("mo", "ro")),
        *(("tl", "tl"), ("fil", "tl"), ("Filipino", "tl"), ("no", "no"), ("nb", "nb"), ("sr-Latn", "sr")),
        *(("Greek", "el"), ("Swahili", "sw"), ("haw", "haw"), ("Norwegian Bokmål", "nb"), ("haitian creole", "ht")),
    ],
)
def test_a_language_in_any_common_form_is_one_code(given: str, code: str) -> None:
    assert resolve(given) == code
    assert resolve(code) == code


@pytest.mark.parametrize("given", ["auto", "AUTO", "und", "mul", "zxx"])
def test_what_is_no_single_language_tells_nothing(given: str) -> None:
    assert resolve(given) is None


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("nonsense", "write a code such as 'de'"),
        ("Germna", r"did you mean 'de' \(german\)\?"),
        ("Traditional Chinese", r"did you mean 'zh' \(chinese\)\?"),
        *(("jp", "did you mean 'ja'"), ("cn", "did you mean 'zh'"), ("cz", "did you mean 'cs'")),
        *(("Klingon", "write a code"), ("x-default", "write a code")),
        *(("xx", "write a code"), ("", "write a code"), ("12", "write a code"), ("e" * 500, "write a code")),
    ],
)
def test_what_is_no_language_is_refused_with_what_was_meant(given: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"is no language; {hint}"):
        resolve(given)


def test_the_names_belong_to_languages_that_exist_and_to_one_each() -> None:
    table = tomllib.loads(resources.files("pytest_asrbench.support").joinpath("language_names.toml").read_text("utf-8"))
    assert len(table) > 180
    names = [name.casefold() for of_language in table.values() for name in of_language]
    assert len(names) == len(set(names))
    for code, of_language in table.items():
        assert Language.get(code).is_valid(), code
        assert all(resolve(name) == resolve(code) for name in of_language), of_language


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([], Told()),
        ([("snippet", None), ("corpus", "German"), ("model", "fr")], Told("de", "corpus", "de")),
        ([("--asr-language", "pt_BR"), ("snippet", "en")], Told("pt", "--asr-language", "pt")),
        ([("--asr-language", "auto"), ("corpus", "de")], Told("de", "corpus", None)),
        ([("--asr-language", "auto"), ("corpus", None)], Told()),
        ([("snippet", "und"), ("corpus", "de")], Told("de", "corpus", "de")),
    ],
)
def test_the_first_that_tells_has_the_say(layers: list[tuple[str, str | None]], told: Told) -> None:
    assert languages.told(layers) == told


def test_what_nobody_can_resolve_is_refused() -> None:
    with pytest.raises(UsageError, match="'nonsense' is no language"):
        languages.told([("corpus", "nonsense")])
