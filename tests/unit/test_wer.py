"""Scoring against figures that others published, and the definitions at their edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jiwer
import pytest

from pytest_asrbench.metrics import normalizers, registry
from pytest_asrbench.metrics.normalizers import Normalizer
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.metrics.words import diff
from pytest_asrbench.records import Counts, Outcome
from tests.unit.outcomes import scored

DATA = Path(__file__).parents[1] / "data"
NONE = normalizers.load("none")
ERRORS = ("wer", "cer", "raw_wer", "mer", "wil")
PUBLISHED: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "published_wer.jsonl").read_text("utf-8").splitlines()
]
WORDS: list[dict[str, Any]] = json.loads((DATA / "jiwer_words.json").read_text("utf-8"))
CHARACTERS: list[dict[str, Any]] = json.loads((DATA / "jiwer_characters.json").read_text("utf-8"))


def sentences(texts: str | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def rates(outcome: Outcome, *names: str) -> tuple[float | None, ...]:
    return tuple(outcome.scores[name].rate if name in outcome.scores else None for name in names)


def score(reference: str, transcript: str, normalizer: Normalizer, language: str | None = None) -> dict[str, Counts]:
    """What the metrics count, and nothing for those that say nothing."""
    found = scored(reference, transcript, normalizer, language).scores
    return {name: found.get(name, Counts()) for name in registry.installed()}


def corpus_of(case: dict[str, Any]) -> list[Outcome]:
    """The outcomes of the pairs of a case, or of all its sentences as one."""
    references, transcripts = sentences(case["reference"]), sentences(case["hypothesis"])
    if case.get("transform") == "contiguous":
        references, transcripts = [" ".join(references)], [" ".join(transcripts)]
    return [scored(r, t, NONE) for r, t in zip(references, transcripts, strict=True)]


def summed(outcomes: list[Outcome]) -> Any:
    """Totals of a corpus of these."""
    return total("m", "c", outcomes)


# Published figures


def test_the_published_word_error_rates_are_reproduced_exactly() -> None:
    assert len(PUBLISHED) == 118
    for case in PUBLISHED:
        counted = score(case["reference"].lower(), case["hypothesis"].lower(), NONE)
        assert counted["wer"].rate == case["wer"], (case["model"], case["sample"], case["bitrate_kbps"])


@pytest.mark.parametrize(
    "case", WORDS, ids=lambda case: f"{case['transform']}-{case['reference']}-{case['hypothesis']}"
)
def test_rates_that_jiwer_expects(case: dict[str, Any]) -> None:
    scores = corpus_of(case)
    assert summed(scores).wer == pytest.approx(case["expected"]["wer"])
    if len(scores) == 1:
        assert rates(scores[0], "mer", "wil") == pytest.approx((case["expected"]["mer"], case["expected"]["wil"]))


@pytest.mark.parametrize("case", CHARACTERS, ids=lambda case: f"{case['reference']}-{case['hypothesis']}")
def test_character_rates_that_jiwer_expects(case: dict[str, Any]) -> None:
    assert summed(corpus_of(case)).cer == pytest.approx(case["expected_cer"])


@pytest.mark.parametrize("profile", normalizers.NAMES)
def test_all_counts_are_those_of_jiwer_itself(profile: str) -> None:
    normalizer = normalizers.load(profile)
    for case in PUBLISHED[::7]:
        outcome = scored(case["reference"], case["hypothesis"], normalizer, "en")
        said, heard = outcome.normalized_reference, outcome.normalized_transcript
        words = jiwer.process_words(said, heard)
        parts = {name: getattr(words, name) for name in ("hits", "substitutions", "deletions", "insertions")}
        assert outcome.scores["wer"].parts == parts
        assert rates(outcome, "wer", "mer") == (words.wer, words.mer)
        assert rates(outcome, "wil") == pytest.approx((words.wil,), abs=1e-15)
        raw = jiwer.wer(*(" ".join(case[name].split()) for name in ("reference", "hypothesis")))
        assert rates(outcome, "cer", "raw_wer") == (jiwer.cer(said, heard), raw)


def test_mer_of_a_corpus_is_jiwer_s_and_wil_the_mean_weighted_by_words() -> None:
    pairs = [("a b c d", "a x c"), ("one two", "one two three"), ("p q r s t u", "")]
    sums = summed([scored(*pair, NONE) for pair in pairs])
    whole = jiwer.process_words([one for one, _ in pairs], [other for _, other in pairs])
    each = [jiwer.process_words(*pair) for pair in pairs]
    assert sums.mer == whole.mer
    assert sums.wil == pytest.approx(
        sum(one.wil * len(pair[0].split()) for one, pair in zip(each, pairs, strict=True)) / 12
    )


# Definitions


def test_silence_rightly_heard_has_no_rate_and_no_error() -> None:
    counted = score("", " ", NONE)
    assert [counted[name].errors for name in ERRORS] == [0] * 5
    assert [counted[name].rate for name in ERRORS] == [None] * 5


def test_words_heard_in_silence_are_insertions_without_a_rate() -> None:
    counted = score("", "thank you for watching", NONE)
    assert (counted["wer"].part("insertions"), counted["wer"].errors, counted["wer"].total) == (4, 4, 0)
    assert [counted[name].rate for name in ERRORS] == [None] * 5


def test_nothing_heard_deletes_every_word() -> None:
    counted = score("one two three", "", NONE)
    assert counted["wer"].part("deletions") == 3
    assert [counted[name].rate for name in ERRORS] == [1.0] * 5


def test_a_reference_that_normalises_to_nothing_has_no_rate_but_a_raw_one() -> None:
    counted = score("[laughter]", "ha ha", normalizers.load("whisper"), "en")
    words = counted["wer"]
    assert (words.total, words.part("insertions"), words.rate) == (0, 2, None)
    assert counted["raw_wer"].rate == 2.0


def test_more_insertions_than_words_exceed_one() -> None:
    assert score("yes", "no no no", NONE)["wer"].rate == 3.0


def test_raw_words_stand_between_any_blanks() -> None:
    counted = score("One\ttwo\nthree\u3000four", "One two three four", normalizers.load("whisper"), "en")
    assert (counted["raw_wer"].errors, counted["raw_wer"].total) == (0, 4)


def test_normalised_and_raw_stand_side_by_side() -> None:
    outcome = scored("Mr. Smith paid $20.", "mister smith paid twenty dollars", normalizers.load("whisper"), "en")
    assert outcome.scores["wer"].rate == 0.0
    assert (outcome.scores["raw_wer"].rate or 0) >= 1.0
    assert outcome.normalized_reference == outcome.normalized_transcript == "mister smith paid $20"


@pytest.mark.parametrize(
    "text", ["\ud800 half a pair", "nul \0 here", "\u202eright to left", "👩‍👩‍👧 family", "w" * 50_000]
)
@pytest.mark.parametrize("profile", normalizers.NAMES)
def test_no_text_is_too_odd(profile: str, text: str) -> None:
    normalizer = normalizers.load(profile)
    assert score(text, text, normalizer)["wer"].errors == 0
    assert score("plain words", text, normalizer)["wer"].errors > 0


# Differences for people


def test_a_difference_marks_what_changed_and_nothing_else() -> None:
    assert diff("the cat sat down", "the hat sat") == "the [-cat-] {+hat+} sat [-down-]"
    assert diff("a b", "a b") == "a b"
    assert diff("", "so they say") == "{+so they say+}"
    assert diff("a b", "") == "[-a b-]"
    assert diff("", "") == ""
