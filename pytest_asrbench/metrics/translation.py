"""What metrics of translations share: sacrebleu counts n-grams, and says what their sums are worth."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.records import Counts


class TranslationMetric(Metric):
    """A figure of sacrebleu's, with its own settings; equal to that of its command over the whole corpus.

    Texts are as they were written, case and punctuation included. parts: the numbers of which the figure is made, in
    sacrebleu's order; total: how long the reference is; errors: the figure of the case, times that.
    """

    better = "higher"
    quotient = False
    module = "sacrebleu"
    extra = "translation"
    absent = "no snippet has a reference to hold the answers against"
    place: ClassVar[int]  # of the reference's length, among the parts

    @abstractmethod
    def counter(self, language: str) -> Any:
        """sacrebleu's metric for texts in this language: a code, or any other name of a field of references."""

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count one answer."""
        reference = references[context.reference].strip()
        if not reference:
            return None
        # There is no public way to what the corpus's figure is made of.
        (found,) = self.counter(context.reference)._extract_corpus_statistics([hypothesis.strip()], [[reference]])
        parts = {f"{place:02}": int(number) for place, number in enumerate(found)}
        length = int(found[self.place])
        return Counts((self.rate(Counts(0, length, parts)) or 0.0) * length, length, parts)

    def rate(self, counts: Counts) -> float | None:
        """The figure of a whole, as a fraction; None where there was nothing to translate."""
        if not counts.total:
            return None
        numbers = [int(counts.parts[name]) for name in sorted(counts.parts)]
        if not numbers:  # known by its figure alone
            return super().rate(counts)
        score: float = self.counter("")._compute_score_from_stats(numbers).score
        return score / 100

    def leads(self, counts: Counts) -> bool:
        """Whether there is anything: words of another language are no errors."""
        return counts.total > 0


@lru_cache
def bleu(tokenize: str) -> Any:
    """sacrebleu's BLEU with one of its tokenizers."""
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize=tokenize)


@lru_cache
def chrf() -> Any:
    """sacrebleu's chrF, which needs no tokenizer."""
    from sacrebleu.metrics import CHRF

    return CHRF()
