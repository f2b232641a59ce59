"""Systems against one another, on the same snippets: their counts, the interval of each difference, and the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil

import numpy as np

from pytest_asrbench.metrics.alignment import Alignments
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.shares import shares
from pytest_asrbench.records import Counts
from pytest_asrbench.statistics.intervals import RESAMPLES, Floats, Interval, block_sums, difference_intervals
from pytest_asrbench.statistics.ranks import signed_ranks
from pytest_asrbench.statistics.ratios import ratio_difference
from pytest_asrbench.statistics.significance import ALPHA, Comparison, MatchedPairs, chance, holm, matched_pairs


@dataclass(frozen=True, slots=True)
class Sums:
    """What a metric counted, one entry a snippet; less is better."""

    errors: Floats
    totals: Floats


System = Alignments | Sums  # the matched-pairs test needs the words


def sums(counts: Sequence[Counts], metric: Metric) -> Sums:
    """The counts of one system. Where more is better they are negated: who has the lower rate is better everywhere."""
    sign = 1 if metric.better == "lower" else -1
    cases = shares(metric, counts)
    return Sums(
        np.array([sign * one.errors for one in cases], dtype=np.float64),
        np.array([one.total for one in cases], dtype=np.float64),
    )


def compare(
    systems: Mapping[str, System],
    pairs: Sequence[tuple[str, str]] | None = None,
    blocks: Sequence[str | None] | None = None,
    *,
    metric: Metric | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    alpha: float = ALPHA,
) -> list[Comparison]:
    """Compare all pairs of systems, or the given ones; p values are adjusted over them.

    The systems were counted on the same snippets in the same order, by `metric` (None: word errors); blocks as in
    `intervals.wer_intervals`. With more comparisons there are more draws, so that the smallest p remains below alpha
    when it is adjusted.
    """
    names = list(systems)
    chosen = list(combinations(names, 2)) if pairs is None else list(pairs)
    if not chosen:
        return []
    draws = max(resamples, ceil(4 * len(chosen) / alpha) - 1)
    tests = [_matched(systems[first], systems[second]) for first, second in chosen]
    gaps = _gaps(systems, chosen, blocks, seed=seed, resamples=draws, confidence=1 - alpha)
    ranked, unit = block_sums(_ranked(list(systems.values())), blocks)
    of_system = dict(zip(names, ranked, strict=True))
    ranks = [signed_ranks(of_system[first] - of_system[second]) for first, second in chosen]
    parts = list(zip(gaps, tests, ranks, strict=True))
    adjusted = holm([chance(*of_pair) for of_pair in parts])
    snippets = len(next(iter(systems.values())).totals)
    return [
        Comparison(*pair, gap, test, p, snippets, alpha, of_ranks, unit, metric)
        for pair, (gap, test, of_ranks), p in zip(chosen, parts, adjusted, strict=True)
    ]


def _matched(first: System, second: System) -> MatchedPairs | None:
    if isinstance(first, Alignments) and isinstance(second, Alignments):
        return matched_pairs(first, second)
    return None


def _gaps(
    systems: Mapping[str, System],
    pairs: Sequence[tuple[str, str]],
    blocks: Sequence[str | None] | None,
    *,
    seed: int,
    resamples: int,
    confidence: float,
) -> list[Interval]:
    """The difference of each pair; on the same totals all from the same draws."""
    names, totals = list(systems), next(iter(systems.values())).totals
    settings = {"seed": seed, "resamples": resamples, "confidence": confidence}
    if all(np.array_equal(system.totals, totals) for system in systems.values()):
        rows = [system.errors for system in systems.values()]
        places = [(names.index(first), names.index(second)) for first, second in pairs]
        return difference_intervals(rows, totals, places, blocks, **settings)  # type: ignore[arg-type]
    columns = {name: (system.errors, system.totals) for name, system in systems.items()}
    return [ratio_difference(columns[a], columns[b], blocks, **settings) for a, b in pairs]  # type: ignore[arg-type]


def _ranked(systems: Sequence[System]) -> list[Floats]:
    """What each snippet weighs in the test of ranks: errors beyond those that the rate of all would bring."""
    errors = [np.asarray(system.errors, dtype=np.float64) for system in systems]
    totals = [np.asarray(system.totals, dtype=np.float64) for system in systems]
    if all(np.array_equal(one, totals[0]) for one in totals):
        return errors
    rate = sum(one.sum() for one in errors) / (sum(one.sum() for one in totals) or 1.0)
    return [one - rate * of for one, of in zip(errors, totals, strict=True)]
