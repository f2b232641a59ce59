"""Earlier runs as baselines: what they hold of each model and corpus, and a comparison with what is measured now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.totals import Standing, counts_as
from pytest_asrbench.records import Counts, Fault, Outcome
from pytest_asrbench.statistics.comparable import UNKNOWN, Figure, Machine, Place
from pytest_asrbench.store import comparison as why
from pytest_asrbench.store.comparison import Comparison, Found, pair
from pytest_asrbench.store.entries import Entry, entry_of
from pytest_asrbench.store.places import platform_here
from pytest_asrbench.store.reading import read_entry

Pair = tuple[str, str]  # model, corpus (by `records.set_name`: one asked for another task is another)
# Of these faults no word was lost: the figures of a model are held against a baseline without them.
_NO_WORDS_LOST = {Fault.INPUT: why.UNUSABLE, Fault.UNSUITED: why.UNSUITED, Fault.LOAD: why.NOT_LOADED}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a saved run tells besides its measurements.

    unmeasured: snippets that the corpus had and that were not measured; None where a run does not tell. platforms: the
    Pythons and systems that it says it was made with, one as a rule. option: how a user names the run. machine: without
    the name of its node, which changes with every container; the reference workload tells such machines apart. run: its
    name in the report folder.
    """

    unmeasured: Mapping[Pair, Collection[str]] | None = None
    platforms: frozenset[str] = frozenset()
    option: str = ""
    machine: Machine = UNKNOWN
    run: str = ""


class Baseline:
    """A saved run, by case. Raises HistoryError, naming the file, if an entry of ours in it is damaged."""

    def __init__(self, source: str, benchmarks: Iterable[Mapping[str, Any]] = (), facts: Facts | None = None) -> None:
        self.source = source
        self.facts = facts or Facts()
        self._entries: dict[Pair, dict[str, Entry]] = {}
        for benchmark in benchmarks:
            info = benchmark.get("extra_info")
            try:
                entry = read_entry(info) if isinstance(info, Mapping) else None
            except ValueError as error:
                raise HistoryError(
                    f"the baseline {source} is damaged ({error}): restore it, or name another run with "
                    "--benchmark-compare=NUMBER"
                ) from None
            self.add(entry)

    def add(self, entry: Entry | None) -> None:
        """Take what a run has measured of a snippet (None: nothing of ours); of several the last one stands."""
        if entry is not None:
            self._entries.setdefault((entry.model, entry.set_name), {})[entry.snippet] = entry

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    @property
    def pairs(self) -> Collection[Pair]:
        """The models × corpora of which it holds anything."""
        return self._entries.keys()

    def snippets(self, pair: Pair) -> Collection[str]:
        """The snippets that it has measured of a model × corpus."""
        return self._entries.get(pair, {}).keys()

    def compare(
        self,
        model: str,
        corpus: str,
        outcomes: Iterable[Outcome],
        ids: Collection[str] | None = None,
        here: Place | None = None,
    ) -> Comparison:
        """Pair the outcomes of this run with the entries of the saved one.

        ids: all snippets that the corpus has now; with them, those that only the baseline has are told. here: where
        this run is made; without it, nothing is known but the Python and the system of this process.
        """
        outcomes = [outcome for outcome in outcomes if counts_as(outcome) is not Standing.UNTRIED]
        entries = self._entries.get((model, corpus), {})
        found = [self._found(outcome, entries.get(outcome.snippet)) for outcome in outcomes]
        measured = [one for one in found if one[0].transcript is not None]
        return Comparison(
            model,
            corpus,
            self.source,
            accuracy=pair(found, self._obstacle_to(Figure.ACCURACY, here)),
            speed=pair([one for one in measured if one[0].seconds is not None], self._obstacle_to(Figure.SPEED, here)),
            transcripts=pair(measured, self._obstacle_to(Figure.TRANSCRIPTS, here)),
            missing={} if ids is None else _missing(entries, {outcome.snippet for outcome in outcomes}, ids),
        )

    def _found(self, outcome: Outcome, then: Entry | None) -> Found:
        """This run's entry beside the baseline's, or why there is no such pair."""
        if outcome.fault in _NO_WORDS_LOST:
            return _from_outcome(outcome, None), None, _NO_WORDS_LOST[outcome.fault]
        if then is not None:
            return _from_outcome(outcome, then), then, ""
        known = self.facts.unmeasured or {}
        if outcome.snippet not in known.get((outcome.model, outcome.set_name), ()):
            return _from_outcome(outcome, None), None, why.NEW
        return _from_outcome(outcome, None), None, why.UNMEASURED if outcome.measured else why.NEITHER

    def _obstacle_to(self, figure: Figure, here: Place | None) -> Callable[[Entry, Entry], str | None]:
        this = here or Place(platform_here())
        others = self.facts.platforms - {this.platform}
        then = " and ".join(sorted(others)) if others else this.platform
        return why.obstacle_to(figure, this, Place(then, self.facts.machine))


def unmeasured(value: Any) -> dict[Pair, Collection[str]] | None:
    """Read `Facts.unmeasured` as `unmeasured_record` wrote it; None if it is not there, or anything else."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return None
    return {
        (str(one.get("model")), str(one.get("corpus"))): frozenset(map(str, one["snippets"]))
        for one in value
        if isinstance(one.get("snippets"), list)
    }


def unmeasured_record(outcomes: Iterable[Outcome], corpora: Mapping[str, Collection[str]]) -> list[dict[str, Any]]:
    """Which snippets of its corpora a run did not measure, by model and corpus, as JSON-ready values."""
    measured: dict[Pair, set[str]] = {}
    for outcome in outcomes:
        names = measured.setdefault((outcome.model, outcome.set_name), set())
        if outcome.measured:
            names.add(outcome.snippet)
    left = {key: [one for one in corpora[key[1]] if one not in names] for key, names in measured.items()}
    return [{"model": model, "corpus": corpus, "snippets": ids} for (model, corpus), ids in left.items() if ids]


def _missing(entries: Collection[str], tried: Collection[str], ids: Collection[str]) -> dict[str, list[str]]:
    """The snippets of a baseline that have no counterpart now, by reason."""
    missing: dict[str, list[str]] = {}
    for name in entries:
        if name not in ids:
            missing.setdefault(why.GONE, []).append(name)
        elif name not in tried:
            missing.setdefault(why.NOT_NOW, []).append(name)
    return missing


def _from_outcome(outcome: Outcome, then: Entry | None) -> Entry:
    """This run's entry. A failed case has lost all that it should have, under the baseline's conditions."""
    entry = entry_of(outcome)
    if entry is not None:
        return entry
    lost = Entry(
        outcome.model,
        outcome.corpus,
        outcome.snippet,
        then.normalized_reference if then is not None else "",
        "",
        None,
        None,
        None,
        speaker=outcome.speaker,
        scores=outcome.lost,
        metrics=outcome.metrics,
    )
    if then is None:
        return lost
    # A case that failed before its reference was read does not know how much was lost.
    unread = not outcome.reference_words
    known = replace(lost, scores=_cost(then), metrics=then.metrics) if unread else lost
    return replace(known, normalizer=then.normalizer, timing=then.timing)


def _cost(then: Entry) -> dict[str, Counts]:
    costs = {metric.name: metric.cost(then.scores[metric.name].total) for metric in registry.known(then.scores)}
    return {name: counts for name, counts in costs.items() if counts is not None}
