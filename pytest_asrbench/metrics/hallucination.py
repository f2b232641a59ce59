"""Hallucination: words said in recordings whose reference holds none, by the minute of such recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.records import Counts


class Hallucination(Metric):
    """Words per minute of non-speech."""

    name = "hallucination"
    title = "Hallucination"
    unit = "words/min"
    order = 70
    shown = False
    loses = False
    meaning = "words said in recordings without speech / their minutes"
    absent = "no recording is without speech"

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count the words that nobody said; a recording with speech says nothing of them."""
        said = any(map(context.normalize, references.values()))
        return None if said else _counts(len(context.normalize(hypothesis).split()), context.audio_seconds)

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """As they were saved, or the insertions of a recording without reference words."""
        silent = flat.get("reference_words") == 0 and flat.get("insertions") is not None
        old = _counts(flat["insertions"], flat.get("audio_seconds")) if silent else None
        return super().restored(flat) or old


def _counts(words: int, seconds: float | None) -> Counts:
    return Counts(words, (seconds or 0.0) / 60)
