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


def test_a_plain_sentence_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = English()
    monkeypatch.setattr(EnglishTextNormalizer, "__call__", None)
    assert fast("The colour, she said - of all things - was grey.") == "the color she said of all things was gray"
