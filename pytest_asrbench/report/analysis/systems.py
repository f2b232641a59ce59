"""The snippets that a model's figures hold for, as counts: what all other parts of the analysis start from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pytest_asrbench.metrics.totals import Totals, counted, counts_as, total
from pytest_asrbench.records import WORDS, Counts, Outcome


@dataclass(frozen=True)
class System:
    """A model on a corpus, by `Outcome.set_name`: one that is asked for another task is another.

    Each tuple has one entry for each outcome. words, characters: of the reference. seconds, audio_seconds: computed and
    heard, 0 where nothing was measured. What a case counts for is `totals.counts_as`: one that the model failed has all
    words deleted, one that is in no figure is absent. The others are ordered by their snippets' names, so that the
    order in which a session ran changes no figure.
    """

    model: str
    corpus: str
    outcomes: tuple[Outcome, ...]
    snippets: tuple[str, ...]
    scores: tuple[Mapping[str, Counts], ...]
    seconds: tuple[float, ...]
    audio_seconds: tuple[float, ...]

    @cached_property
    def totals(self) -> Totals:
        """The sums of its outcomes."""
        return total(self.model, self.corpus, self.outcomes)

    @property
    def measured(self) -> list[Outcome]:
        """Outcomes that hold a transcript."""
        return [outcome for outcome in self.outcomes if outcome.measured]

    @property
    def errors(self) -> tuple[float, ...]:
        """Word errors."""
        return tuple(one.errors for one in self.counts(WORDS))

    @property
    def words(self) -> tuple[float, ...]:
        """Words of the reference."""
        return tuple(one.total for one in self.counts(WORDS))

    def counts(self, metric: str) -> list[Counts]:
        """What a metric counted; nothing where it says nothing of a case."""
        return [scores.get(metric, _NOTHING) for scores in self.scores]

    def part(self, places: Sequence[int]) -> System:
        """Return the same system on the snippets at these places, which ascend."""
        return System(
            self.model,
            self.corpus,
            tuple(self.outcomes[place] for place in places),
            tuple(self.snippets[place] for place in places),
            tuple(self.scores[place] for place in places),
            tuple(self.seconds[place] for place in places),
            tuple(self.audio_seconds[place] for place in places),
        )


_NOTHING = Counts()


def systems(
    outcomes: Iterable[Outcome], models: Sequence[str] | None = None, corpora: Sequence[str] | None = None
) -> list[System]:
    """Sort `outcomes` by model and corpus, in the given orders or as they come, without pairs that have no figures."""
    found: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        if counts_as(outcome).in_figures:
            found.setdefault((outcome.model, outcome.set_name), []).append(outcome)
    rows = models or list(dict.fromkeys(model for model, _ in found))
    columns = corpora or list(dict.fromkeys(corpus for _, corpus in found))
    return [_system(m, c, found[m, c]) for m in rows for c in columns if (m, c) in found]


def by_corpus(parts: Iterable[System]) -> dict[str, list[System]]:
    """Put systems of one corpus together."""
    found: dict[str, list[System]] = {}
    for one in parts:
        found.setdefault(one.corpus, []).append(one)
    return found


def _system(model: str, corpus: str, outcomes: Iterable[Outcome]) -> System:
    ordered = tuple(sorted(outcomes, key=lambda outcome: outcome.snippet))
    return System(
        model,
        corpus,
        ordered,
        tuple(outcome.snippet for outcome in ordered),
        tuple(counted(outcome) for outcome in ordered),
        tuple(outcome.time or 0.0 if outcome.measured else 0.0 for outcome in ordered),
        tuple(outcome.audio_seconds or 0.0 if outcome.measured else 0.0 for outcome in ordered),
    )
