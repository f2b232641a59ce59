"""OpenAI's Whisper tiny.en through every runtime: the same English, and what precision makes of it."""

from __future__ import annotations

import itertools

import jiwer
import pytest

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.report.analysis.hallucination import MORE_TIMES_ONE_WORD
from tests.adapters.listening import ask
from tests.benchmarks import hand_written
from tests.checkpoints.common import CONTROLS, audio, clips, wer
from tests.real.models import WAYS, loaded
from tests.real.sessions import Session

CORPORA = ("quickstart", "disfluent")
# WER of a correct run, by all runtimes within a point or two of each other, and a margin.
MOST = {"quickstart": 0.08, "disfluent": 0.45}
REPEATED = 6  # "uh" in a row, in a reference
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
    """In float32 and float16, whose rounding differs: a word or two in a hundred, of what nobody can hear for sure.

    onnx-asr asks a model for English alone in the words for several languages, which it has not been taught.
    """
    exact = [name for name in ways if WAYS[name].precision in ("float32", "float16")]
    heard = {name: english.normalised(name, "quickstart") for name in exact}
    for one, other in itertools.combinations(exact, 2):
        most = 0.06 if "onnx-asr" in (one, other) else 0.02
        assert jiwer.wer(heard[one], heard[other]) <= most, f"{one} and {other}"


@pytest.mark.parametrize(("small", "whole", "most"), TWINS)
def test_what_fewer_bits_change(english: Session, ways: list[str], small: str, whole: str, most: float) -> None:
    if small not in ways:
        pytest.skip(f"{WAYS[small].library} is not installed")
    heard = {name: english.normalised(name, "quickstart") for name in (small, whole)}
    assert jiwer.wer(heard[whole], heard[small]) <= most
    rates = [english.total(name, "quickstart")["wer"] for name in (small, whole)]
    assert abs(rates[0] - rates[1]) <= 0.03


def test_words_where_nobody_speaks_are_reported(silent: Session, english: Session, way: str) -> None:
    """Something like "(playful music)" is said of each sound; the rules of `whisper` take that out, `verbatim` not."""
    outcomes = silent.outcomes(way, "quickstart").values()
    words = [len(one["normalized_transcript"].split()) for one in outcomes]
    found = {one["model"]: one for one in silent.results["findings"]["nonspeech"]}[f"tiny.en-{way}"]
    assert (found["clips"], found["clips_with_words"], found["words"]) == (3, sum(map(bool, words)), sum(words))
    assert sum(words) > 0
    total = english.total(way, "quickstart")
    left = [
        one["normalized_transcript"] for one in english.outcomes(way, "quickstart").values() if not one["reference"]
    ]
    assert total["hallucination_errors"] == len(" ".join(left).split()) <= sum(words)


def test_fillers_in_running_speech_are_missed(english: Session, way: str) -> None:
    """Whisper has learned to leave out some; the corpus disfluent is scored word for word, fillers included."""
    outcomes = english.outcomes(way, "disfluent")
    running = [outcomes["mfa-crossword"], outcomes["mfa-acoustic-corpus"]]
    there, heard = (
        sum(one[text].split().count(filler) for one in running for filler in ("um", "uh"))
        for text in ("normalized_reference", "normalized_transcript")
    )
    assert there == 5
    assert heard < there
    assert english.total(way, "disfluent")["wer"] > english.total(way, "quickstart")["wer"]


def test_a_loop_is_reported(english: Session, ways: list[str]) -> None:
    """Six times "uh" in a row, which nobody says in the text that Whisper has learned, makes some go on with it."""
    said = {way: english.outcomes(way, "disfluent")["mfa-uhuh"]["normalized_transcript"].split() for way in ways}
    runs = {way: max(len(list(run)) for word, run in itertools.groupby(words)) for way, words in said.items()}
    found = {
        one["model"].removeprefix("tiny.en-"): one["times"]
        for one in english.results["findings"]["repetitions"]
        if one["snippet"] == "mfa-uhuh"
    }
    assert found
    assert found == {way: times for way, times in runs.items() if times - REPEATED >= MORE_TIMES_ONE_WORD}
