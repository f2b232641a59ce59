"""Hallucination: words said in recordings whose reference holds none, by the minute of such recordings."""

from __future__ import annotations

from collections.abc import Mapping

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
        said, heard = context.texts(references, hypothesis)
        return Counts(len(heard.split()), (context.audio_seconds or 0.0) / 60) if not said else None
