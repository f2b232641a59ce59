"""Differences of rates whose totals differ, and the test of any metric: which side is better, and in which words."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from pytest_asrbench.metrics import Context, Counts, Metric
from pytest_asrbench.metrics.registry import get
from pytest_asrbench.statistics.comparing import compare, sums
from pytest_asrbench.statistics.intervals import difference_intervals
from pytest_asrbench.statistics.ratios import ratio_difference


class Pace(Metric):
    """A number with a unit."""

    name, title, unit = "pace", "Pace", "words/min"

    def measure(self, references: Any, hypothesis: str, context: Context) -> Counts | None:
        return None


class Kept(Pace):
    """More is better."""

    name, title, better, unit = "kept", "Kept", "higher", "%"


def counts(rate: float, totals: list[int], seed: int = 0) -> list[Counts]:
    """As many of each total as a coin with this rate says."""
    chance = random.Random(seed)
    return [Counts(sum(chance.random() < rate for _ in range(of)), of) for of in totals]


def columns(some: list[Counts]) -> tuple[list[float], list[float]]:
    return [one.errors for one in some], [one.total for one in some]


SAME = [5 + n % 7 for n in range(60)]
OTHER = [4 + n % 9 for n in range(60)]


def test_on_the_same_totals_it_says_what_the_difference_of_errors_does() -> None:
    one, other = counts(0.3, SAME), counts(0.2, SAME, seed=1)
    (expected,) = difference_intervals([columns(one)[0], columns(other)[0]], SAME, [(0, 1)])
    found = ratio_difference(columns(one), columns(other))
    for name in ("estimate", "low", "high", "error", "p"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name)), name


def test_on_other_totals_each_rate_is_its_own() -> None:
    one, other = counts(0.5, SAME), counts(0.2, OTHER, seed=1)
    found = ratio_difference(columns(one), columns(other))
    rates = [sum(errors) / sum(totals) for errors, totals in map(columns, (one, other))]
    assert found.estimate == pytest.approx(rates[0] - rates[1])
    assert found.low is not None
    assert 0 < found.low < rates[0] - rates[1] < (found.high or 0)
    back = ratio_difference(columns(other), columns(one))
    assert back.low == pytest.approx(-(found.high or 0))
    assert back.high == pytest.approx(-found.low)


def test_the_interval_holds_the_true_difference_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        chance = np.random.default_rng(seed)
        totals = chance.integers(4, 12, (2, 40))
        errors = chance.binomial(totals, [[0.3], [0.25]])
        found = ratio_difference((errors[0], totals[0]), (errors[1], totals[1]), resamples=399)
        assert found.low is not None
        held += found.low <= 0.05 <= (found.high or 0)
    assert 180 <= held <= 198, "of 200, at 95 %"


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (counts(0.3, SAME[:14]), counts(0.2, OTHER[:14]), "too few snippets: 14"),
        (counts(0.3, SAME), [Counts(0, 0)] * 60, "nothing was counted"),
        ([Counts(1, 4)] * 60, [Counts(2, 8)] * 60, "too few snippets on which the two differ: 0"),
    ],
)
def test_where_nothing_can_be_said_the_reason_is(first: list[Counts], second: list[Counts], reason: str) -> None:
    found = ratio_difference(columns(first), columns(second))
    assert (found.low, found.high) == (None, None)
    assert found.reason.startswith(reason)


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry for each snippet"):
        ratio_difference(([1.0], [2.0]), ([1.0, 2.0], [2.0, 2.0]))


def sentence(metric: Metric, rates: tuple[float, float], totals: tuple[list[int], list[int]]) -> str:
    sides = {name: sums(counts(rate, of), metric) for name, rate, of in zip("ab", rates, totals, strict=True)}
    (found,) = compare(sides, metric=metric)
    return found.sentence()


def test_who_is_better_is_what_the_metric_says() -> None:
    low_wins = sentence(get("cer"), (0.1, 0.4), (SAME, SAME))
    assert low_wins.startswith("a beats b in CER: ")
    assert " pp, 95 % interval " in low_wins
    assert sentence(Kept(), (0.1, 0.4), (SAME, OTHER)).startswith("b beats a in Kept: ")
    assert " words/min, 95 % interval " in sentence(Pace(), (0.1, 0.4), (SAME, OTHER))


def test_no_difference_is_told_of_the_metric_too() -> None:
    assert sentence(Kept(), (0.5, 0.5), (SAME, SAME)).startswith("a and b: no difference shown in Kept")
