"""The speed gate: sweeps until the judgement is sure or the budget is spent, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from math import inf
from typing import TYPE_CHECKING

from pytest_asrbench.metrics.units import FRACTION
from pytest_asrbench.plugin import sweeps
from pytest_asrbench.records import Breach, Case, Outcome
from pytest_asrbench.statistics.speed.budget import Budget, seconds_needed, shown, with_outlook
from pytest_asrbench.statistics.speed.sides import MIN_ROUNDS, Side

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.statistics.speed.slowdown import Slowdown
    from pytest_asrbench.store import Comparison


def run(asr: AsrSession, model: str, corpus: str) -> None:
    """Make the sweeps that the user asked for, and those that the gate needs; called when the cases are through."""
    if model in asr.settings.ab:
        return
    comparison = _to_judge(asr, model, corpus)
    if comparison is None:
        wanted = asr.settings.sweeps
        sweeps.repeat(asr, model, corpus, lambda made: made >= wanted)
        return
    then = _then(comparison, {outcome.snippet for outcome in sweeps.sample(asr.of(model, corpus))})

    record(asr, model, corpus, comparison.source, _settle(asr, model, corpus, then))


def breaches(asr: AsrSession, model: str, corpus: str) -> list[Breach]:
    """The judgement of this session by which `model` has become too slow, if there is one."""
    from pytest_asrbench.statistics.speed.slowdown import State

    rules, accepted = asr.settings.rules, tolerance(asr)
    found = asr.slowdowns.get(Case(model, corpus))
    if rules is None or accepted is None or found is None:
        return []
    against, slowdown = found
    if slowdown.state is State.FOREIGN:
        text = (
            f"the speed of {model} on {corpus} cannot be held against {against}, as {rules.origin} asks: by the "
            f"reference workload this is another machine ({slowdown.sentence()}); save a new baseline on this one"
        )
    elif slowdown.passes(accepted):
        return []
    elif slowdown.state is not State.SLOWER or slowdown.estimate is None:
        text = (
            f"it cannot be told whether {model} on {corpus} is more than {FRACTION.write(accepted)} slower than "
            f"{against}, as {rules.origin} asks: {slowdown.sentence()}{_remedy(slowdown)}"
        )
    else:
        text = (
            f"{model} on {corpus} is {FRACTION.write(slowdown.estimate)} slower than {against}; {rules.origin} allows "
            f"{FRACTION.write(accepted)}: {slowdown.sentence()}"
        )
    return [Breach(Case(model, corpus), "slowdown", text, slowdown.estimate, accepted, rules.origin)]


def tolerance(asr: AsrSession) -> float | None:
    """The slowdown that this session accepts, as a fraction; None: it has no gate on speed."""
    return asr.settings.rules.slowdown if asr.settings.rules is not None else None


def _to_judge(asr: AsrSession, model: str, corpus: str) -> Comparison | None:
    comparison = asr.compare(model, corpus) if tolerance(asr) is not None else None
    return comparison if comparison is not None and comparison.speed.pairs else None


def _settle(asr: AsrSession, model: str, corpus: str, then: Side) -> Slowdown:
    """Sweep as often as the user said, and until the judgement is sure or the budget is spent."""
    from pytest_asrbench.statistics.speed.judge import judge
    from pytest_asrbench.statistics.speed.slowdown import State

    accepted = tolerance(asr) or 0.0
    budget = Budget(asr.settings.speed_budget)
    spent = sweeps.stopwatch()

    def measured() -> Side:
        return _side(o for o in sweeps.sample(asr.of(model, corpus)) if o.snippet in then.rounds)

    def needed(slowdown: Slowdown, made: int) -> float:
        sample = sweeps.sample(asr.of(model, corpus))
        each = spent() / made if made else sum(outcome.time or 0.0 for outcome in sample)
        least = spent() + each * max(0, MIN_ROUNDS - slowdown.rounds_now)
        return seconds_needed(slowdown, accepted, spent(), least)

    def enough(made: int) -> bool:
        now = measured()
        if not now.rounds.keys() & then.rounds.keys():
            return True
        if made < asr.settings.sweeps:
            return False
        slowdown = judge(now, then, accepted)
        # Rounds may all lie in one busy moment: what looks slower is given the whole budget to prove otherwise.
        sure = slowdown.state in (State.WITHIN, State.FOREIGN) and slowdown.rounds_now >= MIN_ROUNDS
        return sure or not budget.allows(spent(), needed(slowdown, made))

    made = sweeps.repeat(asr, model, corpus, enough)
    found = judge(measured(), then, accepted)
    return with_outlook(found, spent(), needed(found, made) if found.estimate is not None else inf)


def record(asr: AsrSession, model: str, corpus: str, against: str, slowdown: Slowdown) -> None:
    """Keep a judgement for the gate, the results and the summary."""
    from pytest_asrbench.statistics.speed.slowdown import State

    asr.slowdowns[Case(model, corpus)] = (against, slowdown)
    asr.speed.append({"model": model, "corpus": corpus, "against": against, **asdict(slowdown)})
    accepted = tolerance(asr)
    if accepted is not None and slowdown.state is State.UNDECIDED and slowdown.passes(accepted):
        asr.notes.append(
            f"speed of {model} on {corpus} against {against}: not enough rounds to be sure that it is not more than "
            f"{FRACTION.write(accepted)} slower, and passed for its estimate: {slowdown.sentence()}{_remedy(slowdown)}"
        )


def _remedy(slowdown: Slowdown) -> str:
    """What would bring a judgement, if anything of ours would."""
    if slowdown.needed is not None:
        return f"; after {slowdown.spent:.0f} s, give it more time with {shown(slowdown.needed)}, or another limit"
    if slowdown.estimate is not None:
        return "; it lies so near the limit that no time would be enough: give another limit"
    if slowdown.processes is None:
        return "; measure when other programs are quiet, both runs with --asr-sweeps=20, or take --asr-ab"
    return ""


def _side(outcomes: Iterable[Outcome]) -> Side:
    chosen = list(outcomes)
    return Side(
        {outcome.snippet: outcome.seconds for outcome in chosen},
        [beat for outcome in chosen for beat in outcome.reference_seconds],
        {outcome.snippet: outcome.cpu_seconds for outcome in chosen},
        {outcome.snippet: outcome.others for outcome in chosen},
    )


def _then(comparison: Comparison, snippets: set[str]) -> Side:
    entries = [then for _, then in comparison.speed.pairs if then.snippet in snippets]
    return Side(
        {entry.snippet: entry.rounds for entry in entries},
        [beat for entry in entries for beat in entry.reference_seconds],
        {entry.snippet: entry.cpu_rounds for entry in entries if entry.cpu_rounds},
        {entry.snippet: entry.others for entry in entries if entry.others},
    )
