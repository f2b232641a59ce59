"""A gate on speed is settled: sweeps until the judgement against a saved run is sure, or the budget is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING

from pytest_asrbench.engine import sweeps
from pytest_asrbench.engine.measuring import Measuring
from pytest_asrbench.engine.turns import Terms
from pytest_asrbench.records import Outcome
from pytest_asrbench.statistics.speed.budget import Budget, seconds_needed, with_outlook
from pytest_asrbench.statistics.speed.sides import MIN_ROUNDS, Side

if TYPE_CHECKING:
    from pytest_asrbench.statistics.speed.slowdown import Slowdown
    from pytest_asrbench.store import Comparison


def settle(
    measuring: Measuring,
    outcomes: Sequence[Outcome],
    comparison: Comparison,
    terms: Terms,
    tell: Callable[[str], None],
) -> Slowdown:
    """Sweep over a sample of one model's outcomes as often as was asked, and until the judgement is sure; return it."""
    from pytest_asrbench.statistics.speed.judge import judge
    from pytest_asrbench.statistics.speed.slowdown import State

    sample = sweeps.sample(outcomes)
    then = _then(comparison, {outcome.snippet for outcome in sample})
    accepted, budget, spent = terms.tolerance or 0.0, Budget(terms.budget), sweeps.stopwatch()

    def measured() -> Side:
        for outcome in sample:
            measuring.complete(outcome)
        return _side(outcome for outcome in sample if outcome.snippet in then.rounds)

    def needed(slowdown: Slowdown, made: int) -> float:
        each = spent() / made if made else sum(outcome.time or 0.0 for outcome in sample)
        least = spent() + each * max(0, MIN_ROUNDS - slowdown.rounds_now)
        return seconds_needed(slowdown, accepted, spent(), least)

    def enough(made: int) -> bool:
        now = measured()
        if not now.rounds.keys() & then.rounds.keys():
            return True
        if made < terms.sweeps:
            return False
        slowdown = judge(now, then, accepted)
        # Rounds may all lie in one busy moment: what looks slower is given the whole budget to prove otherwise.
        sure = slowdown.state in (State.WITHIN, State.FOREIGN) and slowdown.rounds_now >= MIN_ROUNDS
        return sure or not budget.allows(spent(), needed(slowdown, made))

    made = sweeps.repeat(measuring, sample, enough, tell)
    found = judge(measured(), then, accepted)
    return with_outlook(found, spent(), needed(found, made) if found.estimate is not None else inf)


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
