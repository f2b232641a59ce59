"""The signed-rank test: against all ways of giving signs, tables, and what it must not be impressed by."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

from pytest_asrbench.statistics import ranks
from pytest_asrbench.statistics.ranks import SignedRanks, signed_ranks


def enumerated(gaps: list[float]) -> float:
    """The two-sided p value by going through all signs."""
    told = [gap for gap in gaps if gap]
    sizes = sorted(abs(gap) for gap in told)
    shared = {size: sum(n for n, one in enumerate(sizes, 1) if one == size) / sizes.count(size) for size in sizes}
    seen = sum(shared[abs(gap)] for gap in told if gap > 0)
    every = sum(shared[size] for size in sizes)
    sums = [
        sum(shared[abs(gap)] for gap, up in zip(told, signs, strict=True) if up)
        for signs in product((0, 1), repeat=len(told))
    ]
    return min(1.0, 2 * sum(one <= min(seen, every - seen) for one in sums) / len(sums))


def test_p_is_that_of_all_signs() -> None:
    chance = random.Random(0)
    for _ in range(60):
        gaps = [float(chance.randint(-4, 6)) for _ in range(chance.randint(1, 10))]
        assert signed_ranks(np.array(gaps)).p == pytest.approx(enumerated(gaps)), gaps


def test_a_table_of_critical_values() -> None:
    """The rank sum 3 of 8 pairs is significant at 5 %, 4 is not; so are 52 and 53 of 20 (Wilcoxon 1945)."""
    eight, twenty = np.arange(1.0, 9), np.arange(1.0, 21)
    assert (
        signed_ranks(np.where(eight == 3, -eight, eight)).p
        <= 0.05
        < signed_ranks(np.where(eight == 4, -eight, eight)).p
    )
    assert signed_ranks(np.where(np.isin(twenty, (20, 19, 13)), -twenty, twenty)).p <= 0.05
    assert signed_ranks(np.where(np.isin(twenty, (20, 19, 14)), -twenty, twenty)).p > 0.05


def test_a_loop_weighs_no_more_than_the_largest_of_the_others() -> None:
    small, huge = np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.array([1.0, 2, 3, 4, 5, 6, 7, 4_000])
    assert signed_ranks(small) == signed_ranks(huge) == SignedRanks(8, 0, 1, 2 / 256)


def test_turned_round_it_leans_the_other_way() -> None:
    gaps = np.array([3.0, -1, 2, 0, 5, 4])
    assert signed_ranks(gaps) == SignedRanks(4, 1, 1, signed_ranks(gaps).p)
    assert signed_ranks(-gaps) == SignedRanks(1, 4, -1, signed_ranks(gaps).p)


@pytest.mark.parametrize("gaps", [[], [0.0, 0.0], [1.0, -1.0]])
def test_where_nothing_leans_p_is_one(gaps: list[float]) -> None:
    found = signed_ranks(np.array(gaps))
    assert (found.lean, found.p) == (0, 1.0)


def test_many_differences_are_judged_by_the_normal_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    gaps = np.random.default_rng(1).normal(0.14, 1.0, ranks.EXACT).round(1)
    exact = signed_ranks(gaps).p
    monkeypatch.setattr(ranks, "EXACT", 10)
    assert signed_ranks(gaps).p == pytest.approx(exact, rel=0.02)
    assert 0.01 < exact < 0.5
    assert 0.0 <= signed_ranks(np.ones(40)).p < 1e-6
