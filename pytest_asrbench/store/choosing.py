"""Which saved run each model × corpus is held against, and what to do where there is none.

Without a name, each gets the newest run that has all of its snippets; if there is none, the newest of those that have
most. So neither a run of another model, nor one of a single clip, takes the place of the last full one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pytest_asrbench.errors import UsageError
from pytest_asrbench.store.baseline import Baseline, Pair
from pytest_asrbench.support.spec import parse

LOOKED_AT = 10  # runs that hold something of a model × corpus, the newest: no further is looked for a fuller one
ADVISED = 50  # runs that are read to say what would have fitted
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Baselines:
    """What of the earlier runs is compared with: for each model × corpus a run, or none.

    damage: why none could be chosen among those that there are, "" if they could be read.
    """

    chosen: Mapping[Pair, Baseline] = field(default_factory=dict)
    damage: str = ""

    def of(self, model: str, corpus: str) -> Baseline | None:
        """The run that a model × corpus is held against."""
        return self.chosen.get((model, corpus))

    def __str__(self) -> str:
        """The run, or each with what is held against it."""
        sources: dict[str, list[str]] = {}
        for (model, corpus), run in self.chosen.items():
            sources.setdefault(run.source, []).append(f"{model}-{corpus}")
        if len(sources) == 1:
            return next(iter(sources))
        return ", ".join(f"{source} ({', '.join(pairs)})" for source, pairs in sources.items())


def choose(wanted: Mapping[Pair, frozenset[str]], runs: Iterable[Baseline]) -> Baselines:
    """Choose for each of `wanted`, which names its snippets, among `runs`, newest first; reads no more than needed."""
    chosen: dict[Pair, Baseline] = {}
    most: Counter[Pair] = Counter()
    seen: Counter[Pair] = Counter()
    left = dict(wanted)
    for run in runs:
        for pair in [pair for pair in left if pair in run.pairs]:
            held = len(left[pair].intersection(run.snippets(pair)))
            if pair not in chosen or held > most[pair]:
                chosen[pair], most[pair] = run, held
            seen[pair] += 1
            if held == len(left[pair]) or seen[pair] == LOOKED_AT:
                del left[pair]
        if not left:
            break
    return Baselines({pair: chosen[pair] for pair in wanted if pair in chosen})


def advice(pair: Pair, ids: frozenset[str], runs: Iterable[Baseline], anew: str) -> str:
    """What to do about a model × corpus of which the chosen run holds none of the snippets `ids`.

    runs: those that there are, newest first. anew: how to run without a baseline.
    """
    model, corpus = pair
    found = list(islice(runs, ADVISED))
    if same := [run for run in found if ids.intersection(run.snippets(pair))]:
        return f"{_names(same)}: name {'it' if len(same) == 1 else 'one of them'}"
    save = f"run once {anew}, and name the run that is saved"
    for run, (other, there) in [(one, key) for one in found for key in one.pairs]:
        if there == corpus and other != model and _head(other) == _head(model):
            return f"{run.source} holds {other}, and with other options it is another model: give the same, or {save}"
        if other == model and there != corpus and 2 * len(ids.intersection(run.snippets((other, there)))) > len(ids):
            return (
                f"{run.source} holds these snippets as the corpus {there}: if it was renamed, give it that name again "
                f'(name = "{there}" in its corpus.toml), or {save}'
            )
    return save


def _names(runs: Sequence[Baseline]) -> str:
    named = [f"{run.source} ({run.facts.option})" if run.facts.option else run.source for run in runs]
    more = f" and {len(named) - _MOST_NAMES} more" if len(named) > _MOST_NAMES else ""
    return f"{', '.join(named[:_MOST_NAMES])}{more} {'hold' if len(named) > 1 else 'holds'} it"


def _head(spec: str) -> str:
    """A model without its options."""
    try:
        return parse(spec)[0]
    except UsageError:
        return spec
