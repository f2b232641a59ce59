"""Our way of applying Whisper's English rules: the package's words, without its faults and at any length."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from pytest_asrbench.metrics import normalizers

CORPORA = Path(__file__).parents[2] / "corpora"
PIECES = """
and a half one two twenty-one hundred thousand million point five o'clock oh zero double triple seven dollars cents
percent per cent pounds first second third twentieth 1 2.5 $3 7% 1,000 £2.50 3rd 21st 1960s don't won't
can't i'm they're he's been she'd gone 's 't mr mrs dr st. jr esq. wanna gonna imma ma'am y'all
[half ( open colour grey theatre don 't wo[x]n't m(x)r don’ - — café naïve ÷ AND One
at the end of it all he and she said and then
"""
ENGLISH = normalizers.load("whisper").apply
PACKAGE = EnglishTextNormalizer()  # reads a table of spellings each time that it is made


def package(text: str) -> str:
    """What whisper-normalizer itself makes of a text."""
    words: str = PACKAGE(text.replace("’", "'"))
    return " ".join(words.split())


def test_on_every_english_text_of_the_corpora() -> None:
    texts = [
        line["text"]
        for manifest in CORPORA.glob("*/manifest.jsonl")
        for line in map(json.loads, manifest.read_text("utf-8").splitlines())
        if line["text"].isascii()
    ]
    assert len(texts) >= 60
    for text in texts:
        assert ENGLISH(text, "en") == package(text)


def test_on_random_mixtures_of_what_the_rules_are_about() -> None:
    chance, pieces = random.Random(0), PIECES.split()
    for _ in range(4_000):
        text = " ".join(chance.choices(pieces, k=chance.randint(0, 12)))
        assert ENGLISH(text, "en") == package(text), text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The colour, she said - of all things - was grey.", "the color she said of all things was gray"),
        ("It's been Mary's, hasn't it?", "it has been mary is has not it"),
        ("Well, um, twenty-one people were, uh, gonna stay.", "well 21 people were going to stay"),
        ("Dr. Brown and Mrs. Brown", "doctor brown and missus brown"),
        ("It's $5.00 and 5%, or ten dollars", "it is $5 and 5% or $10"),
        # What surprises, as docs/numbers.md tells:
        ("at ten o'clock", "at 100 clock"),
        ("at 10:30, or 10.30", "at 10 30 or 10.30"),
        ("minus five, -5", "-5 5"),
        ("one, two, three", "123"),
        ("1 apple", "one apple"),
        ("St. John's Dr.", "saint john is doctor"),
        ("the naïve Müller", "the naive muller"),
        ("2000 and half past", "2000 and half past"),
    ],
)
def test_common_sentences(text: str, words: str) -> None:
    assert ENGLISH(text, "en") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("he's um been", "he has been"),  # a filler between the words of a rule
        ("I do...", "i do"),
        ("Um...", ""),
        ("plus point", "point"),  # a sign without a number is no word
        ("3½ cups", "3 one 2 cups"),
    ],
)
def test_where_the_package_is_wrong(text: str, words: str) -> None:
    assert package(text) != words
    assert ENGLISH(text, "en") == words


def test_marks_of_other_scripts_stay_in_an_english_text() -> None:
    assert ENGLISH("she said नमस्ते दुनिया to Müller", "en") == "she said नमस्ते दुनिया to muller"
