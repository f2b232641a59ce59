"""Word error rate: (substitutions + deletions + insertions) / reference words, on normalised text; it may exceed 1.

With an empty reference (a clip without speech) each word said is an insertion and the WER is undefined: None, never 0
or infinity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.words import PARTS, aligned
from pytest_asrbench.records import Counts

_EDITS = PARTS[1:]


class Wer(Metric):
    """Word error rate."""

    name = "wer"
    title = "WER"
    order = 10
    by_words = True
    whole = True
    meaning = "wrong words / reference words after normalisation"
    absent = "the references hold no words"
    fields: ClassVar[Mapping[str, str]] = {
        "errors": "errors",
        "total": "reference_words",
        "lost": "lost_words",
        **dict(zip(PARTS, PARTS, strict=True)),
    }

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts:
        """Count the word errors of an answer."""
        words = aligned(*context.texts(references, hypothesis))
        return Counts(words.errors, words.reference, words.parts)

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """As they were saved; errors, where only their parts are known, are the sum of these."""
        if flat.get("errors") is None and all(flat.get(part) is not None for part in _EDITS):
            flat = {**flat, "errors": sum(flat[part] for part in _EDITS)}
        return super().restored(flat)

    def detail(self, counts: Counts, lost: Counts) -> tuple[str, str]:
        """The three kinds of errors; the words of what failed are deleted."""
        s, d, i = (counts.parts.get(part, 0) for part in _EDITS)
        return "Sub+Del+Ins / words", f"{s}+{d + lost.total}+{i} / {counts.total + lost.total}"
