"""OpenAI's Whisper base through every runtime: nine languages, told and untold, and one that a model has not."""

from __future__ import annotations

import itertools
from pathlib import Path

import jiwer
import pytest

from tests.checkpoints.common import ROOT
from tests.real import sessions
from tests.real.models import SEVERAL, WAYS
from tests.real.sessions import Session

CORPUS = "multilingual"
SPOKEN = {"de", "es", "fr", "it", "ja", "ko", "pt", "sv", "zh"}


@pytest.fixture(params=SEVERAL)
def way(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    pytest.importorskip(WAYS[name].library)
    return name


def characters(session: Session, way: str) -> float:
    """The rate of wrong characters, which is of use in scripts with and without blanks."""
    return float(session.total(way, CORPUS)["cer"])


def test_each_clip_is_asked_for_in_its_language(told: Session, way: str) -> None:
    outcomes = told.outcomes(way, CORPUS).values()
    assert {one["language"] for one in outcomes} == {one["language_told"] for one in outcomes} == SPOKEN
    assert 0 < characters(told, way) <= 0.14


def test_a_language_that_is_not_told_is_found_out(told: Session, untold: Session, way: str) -> None:
    outcomes = untold.outcomes(way, CORPUS)
    assert {one["language_told"] for one in outcomes.values()} <= {None, ""}
    found = {name: one["transcript_details"]["language"] for name, one in outcomes.items()}
    right = {name for name, one in outcomes.items() if found[name] == one["language"]}
    assert len(right) >= len(outcomes) - 1, found
    asked = told.said(way, CORPUS)
    assert {name: text for name, text in untold.said(way, CORPUS).items() if name in right} == {
        name: asked[name] for name in right
    }


def test_runtimes_hear_the_same(told: Session, several: list[str]) -> None:
    exact = [name for name in several if WAYS[name].precision in ("float32", "float16")]
    for one, other in itertools.combinations(exact, 2):
        assert jiwer.cer(told.normalised(one, CORPUS), told.normalised(other, CORPUS)) <= 0.03, f"{one} and {other}"


@pytest.mark.parametrize(
    ("small", "whole"),
    [
        ("whisper.cpp-q5_0", "whisper.cpp-f16"),
        ("faster-whisper-int8", "faster-whisper"),
        ("transcribe.cpp-q8_0", "transcribe.cpp-f16"),
        ("onnx-asr-int8", "onnx-asr"),
    ],
)
def test_what_fewer_bits_change(told: Session, several: list[str], small: str, whole: str) -> None:
    if small not in several:
        pytest.skip(f"{WAYS[small].library} is not installed")
    assert abs(characters(told, small) - characters(told, whole)) <= 0.04


def test_a_model_for_english_alone_is_not_asked(ways: list[str], tmp_path: Path) -> None:
    corpus = f"--asr-corpus={ROOT / 'corpora' / CORPUS}"
    session = sessions.run(tmp_path, "tiny.en", ways, corpus, "-k", "leopard-de")
    outcomes = [one for way in ways for one in session.outcomes(way, CORPUS).values()]
    assert [one["status"] for one in outcomes] == ["SKIPPED"] * len(ways)
    assert all("does not know the language 'de'" in one["error"] for one in outcomes)
