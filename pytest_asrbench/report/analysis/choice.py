"""Which model to take: the fastest that is not shown to be worse than the best, or why none can be named.

Models are told apart by the metric to look at first on their corpus (`Totals.leading`), which tables lead with, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.metrics.units import unit
from pytest_asrbench.report.analysis.findings import Choice, Difference
from pytest_asrbench.report.analysis.systems import System, by_corpus
from pytest_asrbench.statistics.intervals import MIN_BLOCKS


def choices(
    parts: Sequence[System], differences: Mapping[str, Iterable[Difference]], corpora: Iterable[str]
) -> list[Choice]:
    """One choice, or one reason, for each of `corpora`; `differences` by metric, between the models of this run."""
    found = by_corpus(parts)
    return [_choice(name, found.get(name, []), differences) for name in corpora]


def _choice(corpus: str, of_corpus: Sequence[System], differences: Mapping[str, Iterable[Difference]]) -> Choice:
    shared = max((one.snippets for one in of_corpus), key=len, default=())
    rivals = [one.totals for one in of_corpus if one.snippets == shared]
    timed = [one for one in rivals if one.rtf is not None]
    if reason := _obstacle(of_corpus, rivals, timed):
        return Choice(corpus, "", "", f"none can be given: {reason}")
    metric = timed[0].leading
    sign, most = (1, "lowest") if metric.better == "lower" else (-1, "highest")
    best = min(timed, key=lambda one: (sign * (one.rate(metric.name) or 0.0), one.rtf))
    between = [one for one in differences.get(metric.name, ()) if one.corpus == corpus and not one.against]
    worse = {_loser(one) for one in between if one.significant and best.model in (one.first, one.second)}
    fastest = min((one for one in timed if one.model not in worse), key=lambda one: one.rtf or 0.0)
    first = f"the {most} {metric.title}"
    beside = f"it has {first}, too" if fastest is best else f"{first} has {_figures(best, metric)}"
    told = f"fastest model that is not shown to be worse than the best: {_figures(fastest, metric)}; {beside}"
    return Choice(corpus, fastest.model, best.model, told + _aside(of_corpus, rivals, timed))


def _aside(of_corpus: Sequence[System], rivals: Sequence[Totals], timed: Sequence[Totals]) -> str:
    """Which models are not considered, and why; timed on the same snippets as the others are."""
    given = [one.model for one in rivals if one.untimed]
    names = {one.model for one in timed}.union(given)
    rest = [one.model for one in of_corpus if one.model not in names]
    told = f"; not considered, as measured on other snippets or not at all: {', '.join(rest)}" if rest else ""
    return told + (f"; not considered, as nobody timed their answers: {', '.join(given)}" if given else "")


def _obstacle(of_corpus: Sequence[System], rivals: Sequence[Totals], timed: Sequence[Totals]) -> str:
    """Why no model can be chosen; "" if one can."""
    given = any(one.untimed for one in rivals)
    if not timed:
        return "nobody timed the answers" if given else "nothing was measured"
    if timed[0].rate(timed[0].leading.name) is None:
        return f"{timed[0].leading.absent}, so there is no {timed[0].headline}"
    if len(of_corpus) == 1:
        return "only one model has figures"
    if len(timed) < 2:
        return f"no two models were {'timed' if given else 'measured'} on the same snippets"
    if rivals[0].counted < MIN_BLOCKS:
        return f"{rivals[0].counted} snippets are too few to tell models apart, at least {MIN_BLOCKS} are needed"
    return ""


def _loser(one: Difference) -> str:
    """The one with the higher rate; where more is better, differences are negated."""
    return one.first if (one.estimate or 0.0) > 0 else one.second


def _figures(one: Totals, metric: Metric) -> str:
    rate = unit(metric.unit).write(one.rate(metric.name) or 0.0)
    return f"{one.model} ({metric.title} {rate}, RTF {one.rtf or 0.0:.3g})"
