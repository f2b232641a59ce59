"""What the metrics share that count in how the words lie beside one another, and in nothing else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.words import Words, aligned, counted
from pytest_asrbench.records import Counts


class AlignmentMetric(Metric):
    """A metric of the counts of an alignment: of an answer, or of a record that has these alone."""

    @abstractmethod
    def of_words(self, words: Words) -> Counts | None:
        """Count in an alignment; None where it says nothing."""

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count in the alignment of the normalised texts."""
        return self.of_words(aligned(*context.texts(references, hypothesis)))

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """As they were saved, or of the words' counts where these alone were."""
        words = counted(flat)
        return super().restored(flat) or (self.of_words(words) if words is not None else None)
