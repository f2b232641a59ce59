"""chrF: how many n-grams of characters a translation shares with its reference (Popović, WMT 2015), by sacrebleu."""

from __future__ import annotations

from typing import Any

from pytest_asrbench.metrics.translation import TranslationMetric, chrf


class Chrf(TranslationMetric):
    """chrF2 of a translation, n-grams of up to six characters; of 100 %, as of all rates."""

    name = "chrf"
    title = "chrF"
    order = 22
    meaning = "F score of n-grams of characters, recall counted twice as much as precision"
    legend = "chrF: n-grams of characters that translations and references share, by sacrebleu."
    place = 1  # characters of the reference

    def counter(self, language: str) -> Any:
        """The same for all languages."""
        return chrf()
