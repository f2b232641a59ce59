"""OpenAI's Whisper tiny.en through every runtime: the same English, and what precision makes of it."""

from __future__ import annotations

import pytest

from pytest_asrbench.adapter import Decoding
from tests.benchmarks import hand_written
from tests.checkpoints.common import clips
from tests.real.models import WAYS, loaded
from tests.real.sessions import Session

CORPORA = ("quickstart", "disfluent")
# WER of a correct run, by all runtimes within a point or two of each other, and a margin.
MOST = {"quickstart": 0.10, "disfluent": 0.45}
# A quantised model and its twin: quantised, twin, and how many of their words may differ.
TWINS = [
    ("whisper.cpp-q5_0", "whisper.cpp-f16", 0.06),
    ("faster-whisper-int8", "faster-whisper", 0.04),
    ("transcribe.cpp-q8_0", "transcribe.cpp-f16", 0.04),
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    pytest.importorskip(WAYS[name].library)
    return name


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_clip_is_answered_in_the_precision_that_was_asked_for(english: Session, way: str, corpus: str) -> None:
    outcomes = english.outcomes(way, corpus).values()
    assert {(one["status"], one["dtype"], one["device"]) for one in outcomes} == {("OK", WAYS[way].precision, "cpu")}


@pytest.mark.parametrize("corpus", CORPORA)
def test_no_more_words_are_wrong_than_in_a_correct_run(english: Session, way: str, corpus: str) -> None:
    total = english.total(way, corpus)
    assert total["counted"] == len(english.outcomes(way, corpus))
    assert 0 < total["wer"] <= MOST[corpus]


def test_transcripts_are_those_of_the_library_called_directly(english: Session, way: str) -> None:
    """Clip by clip. The calls are told what the adapter tells them: greedy, without fallback to temperatures."""
    adapter, source = loaded("tiny.en", WAYS[way])
    loop = getattr(hand_written, WAYS[way].loop)(adapter, source, Decoding())
    said = english.said(way, "quickstart")
    assert [said[clip.id] for clip in clips()] == [loop(clip.samples) for clip in clips()]
