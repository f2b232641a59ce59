"""Answers to dictation, scored as a session scores them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.metrics import Counts, normalizers
from pytest_asrbench.metrics.scoring import NOTHING, Judge
from pytest_asrbench.records import CLEAN, VERBATIM, Outcome, Status
from pytest_asrbench.support.languages import Told

SAID = "um the meeting with Anna is at five no at six and we do not do not need uh the the projector"
CLEANED = "The meeting with Anna is at six, and we do not need the projector."


def answered(
    answer: str,
    verbatim: str | None = SAID,
    clean: str = CLEANED,
    language: str | None = "en",
    field: str = CLEAN,
    form: Mapping[str, Any] = NOTHING,
    metrics: tuple[str, ...] = (),
    **more: Any,
) -> Outcome:
    """The outcome of a case with both references, or with the clean one alone."""
    normalizer = normalizers.load("cleanup")
    outcome = Outcome("model", "corpus", "clip", Status.OK, normalizer=normalizer.stamp, transcript=answer, **more)
    outcome.reference, outcome.reference_field = clean, field
    outcome.other_references = {VERBATIM: verbatim} if verbatim is not None else {}
    outcome.audio_seconds, outcome.seconds = 6.0, (0.3,)
    Judge(outcome, Told(language, "snippet" if language else ""), normalizer, metrics, form).score()
    return outcome


def counted(answer: str, metric: str, **more: Any) -> Counts:
    """What one metric counts in an answer; nothing where it says nothing of it."""
    return answered(answer, **more).scores.get(metric, Counts())
