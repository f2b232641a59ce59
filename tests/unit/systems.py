"""Runs of several models, for the tests of their analysis."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from pytest_asrbench.records import Outcome
from tests.unit.outcomes import failed, measured

WORDS = "the of and to in a is that for it was as with be by on not he his but"


def heard(model: str, snippet: str, reference: str, transcript: str | None, **more: Any) -> Outcome:
    """What `model` made of one snippet; nothing if `transcript` is None. `corpus` may be given, too."""
    corpus = more.pop("corpus", "corpus")
    if transcript is None:
        found = failed(snippet, words=len(reference.split()), **more)
    else:
        found = measured(snippet, reference, transcript, **more)
    return replace(found, model=model, corpus=corpus)


def references(snippets: int, seed: int = 0) -> list[str]:
    """References of 5 to 15 words."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS.split(), k=chance.randint(5, 15))) for _ in range(snippets)]


def run(model: str, rate: float, snippets: int = 60, seed: int = 1, **more: Any) -> list[Outcome]:
    """A model that replaces, loses or doubles a word with probability `rate`, on the same references as all others."""
    chance = random.Random(f"{model}{seed}")
    return [
        heard(model, f"s{number:03d}", reference, spoiled(reference, rate, chance), **more)
        for number, reference in enumerate(references(snippets))
    ]


def spoiled(reference: str, rate: float, chance: random.Random) -> str:
    """The reference with errors of all three kinds."""
    words = [
        chance.choice(("other", "", f"{word} {word}")) if chance.random() < rate else word for word in reference.split()
    ]
    return " ".join(" ".join(words).split())
