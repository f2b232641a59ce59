"""Character error rate: like the WER on characters, without the blanks beside letters of scripts that have none.

It is the rate to look at first where most words are such letters: there, what a word is was decided by the normaliser.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.metrics.normalizers import scripts
from pytest_asrbench.records import Counts


class Cer(Metric):
    """Character error rate."""

    name = "cer"
    title = "CER"
    order = 30
    narrow = False
    whole = True
    meaning = "wrong characters / reference characters after normalisation"
    absent = "the references hold no characters"
    fields: ClassVar[Mapping[str, str]] = {
        "errors": "character_errors",
        "total": "reference_characters",
        "lost": "lost_characters",
        "unspaced_words": "unspaced_words",
        "spaced_words": "spaced_words",
    }
    legend = "CER: of characters, in scripts without blanks between words; there each character is a word."

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts:
        """Count the characters that are wrong, missing and too many."""
        from rapidfuzz.distance import Levenshtein

        said, heard = context.texts(references, hypothesis)
        characters, words = scripts.together(said), len(said.split())
        errors = Levenshtein.distance(characters, scripts.together(heard))
        unspaced = scripts.is_unspaced(said)
        parts = {"unspaced_words": words if unspaced else 0, "spaced_words": 0 if unspaced else words}
        return Counts(errors, len(characters), parts)

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """As they were saved; earlier records say in one word whether the letters are of scripts without blanks."""
        if "unspaced" in flat:
            words = flat.get("reference_words") or 0
            flat = {**flat, ("unspaced_words" if flat["unspaced"] else "spaced_words"): words}
        return super().restored(flat)

    def leads(self, counts: Counts) -> bool:
        """Whether most words are letters of scripts without blanks."""
        return counts.part("unspaced_words") > counts.part("spaced_words")
