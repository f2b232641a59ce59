"""OpenAI's Whisper tiny.en through every runtime: the same English, and what precision makes of it."""

from __future__ import annotations

import itertools

import jiwer
import pytest

from pytest_asrbench.adapter import Decoding
from tests.adapters.listening import ask
from tests.benchmarks import hand_written
from tests.checkpoints.common import CONTROLS, audio, clips, wer
from tests.real.models import WAYS, loaded
from tests.real.sessions import Session

CORPORA = ("quickstart", "disfluent")
# WER of a correct run, by all runtimes within a point or two of each other, and a margin.
MOST = {"quickstart": 0.07, "disfluent": 0.45}
# A quantised model and its twin: quantised, twin, and how many of their words may differ.
TWINS = [
    ("whisper.cpp-q5_0", "whisper.cpp-f16", 0.03),
    ("faster-whisper-int8", "faster-whisper", 0.02),
    ("transcribe.cpp-q8_0", "transcribe.cpp-f16", 0.02),
    ("onnx-asr-int8", "onnx-asr", 0.04),
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


@pytest.mark.parametrize("control", ["wrong_rate", "noise"])
def test_spoiled_audio_is_heard_wrong(control: str, way: str) -> None:
    """Two clips tell: a real model understands more of a spoiled recording than a tiny one that knows it by heart."""
    adapter, _ = loaded("tiny.en", WAYS[way])
    spoken = clips(2)
    heard = [audio(CONTROLS[control](clip.samples)) for clip in spoken]
    assert wer([clip.text for clip in spoken], [one.text for one in ask(adapter, heard)]) > 0.3


def test_runtimes_hear_the_same_words(english: Session, ways: list[str]) -> None:
    """In float32 and float16, whose rounding differs: a few words in a hundred of what nobody can hear for sure."""
    exact = [name for name in ways if WAYS[name].precision in ("float32", "float16")]
    heard = {name: english.normalised(name, "quickstart") for name in exact}
    for one, other in itertools.combinations(exact, 2):
        assert jiwer.wer(heard[one], heard[other]) <= 0.02, f"{one} and {other}"


@pytest.mark.parametrize(("small", "whole", "most"), TWINS)
def test_what_fewer_bits_change(english: Session, ways: list[str], small: str, whole: str, most: float) -> None:
    if small not in ways:
        pytest.skip(f"{WAYS[small].library} is not installed")
    heard = {name: english.normalised(name, "quickstart") for name in (small, whole)}
    assert jiwer.wer(heard[whole], heard[small]) <= most
    rates = [english.total(name, "quickstart")["wer"] for name in (small, whole)]
    assert abs(rates[0] - rates[1]) <= 0.03


def test_words_where_nobody_speaks_are_reported(english: Session, way: str) -> None:
    """Of "(playful music)" the rules leave nothing; what they leave is counted, and told in the summary."""
    silent = [one for one in english.outcomes(way, "quickstart").values() if not one["reference"]]
    assert len(silent) == 3
    words = sum(len(one["normalized_transcript"].split()) for one in silent)
    total = english.total(way, "quickstart")
    assert total["hallucination_errors"] == words
    assert total["hallucination_total"] == pytest.approx(sum(one["audio_seconds"] for one in silent) / 60)
    assert (f"tiny.en-{way} said {words} word" in english.printed) == (words > 0)


def test_fillers_are_left_out_and_that_counts_word_for_word(english: Session, way: str) -> None:
    """Whisper was taught to leave out "um" and "uh"; the corpus disfluent is scored with them."""
    outcomes = english.outcomes(way, "disfluent").values()
    there, heard = (
        sum(one[text].split().count(filler) for one in outcomes for filler in ("um", "uh"))
        for text in ("normalized_reference", "normalized_transcript")
    )
    assert there >= 10
    assert heard <= there / 2
    assert english.total(way, "disfluent")["wer"] > english.total(way, "quickstart")["wer"]
