"""Is a difference real? All pairs of models of a run on each corpus, and each model against its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil

from pytest_asrbench import store
from pytest_asrbench.gates.significant import sides
from pytest_asrbench.metrics.alignment import align
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.totals import counted
from pytest_asrbench.records import Counts, Outcome
from pytest_asrbench.report.analysis.findings import Difference
from pytest_asrbench.report.analysis.systems import System, by_corpus
from pytest_asrbench.report.analysis.uncertainty import blocks
from pytest_asrbench.statistics import comparing
from pytest_asrbench.statistics.comparing import compare, sums
from pytest_asrbench.statistics.intervals import RESAMPLES, speaker_blocks
from pytest_asrbench.statistics.significance import ALPHA, Comparison, holm

Pair = tuple[str, str]
Said = tuple[tuple[str, str], ...]  # snippets, each with its normalised reference


@dataclass(frozen=True, slots=True)
class _Task:
    """Pairs of systems to be compared on the same snippets; against: the name of the baseline that the second is of."""

    corpus: str
    pairs: Sequence[Pair]
    systems: Mapping[str, comparing.System]
    blocks: Sequence[str | None] | None
    metric: Metric
    against: str = ""


def between_models(parts: Sequence[System], seed: int, metric: Metric) -> tuple[list[Difference], list[str]]:
    """Compare all models of each corpus, two by two, on the snippets that both were tried on; and say what was not."""
    tasks: list[_Task] = []
    notes: list[str] = []
    for corpus, of_corpus in by_corpus(parts).items():
        shared = _shared(of_corpus)
        tasks += [_task(corpus, said, pairs, of_corpus, metric) for said, pairs in shared.items()]
        if len(of_corpus) > 1:
            notes += _left_out(corpus, of_corpus, shared)
    return _judge(tasks, seed), notes


def against_baseline(baselines: Sequence[store.Comparison], seed: int, metric: Metric) -> list[Difference]:
    """Compare each model with itself in an earlier run, on the snippets whose figures are comparable."""
    tasks = []
    for one in baselines:
        if one.obstacle(metric):
            continue
        earlier = f"{one.model} in {one.source}"
        drawn = speaker_blocks([now.speaker for now, _ in one.paired(metric).pairs])
        systems = sides(one, metric, one.model, earlier)
        tasks.append(_Task(one.corpus, [(one.model, earlier)], systems, drawn, metric, one.source))
    return _judge(tasks, seed)


def _judge(tasks: Iterable[_Task], seed: int) -> list[Difference]:
    """Carry the comparisons out; p values are adjusted over all of them, by Holm's method."""
    told = [task for task in tasks if next(iter(task.systems.values())).totals.any()]
    count = sum(len(task.pairs) for task in told)
    draws = max(RESAMPLES, ceil(4 * count / ALPHA) - 1)  # so that the smallest p stays below alpha when adjusted
    found = [
        (task, one)
        for task in told
        for one in compare(task.systems, task.pairs, task.blocks, metric=task.metric, seed=seed, resamples=draws)
    ]
    adjusted = holm([one.unadjusted for _, one in found])
    return [_difference(task, replace(one, p=p)) for (task, one), p in zip(found, adjusted, strict=True)]


def _difference(task: _Task, one: Comparison) -> Difference:
    gap = one.difference
    return Difference(
        task.corpus,
        one.first,
        one.first if task.against else one.second,
        gap.estimate,
        gap.low,
        gap.high,
        one.p,
        one.significant,
        one.more_snippets(),
        one.sentence(),
        task.against,
        one.snippets,
        gap.reason,
    )


def _references(of_corpus: Iterable[System]) -> dict[str, str]:
    """Normalised references. Where no model has a transcript, only the number of words is known, and matters."""
    found: dict[str, str] = {}
    outcomes = [outcome for one in of_corpus for outcome in one.outcomes]
    for outcome in outcomes:
        if outcome.measured:
            found.setdefault(outcome.snippet, outcome.normalized_reference or "")
    for outcome in outcomes:
        if outcome.snippet not in found:
            found[outcome.snippet] = " ".join(["?"] * outcome.reference_words)
    return found


def _shared(of_corpus: Sequence[System]) -> dict[Said, list[Pair]]:
    """The pairs of models, by the snippets that both were tried on, each with its reference.

    Where a model has told the language, the reference may be normalised by other rules; such a snippet is left out.
    """
    found: dict[Said, list[Pair]] = {}
    if len(of_corpus) < 2:
        return found
    known = _references(of_corpus)
    own = {one.model: _references([one]) for one in of_corpus}
    lost = {one.model: {o.snippet for o in one.outcomes if not o.measured} for one in of_corpus}
    for first, second in combinations(own, 2):
        said: list[tuple[str, str]] = []
        for name in own[first].keys() & own[second].keys():
            scored = {own[model][name] for model in (first, second) if name not in lost[model]} or {known[name]}
            if len(scored) == 1:
                said.append((name, scored.pop()))
        found.setdefault(tuple(sorted(said)), []).append((first, second))
    return found


def _task(corpus: str, said: Said, pairs: Sequence[Pair], of_corpus: Sequence[System], metric: Metric) -> _Task:
    outcomes = {one.model: {o.snippet: o for o in one.outcomes} for one in of_corpus}
    systems = {
        model: _column(said, [outcomes[model][name] for name, _ in said], metric)
        for model in dict.fromkeys(model for pair in pairs for model in pair)
    }
    return _Task(corpus, pairs, systems, blocks(outcomes[pairs[0][0]][name] for name, _ in said), metric)


def _column(said: Said, outcomes: Sequence[Outcome], metric: Metric) -> comparing.System:
    """One model's counts on these snippets; what it did not answer is an empty text."""
    if metric.by_words:
        return align([reference for _, reference in said], [one.normalized_transcript or "" for one in outcomes])
    return sums([counted(one).get(metric.name, Counts()) for one in outcomes], metric)


def _left_out(corpus: str, of_corpus: Sequence[System], shared: Mapping[Said, Sequence[Pair]]) -> list[str]:
    tried = {name for one in of_corpus for name in one.snippets}
    fewest = min(shared, key=len)
    if len(fewest) == len(tried):
        return []
    first, second = shared[fewest][0]
    return [
        f"{corpus}: models are compared on the snippets that both were tried on, {first} and {second} on "
        f"{len(fewest)} of {len(tried)}"
    ]
