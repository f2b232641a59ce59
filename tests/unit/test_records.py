"""Outcomes survive JSON, and say what follows from their figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_asrbench.records import Counts, Outcome, Status, rate
from pytest_asrbench.store.serialized import outcome_from_dict, to_dict
from pytest_asrbench.support import strict_json
from tests.unit import outcomes

EVERY_TEXT = {**outcomes.ODD_TEXTS, "NUL": outcomes.NUL, "lone surrogates": outcomes.LONE_SURROGATES}


def there_and_back(outcome: Outcome) -> Outcome:
    """Through a file as it is written and read."""
    return outcome_from_dict(json.loads(strict_json.dumps(to_dict(outcome)).encode("utf-8")))


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("m", "c", "s"),
        outcomes.measured(),
        outcomes.measured("deep/er/id", "", "said in silence", tags=("x", "y"), seconds=(0.1, 0.2), unstable=True),
        outcomes.measured(peak_ram=None, empty_ram=None, language="de", speaker="17", device_notes=("no GPU",)),
        outcomes.measured(transcript_details={"segments": [{"start": 0.0, "text": "é"}]}, versions={"a": "1.0"}),
        outcomes.failed(log_tail="Segmentation fault\n  in f()\n", peak_vram=2**40),
        outcomes.failed(status=Status.SKIPPED, audio_seconds=1e-9),
        outcomes.failed(status=Status.TIMEOUT, words=10**12),
    ],
    ids=lambda outcome: f"{outcome.status}-{outcome.snippet}",
)
def test_an_outcome_comes_back_equal(outcome: Outcome) -> None:
    assert there_and_back(outcome) == outcome


@pytest.mark.parametrize("kind", EVERY_TEXT)
def test_every_text_comes_back_exactly(kind: str) -> None:
    text = EVERY_TEXT[kind]
    outcome = outcomes.measured(text, text, text, error=text, log_tail=text, speaker=text, tags=(text,))
    assert there_and_back(outcome) == outcome


def test_figures_that_are_no_numbers_come_back_as_unknown() -> None:
    details = {"logprob": float("nan"), "nested": [float("inf"), 1.5, {"x": -float("inf")}]}
    back = there_and_back(outcomes.measured(transcript_details=details))
    assert back.transcript_details == {"logprob": None, "nested": [None, 1.5, {"x": None}]}


def test_values_of_no_json_type_come_back_as_lists_and_as_text() -> None:
    back = there_and_back(outcomes.measured(load_details={"shape": {1}, "z": 1 + 2j, "pair": (1, 2)}))
    assert back.load_details == {"shape": [1], "z": "(1+2j)", "pair": [1, 2]}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"model": "m", "corpus": "c", "snippet": "s"},
        {**to_dict(outcomes.measured()), "status": "FINE"},
        {**to_dict(outcomes.measured()), "surprise": 1},
        {**to_dict(outcomes.measured()), "score": {"hits": 1}},
        {**to_dict(outcomes.measured()), "seconds": None},
        {**to_dict(outcomes.measured()), "seconds": [-1.0]},
        {**to_dict(outcomes.measured()), "audio_seconds": float("nan")},
        {**to_dict(outcomes.measured()), "scores": {"wer": {"errors": "1", "total": 2}}},
        {**to_dict(outcomes.measured()), "scores": {"wer": {"errors": 1, "total": 2, "parts": {"hits": -1}}}},
        [],
        "text",
    ],
)
def test_what_is_no_outcome_is_refused(broken: Any) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        outcome_from_dict(broken)


def test_counts_stay_whole() -> None:
    back = there_and_back(outcomes.measured("a", "one two", "one too")).scores["wer"]
    assert str(back.errors) == "1"


def test_time_is_the_median_of_the_rounds() -> None:
    assert outcomes.measured(seconds=(0.3, 0.1, 0.2)).time == 0.2
    assert outcomes.measured(seconds=(0.1, 0.3)).time == pytest.approx(0.2)
    assert outcomes.measured(seconds=()).time is None


def test_rtf_is_compute_by_audio_seconds() -> None:
    assert outcomes.measured(seconds=(0.5,), audio_seconds=2.0).rtf == 0.25
    assert outcomes.measured(audio_seconds=None).rtf is None
    assert outcomes.failed().rtf is None


def test_a_rate_without_a_whole_is_undefined() -> None:
    assert rate(1, 4) == 0.25
    assert rate(0, 4) == 0.0
    assert rate(1, 0) is rate(None, 4) is rate(1, None) is None


def test_status_is_written_as_a_word() -> None:
    assert json.loads(strict_json.dumps(to_dict(outcomes.failed())))["status"] == "CRASH"


def test_a_score_is_read_by_the_names_of_metrics_and_parts() -> None:
    score = outcomes.measured("a", "one two", "one too").score
    assert score is not None
    assert (score.wer, score.errors, score.reference_words) == (0.5, 1, 2)
    assert score.cer == pytest.approx(1 / 7)
    assert (score.substitutions, score.insertions) == (1, 0)
    silent = outcomes.measured("a", "", "thank you").score
    assert silent is not None
    assert silent.wer is silent.mer is None
    with pytest.raises(AttributeError, match="no metric is called 'were'"):
        _ = silent.were
    assert outcomes.failed().score is None


def test_counts_add_up_and_the_rate_is_of_the_sums() -> None:
    both = Counts(1, 2, {"insertions": 1}) + Counts(0, 8, {"insertions": 2, "hits": 8})
    assert both == Counts(1, 10, {"insertions": 3, "hits": 8})
    assert (both.rate, both.part("hits"), both.part("errors"), both.part("deletions")) == (0.1, 8, 1, 0)
    assert Counts(3, 0).rate is None
