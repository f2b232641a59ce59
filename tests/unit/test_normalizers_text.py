"""What no profile may take for a word, what is equal in all of them, and texts that nobody spoke."""

from __future__ import annotations

import sys
import unicodedata
from itertools import product

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.normalizers import english
from pytest_asrbench.metrics.normalizers.english import English

PROFILES = ("whisper", "verbatim")
LANGUAGES = (None, "en", "de", "hi", "zh", "ar")
MARKS = [
    sign
    for sign in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(sign)[0] in "PS" and not any(c.isalnum() for c in unicodedata.normalize("NFKC", sign))
]


def apply(profile: str, text: str, language: str | None = None) -> str:
    return normalizers.load(profile).apply(text, language)


# Punctuation


@pytest.mark.parametrize(("profile", "language"), list(product(PROFILES, LANGUAGES)))
def test_no_mark_is_a_word_by_itself_or_in_company(profile: str, language: str | None) -> None:
    assert len(MARKS) > 7_000
    assert apply(profile, " ".join(f"{mark} {mark * 3}" for mark in MARKS), language) == ""


@pytest.mark.parametrize(("profile", "language"), list(product(PROFILES, LANGUAGES)))
def test_no_mark_around_a_word_makes_it_another(profile: str, language: str | None) -> None:
    closed = [mark for mark in MARKS if unicodedata.normalize("NFKC", mark) not in ("(", "[", "<")]
    text = " ".join(f"{mark}do{mark * 3} {mark} word{mark}" for mark in closed)
    assert apply(profile, text, language) == " ".join(["do word"] * len(closed))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "text", ["I do...", "I do…", "«I» do", "— I do —", "I do .", "I do”", "I, do!?", "¿I do? ...", "… I do"]
)
def test_a_sentence_is_its_words(profile: str, text: str) -> None:
    assert apply(profile, text, "en") == "i do"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("नमस्ते दुनिया।", "नमस्ते दुनिया"),
        ("मैं… “ठीक” हूँ॥", "मैं ठीक हूँ"),
        ("مرحبا، كيف حالك؟", "مرحبا كيف حالك"),
        ("ሰላም፡ዓለም።", "ሰላም ዓለም"),
    ],
)
def test_marks_of_other_scripts_are_no_words(profile: str, text: str, words: str) -> None:
    assert apply(profile, text) == words


def test_amounts_keep_their_marks_in_english_alone() -> None:
    assert apply("whisper", "$5.50 and 3%", "en") == "$5.50 and 3%"
    assert apply("whisper", "$5.50 and 3%", "de") == "5 50 and 3"


# What is equal


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        *(("tr", "IŞIK İstanbul", "ışık istanbul"), (None, "İstanbul güzel", "istanbul güzel")),
        *(("de", "STRASSE Fuß", "straße FUSS"), ("el", "ΟΔΟΣ", "οδος"), ("el", "Οδυσσεύς", "ΟΔΥΣΣΕΎΣ")),
        *(
            ("vi", "Tiếng Việt", unicodedata.normalize("NFD", "tiếng việt")),
            ("ko", "한국어", unicodedata.normalize("NFD", "한국어")),
        ),
        *(("hi", "क़लम", "क\u093cलम"), ("bn", "য়", "য\u09bc"), ("ja", "ガ", "カ\u3099"), ("th", "น้ํา", "น้ำ")),
        *(("en", "ｆｉｖｅ　５", "five 5"), ("en", "ﬁne ﬂag", "fine flag"), ("ar", "ﻼ", "لا"), ("nl", "ĳs", "ijs")),
        *(("en", "co\u00adop\u200b \ufeffhere\u2060", "coop here"), ("he", "\u200fשלום\u200e", "שלום")),
        *(
            ("ar", "مَرْحَبًا", "مرحبا"),
            ("ar", "الســـلام", "السلام"),
            ("he", "שָׁלוֹם", "שלום"),
            ("fa", "كتاب علي", "کتاب علی"),
        ),
        *(("hi", "२०२४", "2024"), ("ar", "٢٠٢٤", "2024"), ("fa", "۲۰۲۴", "2024"), ("th", "๒๐๒๔", "2024")),
        *(("uz", "oʻzbek", "o'zbek"), ("en", "it’s", "it's"), ("en", "iPhone™", "iPhone"), ("en", "5 ❤\ufe0f", "5 ")),
        *(("ml", "അവന്\u200d", "അവൻ"), ("bn", "উত্\u200dসব", "উৎসব")),
        *(("fa", "می\u200c\u200cخواهم", "می\u200cخواهم"), ("fa", "سلام\u200c", "سلام"), ("en", "a\u200cb\u200d", "ab")),
    ],
)
def test_one_text_in_two_writings_is_one(profile: str, language: str | None, one: str, other: str) -> None:
    assert apply(profile, one, language) == apply(profile, other, language) != ""


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        *(("tr", "kız", "kiz"), ("de", "schon", "schön"), ("vi", "má", "ma"), (None, "mà má mã", "ma ma ma")),
        *(
            ("hi", "हिन्दी", "हिन्दि"),
            (None, "हिन्दी", "हिन्द"),
            (None, "காடு", "கடு"),
            (None, "മല", "മാല"),
            (None, "বল", "বাল"),
        ),
        *(("fa", "می\u200cخواهم", "می خواهم"), ("ps", "ي", "ی"), ("ja", "はは", "ばば"), ("el", "πότε", "ποτέ")),
        *(("th", "มา", "ม้า"), ("si", "ක්\u200dෂ", "ක්ෂ"), ("zh", "國", "国")),
    ],
)
def test_two_words_are_two(profile: str, language: str | None, one: str, other: str) -> None:
    assert apply(profile, one, language) != apply(profile, other, language)


