"""Scoring against figures that others published, and the definitions at their edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jiwer
import pytest

from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.metrics.wer import diff, score
from pytest_asrbench.records import Outcome, Score, Status

DATA = Path(__file__).parents[1] / "data"
NONE = normalizers.load("none")
PUBLISHED: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "published_wer.jsonl").read_text("utf-8").splitlines()
]
WORDS: list[dict[str, Any]] = json.loads((DATA / "jiwer_words.json").read_text("utf-8"))
CHARACTERS: list[dict[str, Any]] = json.loads((DATA / "jiwer_characters.json").read_text("utf-8"))


def sentences(texts: str | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def corpus_of(case: dict[str, Any]) -> list[Score]:
    """The scores of the pairs of a case, or of all its sentences as one."""
    references, transcripts = sentences(case["reference"]), sentences(case["hypothesis"])
    if case.get("transform") == "contiguous":
        references, transcripts = [" ".join(references)], [" ".join(transcripts)]
    return [score(r, t, NONE) for r, t in zip(references, transcripts, strict=True)]


def summed(scores: list[Score]) -> Any:
    """Totals of a corpus of these scores."""
    outcomes = [Outcome("m", "c", str(n), status=Status.OK, score=one) for n, one in enumerate(scores)]
    return total("m", "c", outcomes)


# Published figures


def test_the_published_word_error_rates_are_reproduced_exactly() -> None:
    assert len(PUBLISHED) == 118
    for case in PUBLISHED:
        counted = score(case["reference"].lower(), case["hypothesis"].lower(), NONE)
        assert counted.wer == case["wer"], (case["model"], case["sample"], case["bitrate_kbps"])


@pytest.mark.parametrize(
    "case", WORDS, ids=lambda case: f"{case['transform']}-{case['reference']}-{case['hypothesis']}"
)
def test_rates_that_jiwer_expects(case: dict[str, Any]) -> None:
    scores = corpus_of(case)
    assert summed(scores).wer == pytest.approx(case["expected"]["wer"])
    if len(scores) == 1:
        assert scores[0].mer == pytest.approx(case["expected"]["mer"])
        assert scores[0].wil == pytest.approx(case["expected"]["wil"])


@pytest.mark.parametrize("case", CHARACTERS, ids=lambda case: f"{case['reference']}-{case['hypothesis']}")
def test_character_rates_that_jiwer_expects(case: dict[str, Any]) -> None:
    assert summed(corpus_of(case)).cer == pytest.approx(case["expected_cer"])


@pytest.mark.parametrize("profile", normalizers.NAMES)
def test_all_counts_are_those_of_jiwer_itself(profile: str) -> None:
    normalizer = normalizers.load(profile)
    for case in PUBLISHED[::7]:
        counted = score(case["reference"], case["hypothesis"], normalizer, "en")
        words = jiwer.process_words(counted.normalized_reference, counted.normalized_transcript)
        assert (counted.hits, counted.substitutions) == (words.hits, words.substitutions)
        assert (counted.deletions, counted.insertions) == (words.deletions, words.insertions)
        assert (counted.wer, counted.mer, counted.wil) == (words.wer, words.mer, words.wil)
        assert counted.cer == jiwer.cer(counted.normalized_reference, counted.normalized_transcript)
        assert counted.raw_wer == jiwer.wer(*(" ".join(case[name].split()) for name in ("reference", "hypothesis")))


# Definitions


def test_silence_rightly_heard_has_no_rate_and_no_error() -> None:
    counted = score("", " ", NONE)
    assert counted.errors == counted.character_errors == counted.raw_errors == 0
    assert counted.wer is counted.cer is counted.raw_wer is counted.mer is counted.wil is None


def test_words_heard_in_silence_are_insertions_without_a_rate() -> None:
    counted = score("", "thank you for watching", NONE)
    assert (counted.insertions, counted.errors, counted.reference_words) == (4, 4, 0)
    assert counted.wer is counted.mer is counted.wil is counted.cer is None


def test_nothing_heard_deletes_every_word() -> None:
    counted = score("one two three", "", NONE)
    assert (counted.deletions, counted.wer, counted.cer) == (3, 1.0, 1.0)


def test_a_reference_that_normalises_to_nothing_has_no_rate_but_a_raw_one() -> None:
    counted = score("[laughter]", "ha ha", normalizers.load("whisper"), "en")
    assert (counted.reference_words, counted.insertions, counted.wer) == (0, 2, None)
    assert counted.raw_wer == 2.0


def test_more_insertions_than_words_exceed_one() -> None:
    assert score("yes", "no no no", NONE).wer == 3.0


def test_raw_words_stand_between_any_blanks() -> None:
    counted = score("One\ttwo\nthree\u3000four", "One two three four", normalizers.load("whisper"), "en")
    assert counted.raw_errors == 0
    assert counted.raw_reference_words == 4


def test_normalised_and_raw_stand_side_by_side() -> None:
    counted = score("Mr. Smith paid $20.", "mister smith paid twenty dollars", normalizers.load("whisper"), "en")
    assert counted.wer == 0.0
    assert counted.raw_wer is not None
    assert counted.raw_wer >= 1.0
    assert counted.normalized_reference == counted.normalized_transcript == "mister smith paid $20"


@pytest.mark.parametrize(
    "text", ["\ud800 half a pair", "nul \0 here", "\u202eright to left", "👩‍👩‍👧 family", "w" * 50_000]
)
@pytest.mark.parametrize("profile", normalizers.NAMES)
def test_no_text_is_too_odd(profile: str, text: str) -> None:
    normalizer = normalizers.load(profile)
    assert score(text, text, normalizer).errors == 0
    assert score("plain words", text, normalizer).errors > 0


# Differences for people


def test_a_difference_marks_what_changed_and_nothing_else() -> None:
    assert diff("the cat sat down", "the hat sat") == "the [-cat-] {+hat+} sat [-down-]"
    assert diff("a b", "a b") == "a b"
    assert diff("", "so they say") == "{+so they say+}"
    assert diff("a b", "") == "[-a b-]"
    assert diff("", "") == ""
