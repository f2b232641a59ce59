"""How long a speed gate measures, what it says that it would need, and what passes without being sure."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from pytest_asrbench.statistics.speed.budget import BASE, CEILING, Budget, seconds_needed, shown, with_outlook
from pytest_asrbench.statistics.speed.slowdown import Slowdown, State

OPEN = Slowdown(State.UNDECIDED, 0.0, -0.1, 0.1, 8, 5, 5, processes=5)
NOTHING = replace(OPEN, estimate=None, low=None, high=None)


def test_a_given_budget_is_taken_whatever_is_needed() -> None:
    budget = Budget(300.0)
    assert budget.allows(299.0, 10.0)
    assert budget.allows(299.0, inf)
    assert not budget.allows(300.0, 500.0)


@pytest.mark.parametrize(
    ("needed", "allowed"),
    [(0.0, BASE), (BASE / 2, BASE), (200.0, 200.0), (CEILING, CEILING), (CEILING + 1, BASE), (inf, BASE)],
)
def test_by_itself_it_takes_what_is_needed_up_to_the_ceiling_and_does_not_begin_on_more(
    needed: float, allowed: float
) -> None:
    assert Budget().allows(allowed - 1, needed)
    assert not Budget().allows(allowed, needed)


def test_half_as_near_to_the_limit_takes_four_times_as_long() -> None:
    far, near = (seconds_needed(replace(OPEN, estimate=value), 0.1, 60.0, 0.0) for value in (0.02, 0.06))
    assert near / far == pytest.approx(4, rel=0.1)
    assert seconds_needed(replace(OPEN, estimate=0.1), 0.1, 60.0, 0.0) == inf
    assert seconds_needed(replace(OPEN, estimate=-0.5), 0.1, 60.0, 90.0) == 90.0, "never less than an interval takes"


def test_without_an_interval_it_needs_what_one_takes() -> None:
    assert seconds_needed(NOTHING, 0.1, 30.0, 150.0) == 150.0


def test_what_nobody_would_wait_for_is_not_named() -> None:
    near = replace(OPEN, estimate=0.0999)
    assert seconds_needed(near, 0.1, 60.0, 0.0) == inf
    assert with_outlook(near, 60.0, inf).needed is None
    assert with_outlook(OPEN, 60.0, 90.0).needed == 90.0
    assert with_outlook(replace(OPEN, state=State.WITHIN), 60.0, 90.0).needed is None, "it is sure"


def test_the_option_is_told_with_something_to_spare() -> None:
    assert shown(150.0) == "--asr-speed-budget=180"
    assert shown(1.0) == "--asr-speed-budget=10"


@pytest.mark.parametrize(
    ("estimate", "high", "passes"),
    [(0.0, 0.15, True), (0.1, 0.2, True), (0.0, 0.21, False), (0.11, 0.15, False), (-0.3, 0.21, False)],
)
def test_what_cannot_be_told_passes_by_its_estimate_and_within_twice_the_tolerance(
    estimate: float, high: float, passes: bool
) -> None:
    assert replace(OPEN, estimate=estimate, high=high).passes(0.1) is passes


@pytest.mark.parametrize(("state", "passes"), [(State.WITHIN, True), (State.SLOWER, False), (State.FOREIGN, False)])
def test_what_is_sure_passes_by_its_state(state: State, passes: bool) -> None:
    assert replace(OPEN, state=state).passes(0.1) is passes


def test_nothing_known_never_passes_and_says_what_there_is() -> None:
    assert not NOTHING.passes(9.9)
    assert NOTHING.sentence() == "too few rounds to tell: 5 rounds in turn, in 5 processes of each"
    assert replace(NOTHING, snippets=0).sentence() == "nothing to compare: no snippet was measured with both"
