"""Real-time factor: compute seconds / audio seconds of what was measured, without loading and the first call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pytest_asrbench.metrics.metric import AUDIO, SECONDS, Context, Metric
from pytest_asrbench.records import Counts


class Rtf(Metric):
    """Real-time factor. Against a baseline it is judged by the speed gate, which measures further rounds."""

    name = "rtf"
    title = "RTF"
    unit = ""
    needs = frozenset({SECONDS, AUDIO})
    order = 20
    loses = False
    by_rounds = True
    absent = "nothing was measured"
    fields: ClassVar[Mapping[str, str]] = {}  # seconds stand in every record
    meaning = "compute seconds / audio seconds, without loading and the first call"

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count the seconds."""
        return _counts(context.seconds, context.audio_seconds)

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """The seconds that the record has."""
        return _counts(flat.get("seconds"), flat.get("audio_seconds"))


def _counts(seconds: float | None, audio: float | None) -> Counts | None:
    return Counts(seconds, audio) if seconds is not None and audio is not None else None
