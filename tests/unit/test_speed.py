"""The judgement of speed: what is slower, what is not, and what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp

import numpy as np
import pytest

from pytest_asrbench.engine.reference_workload import SHARE, Reference
from pytest_asrbench.statistics.speed.judge import judge, unsettled
from pytest_asrbench.statistics.speed.sides import Side
from pytest_asrbench.statistics.speed.slowdown import State

Generator = np.random.Generator


def rounds(chance: Generator, factor: float = 1.0, snippets: int = 16, count: int = 6, busy: float = 0.3) -> Side:
    """A run: snippets of different length, each round up to 0.5 % off, and a share of them disturbed by up to 100 %."""
    lengths = np.random.default_rng(7).uniform(0.01, 0.05, snippets)
    found = {}
    for number, length in enumerate(lengths):
        disturbed = np.where(chance.random(count) < busy, chance.uniform(0, 1, count), 0)
        found[f"s{number}"] = tuple(length * factor * (1 + disturbed + chance.uniform(0, 0.005, count)))
    return Side(found, beats(chance))


def beats(chance: Generator, compute: float = 1.0, memory: float = 1.0, count: int = 20) -> list[dict[str, float]]:
    """Beats of the reference, up to 0.5 % off."""
    return [
        {name: base * (1 + chance.uniform(0, 0.005)) for name, base in (("compute", compute), ("memory", memory))}
        for _ in range(count)
    ]


def test_the_same_speed_is_never_slower_and_twice_the_tolerance_always_is() -> None:
    chance = np.random.default_rng(0)
    same = [judge(rounds(chance), rounds(chance), 0.03).state for _ in range(100)]
    slower = [judge(rounds(chance, 1.06), rounds(chance), 0.03).state for _ in range(100)]
    assert same.count(State.SLOWER) == 0
    assert same.count(State.WITHIN) >= 95
    assert slower.count(State.SLOWER) >= 95


def test_the_interval_holds_the_true_slowdown() -> None:
    chance = np.random.default_rng(1)
    found = [judge(rounds(chance, 1.05), rounds(chance), 0.03) for _ in range(100)]
    assert sum((one.low or 0) <= 0.05 <= (one.high or 0) for one in found) >= 90


def test_at_the_tolerance_itself_nothing_is_told() -> None:
    chance = np.random.default_rng(2)
    found = [judge(rounds(chance, 1.03), rounds(chance), 0.03).state for _ in range(20)]
    assert found.count(State.UNDECIDED) >= 15


def test_a_faster_model_is_within() -> None:
    chance = np.random.default_rng(3)
    found = judge(rounds(chance, 0.8), rounds(chance), 0.03)
    assert found.state is State.WITHIN
    assert "20." in found.sentence()
    assert "faster" in found.sentence()


def with_machine(side: Side, chance: Generator, compute: float = 1.0, memory: float = 1.0) -> Side:
    return Side(side.rounds, beats(chance, compute, memory))


def test_a_slower_machine_is_not_a_slower_model() -> None:
    chance = np.random.default_rng(4)
    now = with_machine(rounds(chance, 1.1), chance, compute=1.1, memory=1.1)
    assert judge(now, rounds(chance), 0.03).state is State.WITHIN


def test_a_faster_machine_does_not_hide_a_slower_model() -> None:
    chance = np.random.default_rng(5)
    now = with_machine(rounds(chance, 1.0), chance, compute=0.9, memory=0.9)
    assert judge(now, rounds(chance), 0.03).state is State.SLOWER


def test_where_only_the_memory_is_slower_nobody_can_tell_what_the_model_owes_to_it() -> None:
    chance = np.random.default_rng(6)
    now = with_machine(rounds(chance, 1.06), chance, memory=1.2)
    found = judge(now, rounds(chance), 0.03)
    assert found.state is State.UNDECIDED
    assert found.machine["memory"] == pytest.approx(0.2, abs=0.01)
    little = with_machine(now, chance, memory=1.05)
    assert judge(little, rounds(chance), 0.03).state is State.SLOWER, "that much is noise"


def test_one_core_is_judged_by_its_processor_seconds() -> None:
    chance = np.random.default_rng(20)
    quiet = [rounds(chance, busy=0) for _ in range(2)]
    disturbed, then = (replace(rounds(chance, busy=0.95), cpu=side.rounds) for side in quiet)
    assert judge(Side(disturbed.rounds), then, 0.03).state is State.UNDECIDED
    assert judge(disturbed, then, 0.03).state is State.UNDECIDED, "no round shows that one core is all it needs"
    some = {name: (*laps[:-1], quiet[0].rounds[name][-1]) for name, laps in disturbed.rounds.items()}
    found = judge(replace(disturbed, rounds=some), replace(then, rounds=quiet[1].rounds), 0.03)
    assert found.state is State.WITHIN


def test_many_rounds_are_no_advantage_over_few() -> None:
    chance = np.random.default_rng(21)
    noisy = [chance.gamma(2.0, 0.1, (2, 30, 16)) + 1 for _ in range(200)]
    few = [{f"s{n}": tuple(laps[0, :3, n]) for n in range(16)} for laps in noisy]
    many = [{f"s{n}": tuple(laps[1, :, n]) for n in range(16)} for laps in noisy]
    found = [judge(Side(now), Side(then), 0.03).estimate or 0.0 for now, then in zip(few, many, strict=True)]
    assert abs(float(np.mean(found))) < 0.01


def test_rounds_in_busy_company_do_not_count() -> None:
    chance = np.random.default_rng(22)
    then, now = rounds(chance, busy=0), rounds(chance, busy=0, count=10)
    spoilt = {name: [t * 1.5 for t in laps[:5]] + list(laps[5:]) for name, laps in now.rounds.items()}
    company: dict[str, Sequence[float | None]] = {name: [1.1] * 5 + [0.1] * 5 for name in spoilt}
    found = judge(replace(now, rounds=spoilt, others=company), then, 0.03)
    assert (found.state, found.rounds_now) == (State.WITHIN, 5)


def test_a_machine_that_was_never_quiet_tells_nothing() -> None:
    chance = np.random.default_rng(23)
    then, now = rounds(chance, busy=0), rounds(chance, 2.0, busy=0)
    company: dict[str, Sequence[float | None]] = {name: [None] + [0.9] * 5 for name in now.rounds}
    found = judge(replace(now, others=company), then, 0.03)
    assert (found.state, found.estimate) == (State.UNDECIDED, None)
    assert "quiet" in found.sentence()


def test_company_may_acquit_and_never_convicts() -> None:
    chance = np.random.default_rng(24)
    then, now = rounds(chance, busy=0), rounds(chance, busy=0)
    company: dict[str, Sequence[float | None]] = {name: [0.9] * 6 for name in now.rounds}
    found = judge(replace(now, others=company), then, 0.03)
    assert (found.state, found.company) == (State.WITHIN, True)
    assert "other programs were busy all the time" in found.sentence()
    assert judge(now, then, 0.03).company is False
    slower = replace(rounds(chance, 1.2, busy=0), others=company)
    assert judge(slower, then, 0.03).state is State.UNDECIDED


def test_another_machine_is_named_as_such() -> None:
    chance = np.random.default_rng(7)
    now = with_machine(rounds(chance, 1.5), chance, compute=1.5, memory=1.5)
    assert judge(now, rounds(chance), 0.03).state is State.FOREIGN


def test_few_beats_are_no_reference() -> None:
    chance = np.random.default_rng(8)
    now = Side(rounds(chance).rounds, beats(chance, compute=1.4, count=4))
    found = judge(now, rounds(chance), 0.03)
    assert found.machine == {}
    assert "without a reference workload" in found.sentence()


def test_rounds_that_still_get_faster_keep_the_question_open() -> None:
    chance = np.random.default_rng(9)
    then, now = rounds(chance, busy=0), rounds(chance, 1.06, count=8, busy=0)
    settling = {name: [t * 1.1 for t in laps[:4]] + list(laps[4:]) for name, laps in now.rounds.items()}
    assert judge(now, then, 0.03).state is State.SLOWER
    assert judge(Side(settling, now.beats), then, 0.03).state is State.UNDECIDED


def test_one_or_two_rounds_never_fail() -> None:
    chance = np.random.default_rng(10)
    assert judge(rounds(chance, 2.0, count=2, busy=0), rounds(chance), 0.03).state is State.UNDECIDED


def test_a_few_snippets_are_judged_by_their_extremes() -> None:
    chance = np.random.default_rng(11)
    then, now = rounds(chance, snippets=3, busy=0), rounds(chance, 1.2, snippets=3, busy=0)
    one_as_before = {**now.rounds, "s0": then.rounds["s0"]}
    assert judge(now, then, 0.05).state is State.SLOWER
    assert judge(Side(one_as_before, now.beats), then, 0.05).state is State.UNDECIDED


def test_snippets_of_one_side_alone_are_left_out() -> None:
    then = Side({"a": (1.0,) * 3, "b": (1.0,) * 3, "only then": (1.0,) * 3})
    now = Side({"a": (1.0,) * 3, "b": (1.0,) * 3, "only now": (9.0,) * 3, "not timed": ()})
    assert judge(now, then, 0.1).snippets == 2
    assert judge(Side({"x": (1.0,)}), then, 0.1).estimate is None
    assert judge(Side({"x": (1.0,)}), then, 0.1).sentence().startswith("nothing to compare")


@pytest.mark.parametrize(
    ("laps", "first", "gain"),
    [((3.0, 2.0, 1.5, 1.0), None, 2.0), ((2.0, 1.0, 1.0, 1.0), None, 1.0), ((2.0, 1.0), 1, 2.0), ((2.0,), None, 1.0)],
)
def test_what_later_rounds_gained(laps: Sequence[float], first: int | None, gain: float) -> None:
    assert exp(unsettled({"a": laps}, ["a"], first)) == pytest.approx(gain)


# The workload itself


def test_a_beat_times_both_workloads() -> None:
    workload = Reference()
    found: list[Mapping[str, float]] = [workload.beat() for _ in range(3)]
    assert all(set(beat) == {"compute", "memory"} and min(beat.values()) > 0 for beat in found)


def test_the_reference_takes_its_share_of_the_models_time_and_no_more() -> None:
    workload = Reference()
    spent = 0.0
    for _ in range(200):
        if workload.earn(0.01):
            spent += sum(workload.beat().values())
    assert workload.earn(0.0) in (True, False)
    assert 0 < spent < 200 * 0.01 * SHARE + 0.1
    assert not Reference().earn(0.0), "a model that takes no time has none to give"
