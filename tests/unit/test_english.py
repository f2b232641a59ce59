"""The short cuts change nothing: the same text comes out as from the package's own class."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from pytest_asrbench.scoring.english import English

CORPORA = Path(__file__).parents[2] / "corpora"
PIECES = """
and a half one two twenty-one hundred thousand million point five o'clock oh zero double triple seven dollars cents
percent per cent pounds minus plus first second third twentieth 1 2.5 $3 7% 1,000 £2.50 3rd 21st 1960s don't won't
can't i'm they're he's been she'd gone 's 't mr mrs dr st. jr esq. uh um mm mhm hmm wanna gonna imma ma'am y'all
[noise] (laughs) <unk> [half ( open colour grey theatre don 't wo[x]n't m(x)r ’ - — … café naïve ÷ ½ and AND One
at the end of it all he and she said and then
"""
STEMS = "it he she they i you we who there don won can could y ma o let ain doctor one got been gone done"
ENDS = "s d ll ve m re t n't am all clock been got ma s's d've"


def test_on_every_text_of_the_corpora() -> None:
    plain, fast = EnglishTextNormalizer(), English()
    texts = [
        json.loads(line)["text"]
        for manifest in CORPORA.glob("*/manifest.jsonl")
        for line in manifest.read_text("utf-8").splitlines()
    ]
    assert len(texts) > 80
    for text in texts:
        assert fast(text) == plain(text)


def test_on_random_mixtures_of_what_the_rules_are_about() -> None:
    plain, fast = EnglishTextNormalizer(), English()
    chance, pieces = random.Random(0), PIECES.split()
    for _ in range(4_000):
        text = " ".join(chance.choices(pieces, k=chance.randint(0, 12)))
        assert fast(text) == plain(text), text


def test_on_random_marks_between_common_words() -> None:
    plain, fast = EnglishTextNormalizer(), English()
    chance = random.Random(1)
    words = (PIECES + "colour Grey centre organise archaeology flyer cause so.called x").split()
    marks = [*' \t.,-"!;:_\u00a0\x1c', ". ", ", ", "--", "..", "...", ". .", "?\n", " and a "]
    for _ in range(20_000):
        count = chance.randint(0, 8)
        text = "".join(chance.choice(words) + chance.choice(marks) for _ in range(count)) + chance.choice(["", *words])
        assert fast(text) == plain(text), text


def test_on_random_contractions() -> None:
    plain, fast = EnglishTextNormalizer(), English()
    chance = random.Random(2)
    words, ends = STEMS.split(), ENDS.split()
    for _ in range(10_000):
        text = ""
        for _ in range(chance.randint(1, 6)):
            text += chance.choice([*words, "got", "been", "gonna", "um", "twenty"])
            text += "".join("'" + chance.choice(ends) for _ in range(chance.choice((0, 0, 1, 1, 2))))
            text += chance.choice((" ", " ", " ", "  ", ", ", "-", ".", "\n"))
        assert fast(text) == plain(text), text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The colour, she said - of all things - was grey.", "the color she said of all things was gray"),
        ("It's been Mary's, hasn't it?", "it has been mary is has not it"),
        ("Well, um, twenty-one people were, uh, gonna stay.", "well 21 people were going to stay"),
        ("Dr. Brown and Mrs. Brown", "doctor brown and missus brown"),
    ],
)
def test_common_sentences_take_the_short_way(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    fast = English()
    assert EnglishTextNormalizer()(text) == words
    monkeypatch.setattr(EnglishTextNormalizer, "__call__", None)
    assert fast(text) == words