# Bounded work


ENDLESS = {
    "brackets": "[music " * 12_000,
    "angles": "<a" * 200_000,
    "parentheses": "(" * 64_000,
    "unclosed": "(um " * 100_000,
    "blanks": " " * 200_000 + "x",
    "fillers": "um " * 160_000,
    "digits": "1" * 4_301,
    "spelled digits": "one " * 4_290 + "decillion",
    "many numbers": "one " * 120_000,
    "halves": "and a half " * 40_000,
    "quotes": "' " * 200_000,
    "marks": "\u0301" * 400_000,
    "joiners": "\u200c\u0646" * 200_000,
    "stray joiners": "\u200d" * 400_000,
    "characters": "今" * 400_000,
    "stops": ". " * 200_000,
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("profile", PROFILES)
def test_no_text_takes_long(profile: str, text: str) -> None:
    assert isinstance(apply(profile, text, "en"), str)


def test_brackets_are_left_after_one_look_at_each() -> None:
    class Counting:
        """A pattern that counts how often it starts anew."""

        def __init__(self, pattern: object) -> None:
            self._pattern, self.matches = pattern, 0

        def sub(self, replace: object, text: str) -> str:
            def counted(match: object) -> str:
                self.matches += 1
                return str(replace(match))  # type: ignore[operator]

            return str(self._pattern.sub(counted, text))  # type: ignore[attr-defined]

    patterns = [Counting(pattern) for pattern in english._BRACKETS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(english, "_BRACKETS", patterns)
        assert english.without_brackets("[music " * 1_000 + "(" * 1_000) == "[music " * 1_000 + "(" * 1_000
    assert [one.matches for one in patterns] == [1, 1]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a [b] c", "a  c"),
        ("a [b c", "a [b c"),
        ("(a) b (c", " b (c"),
        ("() a", "() a"),
        ("[a [b] c]", " c]"),
        ("<a]b", "b"),
    ],
)
def test_what_stands_in_brackets_is_left_out(text: str, left: str) -> None:
    assert english.without_brackets(text) == left


def test_a_number_of_too_many_digits_is_a_word() -> None:
    assert English()("x " + "9" * 5_000 + " y") == "x " + "9" * 5_000 + " y"


@pytest.mark.parametrize("profile", normalizers.NAMES)
def test_a_text_that_nobody_spoke_is_refused(profile: str) -> None:
    with pytest.raises(UsageError, match=r"a text of 500,001 characters cannot be scored, at most 500,000 can: cut"):
        apply(profile, "x" * 500_001)
    assert apply(profile, "x" * 500_000) == "x" * 500_000
