"""Normalisers: what they unify, what they keep, and how a project's own ones are looked after."""

from __future__ import annotations

import functools
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.normalizers.profiles import VERSIONS


def apply(profile: str, text: str, language: str | None = "en") -> str:
    return normalizers.load(profile).apply(text, language)


def shout(text: str, _language: str | None) -> str:
    """A project's own normaliser."""
    return f"  {text.upper()} \n"


class Shouter:
    """Another one, as an object."""

    def __call__(self, text: str, language: str | None) -> str:
        return shout(text, language)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Um, the colour isn't, uh, grey.", "the color is not gray"),
        ("They\u2019re twenty-one", "they are 21"),
        ("Dr. Jones [coughs] (softly) said", "doctor jones said"),
        ("  two   blanks ", "2 blanks"),
        ("", ""),
        ("[noise]", ""),
    ],
)
def test_whisper_unifies_english(text: str, expected: str) -> None:
    assert apply("whisper", text) == expected


@pytest.mark.parametrize("language", [None, "en", "en-GB", "EN", "English", "eng"])
def test_english_rules_are_those_of_unknown_languages_too(language: str | None) -> None:
    assert apply("whisper", "isn't", language) == "is not"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [("hi", "नमस्ते दुनिया", 2), ("ta", "வணக்கம் உலகம்", 2), ("ml", "നമസ്കാരം ലോകം", 2), ("de", "Über, alles!", 2)],
)
def test_combining_marks_keep_words_together(language: str, text: str, words: int) -> None:
    assert len(apply("whisper", text, language).split()) == words
    assert len(apply("verbatim", text, language).split()) == words


def test_english_contractions_are_left_alone_in_other_languages() -> None:
    assert "won" not in apply("whisper", "Um gut zu sein", "de").split()
    assert apply("whisper", "um gut", "de").split() == ["um", "gut"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Um, well -- I\u2019m, uh... HERE!", "um well i'm uh here"),
        ("'quoted' words' and rock 'n' roll", "quoted words and rock n roll"),
        ("ﬁne Straße", "fine strasse"),
        ("(in brackets) [noise]", "in brackets noise"),
        ("twenty-one 21", "twenty one 21"),
        ("...", ""),
    ],
)
def test_verbatim_keeps_every_spoken_word(text: str, expected: str) -> None:
    assert apply("verbatim", text) == expected


def test_verbatim_is_idempotent() -> None:
    once = apply("verbatim", "“Um”, she said — it’s 5 o’clock…")
    assert apply("verbatim", once) == once


def test_none_touches_blanks_alone() -> None:
    assert apply("none", " One,\n two\t\u3000THREE! ") == "One, two THREE!"


# Which rules made a number


@pytest.mark.parametrize("name", normalizers.NAMES)
def test_a_stamp_names_rules_version_and_digest(name: str) -> None:
    loaded = normalizers.load(name)
    assert re.fullmatch(rf"{name}-[\w.]+-[0-9a-f]{{8}}", loaded.stamp)
    assert normalizers.load(name) is loaded


def test_ours_are_known_by_their_versions_and_a_package_s_rules_by_their_content() -> None:
    loaded = {name: normalizers.load(name) for name in normalizers.NAMES}
    assert loaded["whisper"].version == f"{metadata.version('whisper-normalizer')}.{VERSIONS['whisper']}"
    assert loaded["verbatim"].version == VERSIONS["verbatim"]
    assert len({one.digest for one in loaded.values()}) == 5


def test_what_the_profiles_make_of_a_text_changes_with_their_version_alone() -> None:
    """If this fails, raise the profile's version, and take the new words over."""
    text = "Um, It’s “naïve” – 5 ㎏ [noise], 今天 क़लम"
    assert VERSIONS == {"whisper": "2", "verbatim": "2", "none": "1", "leaderboard": "1", "cleanup": "1"}
    assert apply("whisper", text) == "it is naive 5 kg 今 天 क़लम"
    assert apply("verbatim", text) == "um it's naïve 5 kg noise 今 天 क़लम"
    assert apply("cleanup", text) == "um it is naïve 5 kg noise 今 天 क़लम"
    assert apply("none", text) == text
    assert apply("leaderboard", text) == "it s naive 5 kg 今天 कलम"


@pytest.mark.skipif(metadata.version("whisper-normalizer") != "0.1.15", reason="another version has other rules")
def test_code_that_makes_the_same_words_keeps_its_stamp() -> None:
    """Saved runs are compared by these: a faster way to the same words must not cost anybody a baseline."""
    stamps = [normalizers.load(name).stamp for name in normalizers.NAMES]
    known = ["whisper-0.1.15.2-9283d1e6", "verbatim-2-2db9f42a", "cleanup-0.1.15.1-a929c912", "none-1-d762b6ea"]
    assert stamps == [*known, "leaderboard-0.1.15.1-329fb75b"]


def test_an_unknown_name_lists_the_known_ones() -> None:
    known = "cleanup, leaderboard, mine, none, verbatim, whisper"
    with pytest.raises(UsageError, match=f"unknown normalizer 'zx'; known are {known}"):
        normalizers.load("zx", {"mine": shout})
    with pytest.raises(UsageError, match="unknown normalizer 'wisper'; did you mean 'whisper'"):
        normalizers.load("wisper", {"mine": shout})


# A project's own


@pytest.mark.parametrize("function", [shout, Shouter(), functools.partial(shout)])
def test_a_project_may_bring_its_own(function: normalizers.Normalize) -> None:
    loaded = normalizers.load("mine", {"mine": function})
    assert loaded.apply("hello  there", None) == "HELLO THERE"
    assert re.fullmatch(r"mine-custom-[0-9a-f]{8}", loaded.stamp)


def test_the_digest_follows_the_file_that_defines_the_rules(tmp_path: Path) -> None:
    def stamp(source: str, ends: str = "\n") -> str:
        path = tmp_path / "rules.py"
        path.write_bytes(source.replace("\n", ends).encode())
        scope: dict[str, Any] = {}
        exec(compile(source, str(path), "exec"), scope)
        return normalizers.load("mine", {"mine": scope["rules"]}).stamp

    first = stamp("def rules(text, language):\n    return text\n")
    assert stamp("def rules(text, language):\n    return text\n", "\r\n") == first
    assert stamp("def rules(text, language):\n    return text.lower()\n") != first


def test_rules_without_a_file_have_no_digest() -> None:
    assert normalizers.load("mine", {"mine": eval("lambda text, language: text")}).digest == "unknown"
    assert normalizers.load("mine", {"mine": max}).digest == "unknown"  # type: ignore[dict-item]


def test_one_of_ours_can_be_replaced() -> None:
    assert normalizers.load("none", {"none": shout}).apply("x", None) == "X"


def test_rules_that_raise_are_named() -> None:
    def fail(text: str, _language: str | None) -> str:
        return str(int(text))

    with pytest.raises(UsageError, match="the normalizer 'mine' failed with ValueError"):
        normalizers.load("mine", {"mine": fail}).apply("words", None)


def test_rules_that_return_no_text_are_named() -> None:
    def words(text: str, _language: str | None) -> Any:
        return text.split()

    with pytest.raises(UsageError, match="the normalizer 'mine' returned list; it should return a string"):
        normalizers.load("mine", {"mine": words}).apply("words", None)
