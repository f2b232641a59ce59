"""Rows of words laid side by side at the least cost: against every way there is, and in halves as in one piece."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest

from pytest_asrbench.metrics.cleanup import alignment
from pytest_asrbench.metrics.cleanup.alignment import WORD, Places, lay, numbered

SAID = ["the", "meeting", "is", "at", "five", "no", "at", "six"]


def places(said: list[int], chance: random.Random) -> Places:
    """Places with costs of their own."""
    size = len(said)

    def some(*costs: int) -> alignment.Integers:
        return np.array(chance.choices(costs, k=size), dtype=np.int64)

    own = np.array(said, dtype=np.int64)
    return Places(own, some(-1, 1), some(0, 1), some(WORD, 2 * WORD, 4 * WORD), some(0, WORD // 2, WORD))


def cost(words: list[int], where: Places, found: list[int]) -> int:
    """What an alignment costs, counted place by place."""
    assert [place for place in found if place >= 0] == sorted({place for place in found if place >= 0})
    total = int(where.skip.sum()) + WORD * found.count(-1)
    for word, place in zip(words, found, strict=True):
        if place >= 0:
            right = word in (where.same[place], where.other[place])
            total += int((where.match if right else where.replace)[place] - where.skip[place])
    return total


def least(words: list[int], where: Places) -> int:
    """The least that any alignment costs, tried one by one."""

    @cache
    def rest(word: int, place: int) -> int:
        ways = []
        if word < len(words):
            ways.append(WORD + rest(word + 1, place))
        if place < len(where):
            ways.append(int(where.skip[place]) + rest(word, place + 1))
        if word < len(words) and place < len(where):
            right = words[word] in (where.same[place], where.other[place])
            ways.append(int((where.match if right else where.replace)[place]) + rest(word + 1, place + 1))
        return min(ways, default=0)

    return rest(0, 0)


@pytest.mark.parametrize("cells", [4_000_000, 6])
def test_no_other_way_costs_less(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_CELLS", cells)
    chance = random.Random(cells)
    for _ in range(300):
        words = chance.choices(range(4), k=chance.randint(0, 9))
        where = places(chance.choices(range(4), k=chance.randint(0, 9)), chance)
        found = lay(np.array(words, dtype=np.int64), where)
        assert cost(words, where, found) == least(words, where)


def test_of_words_said_twice_the_last_ones_are_chosen() -> None:
    words, said = numbered(["at", "six"], SAID)
    ones = np.full(len(SAID), WORD)
    where = Places(said, np.full(len(SAID), -1), np.zeros(len(SAID), dtype=np.int64), 2 * ones, ones)
    assert lay(words, where) == [6, 7]
    assert lay(words[:0], where) == []
    assert lay(words, where.part(0, 0)) == [-1, -1]
