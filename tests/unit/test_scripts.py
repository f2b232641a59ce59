"""In which script a text is written, and what its words are where it has no blanks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.normalizers import scripts
from pytest_asrbench.metrics.registry import leading
from pytest_asrbench.records import Counts
from tests.unit.outcomes import scored


@pytest.mark.parametrize(
    ("text", "script"),
    [
        *(("plain words", "Latn"), ("Über", "Latn"), ("привет", "Cyrl"), ("हिन्दी में", "Deva"), ("வணக்கம்", "Taml")),
        *(("今天", "Hani"), ("コーヒー", "Hani"), ("これは", "Hani"), ("한국어", "Hang"), ("ไทย", "Thai")),
        *(("مرحبا", "Arab"), ("שלום", "Hebr"), ("12 + 3 ...", None), ("", None), ("привет OK", "Cyrl")),
        ("a" * 30_000 + "привет" * 30_000, "Latn"),
    ],
)
def test_the_script_of_most_letters(text: str, script: str | None) -> None:
    assert scripts.dominant(text) == script


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("plain words", "en"),
        ("12 34", "en"),
        ("", "en"),
        ("a naïve remark that nobody at the table of ten took for what it really was", "en"),
        ("Über den Wolken muss die Freiheit", "und-Latn"),
        ("Tiếng Việt rất hay", "und-Latn"),
        ("Tie\u0302\u0301ng Vie\u0323\u0302t", "und-Latn"),
        ("हिन्दी में बात", "und-Deva"),
        ("今天", "und-Hani"),
    ],
)
def test_only_what_may_be_english_is_taken_for_it(text: str, guess: str) -> None:
    assert scripts.guess(text) == guess


@pytest.mark.parametrize(
    ("language", "script"),
    [("en", "Latn"), ("hi", "Deva"), ("ja", "Hani"), ("zh", "Hani"), ("yue", "Hani"), ("ko", "Hang"), ("sr", None)],
)
def test_the_script_of_a_language(language: str, script: str | None) -> None:
    assert scripts.expected(language) == script


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("今天天气很好。我们去公园。", "今 天 天 气 很 好 我 们 去 公 园"),
        ("我用iPhone打电话，OK？", "我 用 iphone 打 电 话 ok"),
        ("２０２４年１２月", "2024 年 12 月"),
        ("これはテスト、コーヒーです。", "こ れ は テ ス ト コ ー ヒ ー で す"),
        ("ﾊﾛｰ ワールド", "ハ ロ ー ワ ー ル ド"),
        ("か\u3099くせい", "が く せ い"),  # NFD
        ("น้ำใจ ok", "น้ำ ใ จ ok"),
        ("ສະບາຍດີ", "ສ ະ บ າ ຍ ດີ".replace("บ", "ບ")),
        ("សួស្តី", "សួ ស្ តី"),
        ("မြန်မာစာ", "မြ န် မာ စာ"),
        ("བོད་སྐད།", "བོ ད སྐ ད"),
        ("한국어 말하기", "한국어 말하기"),
        ("\u1112\u1161\u11ab국어", "한국어"),  # NFD jamo
    ],
)
@pytest.mark.parametrize("profile", ["whisper", "verbatim"])
@pytest.mark.parametrize("language", [None, "en", "zh"])
def test_letters_of_scripts_without_blanks_are_words(text: str, words: str, profile: str, language: str | None) -> None:
    assert normalizers.load(profile).apply(text, language) == words


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("今 天 ok 好", "今天ok好"),
        ("plain words", "plain words"),
        ("a b 天 c d", "a b天c d"),
        ("한국어 말", "한국어 말"),
    ],
)
def test_artificial_blanks_are_taken_out_again(words: str, text: str) -> None:
    assert scripts.together(words) == text


def counted(reference: str, transcript: str, profile: str = "whisper") -> Mapping[str, Counts]:
    return scored(reference, transcript, normalizers.load(profile)).scores


def counts(found: Mapping[str, Counts], metric: str) -> tuple[float, float]:
    return found[metric].errors, found[metric].total


def test_one_character_too_many_is_one_error() -> None:
    one = counted("今天天气很好。我们去公园。", "今天天气很好我们去公园吧")
    assert counts(one, "wer") == counts(one, "cer") == (1, 11)
    assert leading(one).name == "cer"


@pytest.mark.parametrize(
    ("reference", "unspaced"), [("我用iPhone打电话", True), ("plain words", False), ("한국어 말", False), ("", False)]
)
def test_where_the_cer_says_more(reference: str, unspaced: bool) -> None:
    assert (leading(counted(reference, "x")).name == "cer") is unspaced


def test_without_rules_words_stand_between_blanks_and_the_cer_says_more() -> None:
    one = counted("今天天气很好。 我们去公园。", "今天天气很好。我们去公园。", "none")
    assert counts(one, "wer") == (2, 2)
    assert one["cer"].errors == 0
    assert leading(one).name == "cer"
