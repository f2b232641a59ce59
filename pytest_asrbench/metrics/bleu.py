"""BLEU: how many n-grams of words a translation shares with its reference (Papineni et al., ACL 2002), by sacrebleu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.metrics.translation import TranslationMetric, bleu

# Words of scripts without blanks: sacrebleu's own way, or letter by letter where that would need another library.
_TOKENIZERS: Mapping[str, str] = {"zh": "zh", **dict.fromkeys(("ja", "ko", "th", "my", "km", "lo"), "char")}


class Bleu(TranslationMetric):
    """BLEU of a translation, as sacrebleu counts by default."""

    name = "bleu"
    title = "BLEU"
    order = 23
    meaning = "n-grams of words that translation and reference share, less what is too short"
    legend = "BLEU: n-grams of words that translations and references share, by sacrebleu."
    place = 1  # words of the reference

    def counter(self, language: str) -> Any:
        """By the tokenizer for the language of the reference, after which its field is called."""
        return bleu(_TOKENIZERS.get(language, "13a"))

    def leads(self, counts: Any) -> bool:
        """Never: chrF stands beside it, and says more of short texts."""
        return False
