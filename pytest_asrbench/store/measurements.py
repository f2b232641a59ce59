"""What is left of a saved run in memory: of each model × corpus its sums, and columns of its snippets."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_asrbench.records import WORDS, Counts, rate
from pytest_asrbench.store.entries import device_kind


@dataclass(frozen=True, slots=True)
class Column:
    """What one metric counted, snippet by snippet; NaN where it did not count."""

    errors: array[float]
    totals: array[float]

    @property
    def sum(self) -> Counts:
        """Of all snippets that were counted."""
        known = [(one, of) for one, of in zip(self.errors, self.totals, strict=True) if not math.isnan(one)]
        return Counts(math.fsum(one for one, _ in known), math.fsum(of for _, of in known))


@dataclass(frozen=True, slots=True)
class Snippets:
    """The measured snippets of a model × corpus, column by column, in the order of their names.

    counts: of each metric. references, transcripts: digests of the normalised reference and of the exact transcript.
    seconds: of the median round, and fastest of `rounds` rounds; these and audio_seconds are NaN where they are not
    known.
    """

    names: tuple[str, ...]
    speakers: tuple[str | None, ...]
    counts: Mapping[str, Column]
    seconds: array[float]
    fastest: array[float]
    rounds: array[int]
    audio_seconds: array[float]
    references: array[int]
    transcripts: array[int]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One model on one corpus in one run. Conditions that differed within it are joined by commas; "": not known.

    failed: snippets without a transcript, None where the run does not tell. rates: of each metric, with what failures
    cost; lost: the totals of these; metrics: their versions. A model that failed on all of a corpus left nothing in the
    storage, and is not here. corpus: by `records.set_name`; asked: what it was told (see `entries.asked`). reference:
    seconds of the machine's "compute" workload at its fastest, None where it ran too seldom to tell.
    """

    model: str
    corpus: str
    device: str
    dtype: str
    normalizer: str
    task: str
    timing: str
    corpus_version: str
    asked: Mapping[str, str] | None
    failed: int | None
    rates: Mapping[str, float | None]
    lost: Mapping[str, float]
    metrics: Mapping[str, int | str]
    unstable: int
    reference: float | None
    snippets: Snippets

    @property
    def errors(self) -> int:
        """Word errors in the transcripts that were delivered."""
        return int(self._words.errors)

    @property
    def reference_words(self) -> int:
        """Reference words of the measured snippets."""
        return int(self._words.total)

    @property
    def _words(self) -> Counts:
        column = self.snippets.counts.get(WORDS)
        return column.sum if column is not None else Counts()

    @property
    def wer(self) -> float | None:
        """Corpus WER, with what failed."""
        return self.rates.get(WORDS)

    @property
    def lost_words(self) -> int | None:
        """Reference words of what failed; None where the run does not tell."""
        return int(self.lost[WORDS]) if WORDS in self.lost else None

    @property
    def compute_seconds(self) -> float | None:
        """Compute seconds of the measured snippets; None where one is not known."""
        return _sum(self.snippets.seconds)

    @property
    def audio_seconds(self) -> float | None:
        """Seconds of audio of the measured snippets; None where one is not known."""
        return _sum(self.snippets.audio_seconds)

    @property
    def rtf(self) -> float | None:
        """Compute seconds / audio seconds."""
        return rate(self.compute_seconds, self.audio_seconds)

    @property
    def device_kinds(self) -> str:
        """The device without its number."""
        return ", ".join(sorted({device_kind(one) or "" for one in self.device.split(", ")}))


def _sum(values: Iterable[float]) -> float | None:
    total = math.fsum(values)
    return None if math.isnan(total) else total
