"""Held against a baseline: figures lost beyond a size, significantly lost, changed transcripts, and what is missing.

Pure functions: comparisons in, breaches out. Speed is judged where further rounds can be measured, by the plugin's
speed gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_asrbench.gates import sentences, told
from pytest_asrbench.gates.rules import SIGNIFICANT, TRANSCRIPTS, Rules
from pytest_asrbench.gates.significant import against_baseline, too_few
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.units import unit
from pytest_asrbench.records import Breach, Case
from pytest_asrbench.store import Comparison, Paired
from pytest_asrbench.store.comparison import GONE
from pytest_asrbench.support.plain import some

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of a comparison: breaches, and notes on what could not be judged."""

    breaches: Sequence[Breach] = ()
    notes: Sequence[str] = ()


def judge(comparison: Comparison, rules: Rules, together: int = 1) -> Judgement:
    """Hold a corpus against its baseline, on the snippets that both runs hold; those that should be comparable must be.

    together: how many totals are judged in this session, for which significance is adjusted.
    """
    breaches, notes = _not_comparable(comparison, rules), list[str]()
    for metric in rules.metrics:
        if not metric.by_rounds:
            found, note = _judge_metric(comparison, metric, rules, together)
            breaches += found
            notes += note
    if rules.transcripts:
        breaches += judge_transcripts(comparison, rules.origin)
    return Judgement(breaches, notes)


def loss(comparison: Comparison, metric: Metric) -> float | None:
    """How much worse a metric is than in the baseline, as its sizes are meant; None if that is undefined."""
    now, then = comparison.rates(metric)
    if now is None or then is None:
        return None
    return unit(metric.unit).gap(now, then) if metric.better == "lower" else -unit(metric.unit).gap(now, then)


def _judge_metric(
    comparison: Comparison, metric: Metric, rules: Rules, together: int
) -> tuple[list[Breach], list[str]]:
    """One breach that names each rule that a metric misses, and notes on what cannot be told."""
    if not comparison.paired(metric).pairs:  # which is told elsewhere
        return [], []
    if reason := comparison.obstacle(metric):
        return [_unjudged(comparison, metric, reason, rules)], []
    lost, allowed, tested = loss(comparison, metric), rules.size(metric), rules.significant(metric)
    too_much = allowed is not None and lost is not None and lost > allowed + ROUNDING
    found = against_baseline(comparison, metric, together) if tested or too_much else None
    worse = tested and found is not None and found.significant and (found.difference.estimate or 0.0) > 0
    notes = (
        [sentences.undecided(comparison, metric, found.difference.reason)]
        if tested and found and too_few(found)
        else []
    )
    if not (too_much or worse):
        return [], notes
    measures, rule = unit(metric.unit), f"{metric.name}:{SIGNIFICANT}"
    missed = [f"{rules.origin} allows {measures.write_size(allowed or 0.0)}"] if too_much else []
    missed += [f"{rules.origin} takes no significant loss ({rule})"] if worse else []
    text = sentences.lost(comparison, metric, lost or 0.0, missed)
    test = [f"  {found.sentence()}{_adjusted(together)}"] if found is not None else []
    details = (*test, *told.worse(comparison.worse(metric), metric))
    return [Breach(_case(comparison), f"{metric.name}_loss", text, lost, allowed, rules.origin, details)], notes


def judge_transcripts(comparison: Comparison, origin: str) -> list[Breach]:
    """Hold each transcript against the baseline's, letter by letter."""
    changed = comparison.changed()
    if not changed:
        return []
    text = sentences.changed(comparison, len(changed), origin)
    return [Breach(_case(comparison), TRANSCRIPTS, text, len(changed), 0, origin, tuple(told.changed(changed)))]


def _unjudged(comparison: Comparison, metric: Metric, reason: str, rules: Rules) -> Breach:
    text = sentences.unjudged(comparison, metric, reason, rules.origin)
    return Breach(_case(comparison), f"{metric.name}_loss", text, None, rules.size(metric), rules.origin)


def _not_comparable(comparison: Comparison, rules: Rules) -> list[Breach]:
    """A breach for each reason why figures that are to be judged are not comparable, or not on all snippets.

    Snippets that are new, or whose own case has failed, are no such reason as long as others are compared.
    """
    judged: dict[str, Paired] = {metric.title: comparison.paired(metric) for metric in rules.metrics}
    judged |= {TRANSCRIPTS: comparison.transcripts} if rules.transcripts else {}
    if not judged or comparison.unsuited:
        return []
    missed: dict[tuple[str, int, int], list[str]] = {}  # why, compared, of so many -> figures
    for name, paired in judged.items():
        compared, left = len(paired.pairs), sum(map(len, paired.obstacles.values()))
        if not compared:
            missed.setdefault(("; ".join(paired.not_compared) or "nothing was measured", 0, left), []).append(name)
        elif left:
            why = "; ".join(
                f"{reason}: {some(names, sentences.MAX_NAMES)}" for reason, names in paired.obstacles.items()
            )
            missed.setdefault((why, compared, compared + left), []).append(name)
    breaches = [_uncompared(comparison, *key, " and ".join(names), rules.origin) for key, names in missed.items()]
    return [*breaches, *_gone(comparison, rules.origin)]


def _uncompared(comparison: Comparison, why: str, compared: int, of: int, figures: str, origin: str) -> Breach:
    text = sentences.uncompared(comparison, why, (compared, of), figures, origin)
    return Breach(_case(comparison), "compared", text, value=compared, limit=of, origin=origin)


def _gone(comparison: Comparison, origin: str) -> list[Breach]:
    """A corpus that has lost snippets is another one: what they were wrong in is wrong no more."""
    gone, compared = comparison.missing.get(GONE, ()), len(comparison.accuracy.pairs)
    if not gone or not compared:
        return []
    text = sentences.gone(comparison, gone, origin)
    return [Breach(_case(comparison), "compared", text, value=compared, limit=compared + len(gone), origin=origin)]


def _case(comparison: Comparison) -> Case:
    return Case(comparison.model, comparison.corpus)


def _adjusted(together: int) -> str:
    return f" (p adjusted for the {together} totals of this session)" if together > 1 else ""
