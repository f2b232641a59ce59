"""What a case counts for, and the totals of one model on one corpus: sums of counts and seconds, never means of rates.

Failures stay in the open: `wer` counts every word that a model failed to deliver as deleted, `wer_measured` is that of
the rest. What no model could be asked is in no figure, and is counted beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pytest_asrbench.records import TASK, Case, Fault, Outcome, Status, rate


class Counts(StrEnum):
    """What a case is to the figures of its model; the values are as tables show them.

    MEASURED: its own errors and seconds. DELETED: the model was asked and gave nothing, so that all words are deleted.
    The others are in no figure: LEFT_OUT, for all models alike, because the recording or its reference cannot be used;
    UNSUITED, because the model is not made for it; NOT_RUN, because the model was never there; UNTRIED, because the
    session ended before.
    """

    MEASURED = "measured"
    DELETED = "deleted"
    LEFT_OUT = "left out"
    UNSUITED = "not suited"
    NOT_RUN = "not run"
    UNTRIED = "not tried"

    @property
    def in_figures(self) -> bool:
        """Whether the case is part of error rates, intervals and comparisons."""
        return self in (Counts.MEASURED, Counts.DELETED)


_BY_FAULT = {Fault.INPUT: Counts.LEFT_OUT, Fault.LOAD: Counts.NOT_RUN, Fault.UNSUITED: Counts.UNSUITED}


def counts_as(outcome: Outcome) -> Counts:
    """Return what `outcome` counts for: the one answer for totals, intervals, comparisons, history and reports."""
    if outcome.measured:
        return Counts.MEASURED
    untried = Counts.UNTRIED if outcome.status is Status.NOT_RUN else Counts.DELETED
    return _BY_FAULT.get(outcome.fault, untried)


@dataclass(slots=True)
class Totals:
    """Sums over the snippets of one model × corpus; see `records` for units.

    snippets: all that had their turn; failed: of these, the ones without a transcript by anyone's fault; skipped:
    faults of an experimental model, and what a model is not made for. left_out, unsuited, not_run: those that are in
    no figure, see `Counts`. lost_words, lost_characters: of the cases that count as deleted. unspaced_words: those that
    are letters of scripts without blanks.
    """

    model: str
    corpus: str
    snippets: int = 0
    measured: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: int = 0
    unsuited: int = 0
    not_run: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    reference_words: int = 0
    lost_words: int = 0
    unspaced_words: int = 0
    character_errors: int = 0
    reference_characters: int = 0
    lost_characters: int = 0
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
    task: str = TASK

    @property
    def case(self) -> Case:
        """All cases of the model on the corpus together."""
        return Case(self.model, self.corpus, task=self.task)

    @property
    def set_name(self) -> str:
        """What they are the totals of; see `records.set_name`."""
        return self.case.set_name

    @property
    def counted(self) -> int:
        """How many snippets the figures hold for."""
        return self.snippets - self.left_out - self.unsuited - self.not_run

    @property
    def absent(self) -> Counts | None:
        """Why there are no figures at all; None if there are any."""
        if self.counted or not self.snippets:
            return None
        if self.not_run:
            return Counts.NOT_RUN
        return Counts.LEFT_OUT if self.left_out else Counts.UNSUITED

    @property
    def errors(self) -> int:
        """Errors in the transcripts that were delivered."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        """Corpus WER with the words that the model failed to deliver as deleted; None without reference words."""
        return rate(self.errors + self.lost_words, self.reference_words + self.lost_words)

    @property
    def wer_measured(self) -> float | None:
        """Corpus WER of the snippets that were measured."""
        return rate(self.errors, self.reference_words)

    @property
    def cer(self) -> float | None:
        """Corpus CER, failures counted as in `wer`; None without reference characters."""
        return rate(self.character_errors + self.lost_characters, self.reference_characters + self.lost_characters)

    @property
    def headline(self) -> str:
        """The error rate to look at first: "CER" where most words are letters of scripts without blanks, else "WER"."""
        return "CER" if 2 * self.unspaced_words > self.reference_words else "WER"

    @property
    def raw_wer(self) -> float | None:
        """Corpus WER of the measured snippets without normalisation."""
        return rate(self.raw_errors, self.raw_reference_words)

    @property
    def rtf(self) -> float | None:
        """All compute seconds / all audio seconds, of the measured snippets; None if none was."""
        return rate(self.compute_seconds, self.audio_seconds) if self.measured else None

    def add(self, outcome: Outcome) -> None:
        """Count one outcome in. Cases that had no turn do not count."""
        counted = counts_as(outcome)
        if counted is Counts.UNTRIED:
            return
        self.snippets += 1
        if counted is not Counts.MEASURED:
            self._add_missing(outcome, counted)
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

    def _add_missing(self, outcome: Outcome, counted: Counts) -> None:
        self.skipped += outcome.status is Status.SKIPPED
        self.failed += outcome.status is not Status.SKIPPED
        self.left_out += counted is Counts.LEFT_OUT
        self.unsuited += counted is Counts.UNSUITED
        self.not_run += counted is Counts.NOT_RUN
        if counted is Counts.DELETED:
            self.lost_words += outcome.reference_words
            self.lost_characters += outcome.reference_characters

    def _add_score(self, outcome: Outcome) -> None:
        score = outcome.score
        assert score is not None
        self.substitutions += score.substitutions
        self.deletions += score.deletions
        self.insertions += score.insertions
        self.reference_words += score.reference_words
        self.unspaced_words += score.reference_words if score.unspaced else 0
        self.character_errors += score.character_errors
        self.reference_characters += score.reference_characters
        self.raw_errors += score.raw_errors
        self.raw_reference_words += score.raw_reference_words


def total(model: str, corpus: str, outcomes: Iterable[Outcome], task: str = TASK) -> Totals:
    """Sum up `outcomes`, all of them of `model` on `corpus`, asked for `task`."""
    totals = Totals(model, corpus, task=task)
    for outcome in outcomes:
        totals.add(outcome)
    return totals


def _largest(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)
