"""What each case adds to the figure of many, where that is no quotient of sums, such as BLEU.

Intervals and comparisons need a quotient. The figure is laid out as one: each case gets a share, so that the quotient
of the shares' sums is the figure, and a case's share is off the mean by as much as the figure would change without it
(the delete-one jackknife; Efron and Tibshirani 1993, chapter 11). The bootstrap of the shares is then that of the
figure, to first order.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.records import Counts


def shares(metric: Metric, cases: Sequence[Counts]) -> Sequence[Counts]:
    """Counts whose quotient of sums is the metric's figure of all `cases`: of most metrics, the cases as they are."""
    if metric.quotient:
        return cases
    whole = sum(cases, Counts())
    figure = metric.rate(whole)
    if figure is None:
        return [Counts() for _ in cases]
    gains = [figure - (metric.rate(_without(whole, one)) or 0.0) if one.total else 0.0 for one in cases]
    mean = sum(gains) / whole.total
    return [
        Counts(figure * one.total + whole.total * (gain - mean * one.total), one.total)
        for one, gain in zip(cases, gains, strict=True)
    ]


def _without(whole: Counts, one: Counts) -> Counts:
    parts = {name: number - one.parts.get(name, 0) for name, number in whole.parts.items()}
    return Counts(whole.errors - one.errors, whole.total - one.total, parts)
