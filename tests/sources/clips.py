"""Recordings for corpora in other formats, and what is compared of what was read: texts, lengths, samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import soundfile

from pytest_asrbench.corpus.loading import Corpus
from tests.unit import sounds

RATE = 16_000
WORDS = ("go forward ten meters", "ten of clubs", "he was not an ill disposed young man")


def write(path: Path, seconds: float = 1.0, rate: int = RATE, channels: int = 1) -> Path:
    """A recording of its own sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = sounds.tone(seconds, rate, channels) * (0.5 + seconds / 20)
    soundfile.write(path, samples, rate)
    return path


def texts(corpus: Corpus) -> dict[str, str]:
    """The references by id; nothing may be wrong with any snippet."""
    assert {one.id: one.problem for one in corpus.snippets if one.problem} == {}
    return {one.id: one.reference() for one in corpus.snippets}


def lengths(corpus: Corpus) -> dict[str, float]:
    """Seconds of decoded audio by id."""
    return {one.id: one.read(RATE, one.id).seconds for one in corpus.snippets}


def same_sound(corpus: Corpus, name: str, samples: Any) -> None:
    """Hold the decoded samples of a snippet against those that another library has read."""
    snippet = corpus.snippets.find(name)
    assert snippet is not None
    assert snippet.read(RATE, name).numpy() == pytest.approx(samples.squeeze(), abs=1e-4)
