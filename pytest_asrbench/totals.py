"""Totals of one model on one corpus: sums of counts and seconds, never means of rates.

Failures stay in the open: `wer` counts every word of a failed snippet as deleted, `wer_measured` is that of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_asrbench.records import Outcome, Status, rate


@dataclass(slots=True)
class Totals:
    """Sums over the snippets of one model × corpus; see `records` for units.

    failed: cases that ended in an error, a time-out or a crash; skipped: faults of an experimental model.
    """

    model: str
    corpus: str
    snippets: int = 0
    measured: int = 0
    failed: int = 0
    skipped: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    reference_words: int = 0
    lost_words: int = 0
    character_errors: int = 0
    reference_characters: int = 0
    raw_errors: int = 0
    raw_reference_words: int = 0
    compute_seconds: float = 0.0
    audio_seconds: float = 0.0
    load_seconds: float | None = None
    first_seconds: float | None = None
    peak_ram: int | None = None
    empty_ram: int | None = None
    peak_vram: int | None = None
    peak_vram_driver: int | None = None

    @property
    def errors(self) -> int:
        """Errors in the transcripts that were delivered."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        """Corpus WER with the words of failed snippets counted as deleted; None without reference words."""
        return rate(self.errors + self.lost_words, self.reference_words + self.lost_words)

    @property
    def wer_measured(self) -> float | None:
        """Corpus WER of the snippets that were measured."""
        return rate(self.errors, self.reference_words)

    @property
    def cer(self) -> float | None:
        """Corpus CER of the snippets that were measured."""
        return rate(self.character_errors, self.reference_characters)

    @property
    def raw_wer(self) -> float | None:
        """Corpus WER of the measured snippets without normalisation."""
        return rate(self.raw_errors, self.raw_reference_words)

    @property
    def rtf(self) -> float | None:
        """All compute seconds / all audio seconds, of the measured snippets; None if none was."""
        return rate(self.compute_seconds, self.audio_seconds) if self.measured else None

    def add(self, outcome: Outcome) -> None:
        """Count one outcome in. Cases that were never tried do not count."""
        if outcome.status is Status.NOT_RUN:
            return
        self.snippets += 1
        if not outcome.measured:
            self.skipped += outcome.status is Status.SKIPPED
            self.failed += outcome.status is not Status.SKIPPED
            self.lost_words += outcome.reference_words
            return
        self.measured += 1
        self.compute_seconds += outcome.time or 0.0
        self.audio_seconds += outcome.audio_seconds or 0.0
        self.load_seconds = outcome.load_seconds if self.load_seconds is None else self.load_seconds
        self.first_seconds = outcome.first_seconds if self.first_seconds is None else self.first_seconds
        self.peak_ram = _largest(self.peak_ram, outcome.peak_ram)
        self.empty_ram = _largest(self.empty_ram, outcome.empty_ram)
        self.peak_vram = _largest(self.peak_vram, outcome.peak_vram)
        self.peak_vram_driver = _largest(self.peak_vram_driver, outcome.peak_vram_driver)
        if outcome.score is not None:
            self._add_score(outcome)

    def _add_score(self, outcome: Outcome) -> None:
        score = outcome.score
        assert score is not None
        self.substitutions += score.substitutions
        self.deletions += score.deletions
        self.insertions += score.insertions
        self.reference_words += score.reference_words
        self.character_errors += score.character_errors
        self.reference_characters += score.reference_characters
        self.raw_errors += score.raw_errors
        self.raw_reference_words += score.raw_reference_words


def total(model: str, corpus: str, outcomes: Iterable[Outcome]) -> Totals:
    """Sum up `outcomes`, all of them of `model` on `corpus`."""
    totals = Totals(model, corpus)
    for outcome in outcomes:
        totals.add(outcome)
    return totals


def _largest(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)
