"""By whose rules a clip is scored, and what a reader is told of its language."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.errors import CorpusError, UsageError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.scoring import Judge
from pytest_asrbench.records import Counts, Outcome
from pytest_asrbench.support.languages import Told

GERMAN = "Um neun Uhr, ja"
HINDI = "हिन्दी में बात करें"


def judged(reference: str, transcript: str, told: Told | None = None, heard: Any = None) -> Outcome:
    """The outcome of a case that `told` was known of, answered by `transcript`."""
    outcome = Outcome("m", "c", "s", reference=reference, transcript=transcript)
    outcome.transcript_details = {} if heard is None else {"language": heard}
    Judge(outcome, told or Told(), normalizers.load("whisper")).score()
    return outcome


def wer(outcome: Outcome) -> float | None:
    assert outcome.score is not None
    return outcome.score.wer


@pytest.mark.parametrize("told", [None, Told("hi", "corpus", "hi"), Told("en", "corpus", "en")])
def test_four_wrong_words_of_four_are_wrong_whatever_is_told(told: Told | None) -> None:
    assert wer(judged(HINDI, "हिन्दि मे बीत करो", told)) == 1.0
    assert wer(judged(HINDI, HINDI, told)) == 0.0


def test_the_language_that_was_told_rules_and_is_kept() -> None:
    outcome = judged(GERMAN, "neun Uhr, ja", Told("de", "model", "de"))
    assert (outcome.language, outcome.language_source, outcome.language_told) == ("de", "model", "de")
    assert wer(outcome) == 0.25  # "um" is a word, and no filler
    assert outcome.remarks == ()


def test_where_nobody_tells_the_model_is_believed() -> None:
    outcome = judged(GERMAN, "neun Uhr, ja", heard="german")
    assert (outcome.language, outcome.language_source, outcome.language_told) == ("de", "detected", None)
    assert wer(outcome) == 0.25
    assert outcome.reference_words == 3  # as counted before anybody had heard it
    assert outcome.remarks == ("language not told: detection is part of the time",)


def test_a_model_that_hears_what_cannot_be_is_not_believed() -> None:
    outcome = judged(HINDI, HINDI, heard="en")
    assert (outcome.language, outcome.language_source) == (None, "script")
    assert wer(outcome) == 0.0


@pytest.mark.parametrize("heard", [None, "", 7, "gibberish-of-a-fine-tune"])
def test_an_answer_that_is_no_language_is_none(heard: Any) -> None:
    outcome = judged(GERMAN, GERMAN, heard=heard)
    assert (outcome.language, outcome.language_source, outcome.remarks) == (None, "script", ())


def test_a_model_that_hears_another_language_than_the_corpus_knows() -> None:
    outcome = judged(GERMAN, GERMAN, Told("de", "corpus", None), heard="nl")
    assert (outcome.language, outcome.language_source, outcome.language_told) == ("de", "corpus", None)
    assert outcome.remarks == (
        "language not told: detection is part of the time",
        "the model heard 'nl', and the corpus says that it is 'de'",
    )
    assert judged(GERMAN, GERMAN, Told("de", "corpus", "de"), heard="de").remarks == ()


@pytest.mark.parametrize(
    ("reference", "language", "script"),
    [
        (HINDI, "en", "Devanagari"),
        ("plain words", "ru", "Latin"),
        ("今天", "ko", "Chinese or Japanese"),
        ("привет", "de", "Cyrillic"),
    ],
)
def test_a_language_that_is_written_otherwise_is_remarked_on(reference: str, language: str, script: str) -> None:
    (remark,) = judged(reference, reference, Told(language, "--asr-language", language)).remarks
    assert (
        remark
        == f"the reference is written in {script} letters, and --asr-language says that it is {language!r}: is that so?"
    )


@pytest.mark.parametrize(
    ("reference", "language"),
    [
        ("今天", "zh"),
        ("今天", "ja"),
        ("コーヒー", "ja"),
        ("dobar dan", "sr"),
        ("добар дан", "sr"),
        ("12", "ru"),
        ("", "ru"),
        ("今天 OK", "yue"),
    ],
)
def test_what_may_be_written_so_is_not(reference: str, language: str) -> None:
    assert judged(reference, reference, Told(language, "corpus", language)).remarks == ()


def test_an_answer_in_other_letters_is_remarked_on() -> None:
    outcome = judged(HINDI, "hindi mein baat karen", Told("hi", "corpus", "hi"))
    assert outcome.remarks == ("the answer is written in Latin letters, the reference in Devanagari ones",)


def test_both_texts_get_the_rules_of_the_reference() -> None:
    # Most letters of the answer are Latin, and still "isn't" is what it is in the reference.
    outcome = judged("यह बहुत अच्छा isn't है", "isn't is that so isn't")
    assert "isn" in (outcome.normalized_reference or "").split()
    assert "isn" in (outcome.normalized_transcript or "").split()


def test_characters_are_counted_for_cases_that_never_get_an_answer() -> None:
    outcome = Outcome("m", "c", "s", reference="今天天气很好。")
    judge = Judge(outcome, Told(), normalizers.load("whisper"))
    assert (outcome.reference_words, outcome.lost) == (6, {})
    judge.count_loss()
    assert (outcome.lost["wer"].rate, outcome.lost["cer"]) == (1.0, Counts(6, 6, outcome.lost["cer"].parts))


def test_a_reference_that_cannot_be_scored_is_no_fault_of_the_model_s() -> None:
    outcome = Outcome("m", "c", "s", reference="x" * 500_001)
    with pytest.raises(CorpusError, match="the reference of s: a text of 500,001 characters"):
        Judge(outcome, Told(), normalizers.load("none"))
    with pytest.raises(UsageError, match="a text of 500,001 characters"):
        judged("x", "x" * 500_001)
