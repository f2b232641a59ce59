"""Which model to take: the fastest that is not shown to be worse than the best, or why none can be named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_asrbench.metrics.totals import Totals, total
from pytest_asrbench.report.analysis.findings import Choice, Difference
from pytest_asrbench.report.analysis.systems import System, by_corpus
from pytest_asrbench.statistics.intervals import MIN_BLOCKS


def choices(parts: Sequence[System], differences: Iterable[Difference], corpora: Iterable[str]) -> list[Choice]:
    """One choice, or one reason, for each of `corpora`; `differences` between the models of this run."""
    found = by_corpus(parts)
    ours = [one for one in differences if not one.against]
    return [_choice(name, found.get(name, []), [one for one in ours if one.corpus == name]) for name in corpora]


def _choice(corpus: str, of_corpus: Sequence[System], differences: Iterable[Difference]) -> Choice:
    shared = max((one.snippets for one in of_corpus), key=len, default=())
    rivals = [total(one.model, corpus, one.outcomes) for one in of_corpus if one.snippets == shared]
    timed = [one for one in rivals if one.rtf is not None]
    if reason := _obstacle(of_corpus, rivals, timed):
        return Choice(corpus, "", "", f"none can be given: {reason}")
    best = min(timed, key=lambda one: (one.wer, one.rtf))
    worse = {_loser(one) for one in differences if one.significant and best.model in (one.first, one.second)}
    fastest = min((one for one in timed if one.model not in worse), key=lambda one: one.rtf or 0.0)
    beside = "it has the lowest WER, too" if fastest is best else f"the lowest WER has {_figures(best)}"
    told = f"fastest model that is not shown to be worse than the best: {_figures(fastest)}; {beside}"
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
    if timed[0].wer is None:
        return "the references hold no words, so there is no WER"
    if len(of_corpus) == 1:
        return "only one model has figures"
    if len(timed) < 2:
        return f"no two models were {'timed' if given else 'measured'} on the same snippets"
    if rivals[0].counted < MIN_BLOCKS:
        return f"{rivals[0].counted} snippets are too few to tell models apart, at least {MIN_BLOCKS} are needed"
    return ""


def _loser(one: Difference) -> str:
    return one.first if (one.estimate or 0.0) > 0 else one.second


def _figures(one: Totals) -> str:
    return f"{one.model} (WER {(one.wer or 0.0) * 100:.2f} %, RTF {one.rtf or 0.0:.3g})"
