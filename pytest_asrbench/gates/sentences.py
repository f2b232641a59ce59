"""What people read of a missed limit, made of what its record holds and of what it was found in. All stand here."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from pytest_asrbench.gates.figures import Figure
from pytest_asrbench.gates.rules import CHANGED, SIGNIFICANT, TRANSCRIPTS
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.totals import Standing, Totals
from pytest_asrbench.metrics.units import unit
from pytest_asrbench.store import Comparison
from pytest_asrbench.support.plain import some

MAX_NAMES = 5  # of snippets in one sentence


def missed(what: Figure, value: float, bound: float, where: str, origin: str) -> str:
    """A figure of a case, or of a corpus, is on the wrong side of its limit."""
    side, write = "is below" if what.higher else "exceeds", what.unit.write
    return f"{what.title} {write(value)} of {where} {side} the limit of {write(bound)} ({origin})"


def without_figure(what: Figure, totals: Totals, origin: str) -> str:
    """A corpus does not have the figure that has a limit."""
    return f"{what.title} of {whole(totals)} cannot be judged ({what.absent(totals)}), and {origin} demands it"


def whole(totals: Totals) -> str:
    """What totals are of."""
    return f"{totals.model} on {totals.set_name}"


def lacking(totals: Totals) -> list[str]:
    """What the totals lack of their corpus by anyone's fault; nothing where they are those of all of it."""
    where, t = whole(totals), totals
    told = []
    if t.absent is Standing.NOT_RUN and t.failed:
        told.append(f"there are no figures of {where}: the model could not be loaded, so nothing was run")
    elif t.not_run and t.failed:
        told.append(
            f"{t.not_run} of {t.snippets} snippets were not run with {where}: the model could not be loaded then"
        )
    if t.left_out and t.absent is not Standing.NOT_RUN:
        told.append(
            f"the figures of {where} are not those of the corpus: {t.left_out} of {t.snippets} snippets are left out, "
            "because their recordings or references cannot be used: mend them, or take them out of the corpus"
        )
    return told


def lost(comparison: Comparison, metric: Metric, loss: float, rules: Sequence[str]) -> str:
    """A metric is worse than in the baseline; rules: what each rule that is missed says."""
    now, then = (unit(metric.unit).write(rate or 0.0) for rate in comparison.rates(metric))
    return (
        f"{metric.title} {now} {against(comparison)} is {_size(metric, loss)}worse than the baseline's {then} "
        f"({comparison.source}); {', '.join(rules)}"
    )


def changed(comparison: Comparison, count: int, origin: str) -> str:
    """Transcripts are others than in the baseline."""
    return (
        f"{count} of {len(comparison.transcripts.pairs)} transcripts {against(comparison)} changed against the "
        f"baseline ({comparison.source}); {origin} takes no change ({TRANSCRIPTS}:{CHANGED})"
    )


def unjudged(comparison: Comparison, metric: Metric, reason: str, origin: str) -> str:
    """A metric was counted otherwise in the baseline."""
    return (
        f"{metric.title} {against(comparison)} cannot be judged against the baseline {comparison.source} ({reason}), "
        f"and {origin} asks for it: save a new baseline"
    )


def undecided(comparison: Comparison, metric: Metric, reason: str) -> str:
    """A note, no breach: there is too little to tell whether a loss is significant."""
    return (
        f"{metric.name}:{SIGNIFICANT} cannot be judged {against(comparison)} ({reason}): it has neither passed nor "
        f"failed; give a tolerance such as {metric.name}:{unit(metric.unit).size}, or add snippets"
    )


def uncompared(comparison: Comparison, why: str, parts: tuple[int, int], figures: str, origin: str) -> str:
    """Less is comparable than should be. parts: how many snippets are compared, and of how many."""
    compared, of = parts
    what = f"{of - compared} of {of} snippets of" if compared else "nothing of"
    return (
        f"{what} {comparison.model} on {comparison.corpus} can{'not' if compared else ''} be held against the baseline "
        f"{comparison.source} ({why}), as {origin} asks for {figures}: measure under the same conditions, or save a "
        "new baseline"
    )


def gone(comparison: Comparison, snippets: Sequence[str], origin: str) -> str:
    """Snippets of the baseline are no longer in the corpus."""
    model, corpus = comparison.model, comparison.corpus
    return (
        f"{len(snippets)} of the snippets that the baseline {comparison.source} has of {model} are no longer in "
        f"{corpus} ({some(snippets, MAX_NAMES)}), and {origin} asks for all: put them back, or save a new baseline"
    )


def against(comparison: Comparison) -> str:
    """What is held against a baseline."""
    return f"of {comparison.model} on {comparison.corpus}"


def _size(metric: Metric, loss: float) -> str:
    """By how much, with a blank behind; "" for worse than nothing at all."""
    return f"{loss * 100:.2f} {'pp' if metric.unit == '%' else '%'} " if isfinite(loss) else ""
