"""Metrics are given the references that they need, beside the one that the task holds answers against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pytest_asrbench.metrics import normalizers, scoring
from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.registry import installed
from pytest_asrbench.metrics.scoring import Judge
from pytest_asrbench.records import Counts, Outcome, Status
from pytest_asrbench.store.serialized import outcome_from_dict, to_dict
from pytest_asrbench.support.languages import Told


class Dropped(Metric):
    """Words that are said and do not come out, of those that should not."""

    name = "dropped"
    title = "Dropped"
    needs = frozenset({"verbatim", "clean"})

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts:
        said, meant = (len(context.normalize(references[field]).split()) for field in ("verbatim", "clean"))
        return Counts(said - len(context.normalize(hypothesis).split()), said - meant)


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "installed", lambda: {**installed(), "dropped": Dropped()})


def judged(reference: str, transcript: str, **facts: Any) -> Outcome:
    outcome = Outcome("m", "c", "a", Status.OK, reference=reference, transcript=transcript, **facts)
    Judge(outcome, Told(), normalizers.load("verbatim"), ("dropped",)).score()
    return outcome


def test_a_task_names_one_field_and_its_metrics_the_others(dropped: None) -> None:
    assert scoring.fields("clean", ("wer",)) == ("clean",)
    assert scoring.fields("clean", ("dropped",)) == ("clean", "verbatim")
    assert scoring.fields("verbatim", ("dropped",)) == ("verbatim", "clean")


def test_the_answer_is_held_against_the_tasks_field_and_metrics_have_the_others(dropped: None) -> None:
    given: dict[str, Any] = {"reference_field": "clean", "other_references": {"verbatim": "Um, go go forward."}}
    outcome = judged("Go forward.", "go forward", **given)
    assert outcome.normalized_reference == "go forward"
    assert (outcome.scores["wer"], outcome.scores["dropped"]) == (
        Counts(0, 2, outcome.scores["wer"].parts),
        Counts(2, 2),
    )
    assert outcome_from_dict(to_dict(outcome)) == outcome


def test_a_metric_that_lacks_a_reference_counts_nothing(dropped: None) -> None:
    assert "dropped" not in judged("Go forward.", "go forward", reference_field="clean").scores


def test_fillers_that_come_out_as_nothing_are_no_clip_without_speech() -> None:
    context = Context(str, audio_seconds=60.0, reference="clean")
    silent, spoken = installed()["hallucination"], {"clean": "", "verbatim": "um uh"}
    assert silent.measure(spoken, "thank you", context) is None
    assert silent.measure({"clean": ""}, "thank you", context) == Counts(2, 1.0)
