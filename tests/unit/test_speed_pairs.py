"""Two models measured in turn: what is told of the second, and when nothing can be."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_asrbench.statistics.speed.pairs import Block, Turn, judge_pairs, student, trimmed
from pytest_asrbench.statistics.speed.sides import busy_cores
from pytest_asrbench.statistics.speed.slowdown import Seconds, Slowdown, State

Generator = np.random.Generator


def blocks(
    chance: Generator,
    factor: float = 1.0,
    *,
    count: int = 8,
    sweeps: int = 3,
    cores: tuple[float, float] = (1.0, 1.0),
    process: float = 0.01,
    waits: float = 0.0,
) -> list[Block]:
    """Turns on 8 snippets. process: how much processes differ; waits: how long, at most, they wait for others."""
    made: list[Block] = []
    for _ in range(count):
        lie = np.exp(process * chance.standard_normal(2))
        block = []
        for _ in range(sweeps):
            turns = []
            for number in range(8):
                cpu = 0.01 * (1 + number) * lie * [1.0, factor] * np.exp(0.01 * chance.standard_normal(2)) * cores
                clock = cpu / cores * (1 + waits * chance.random(2))
                turns.append(Turn(f"s{number}", (clock[0], cpu[0]), (clock[1], cpu[1])))
            block.append(turns)
        made.append(block)
    return made


def states(factor: float, tolerance: float = 0.03, runs: int = 60, **how: object) -> list[State]:
    chance = np.random.default_rng(int(factor * 1000))
    return [judge_pairs(blocks(chance, factor, **how), tolerance, on_cpu=True).state for _ in range(runs)]  # type: ignore[arg-type]


def test_the_same_work_is_within_and_twice_the_tolerance_is_slower() -> None:
    assert set(states(1.0)) == {State.WITHIN}
    assert states(1.06).count(State.SLOWER) >= 57
    assert states(1.03).count(State.UNDECIDED) >= 48, "at the tolerance itself"


def test_the_interval_holds_the_true_slowdown_as_often_as_it_says() -> None:
    chance = np.random.default_rng(0)
    found = [judge_pairs(blocks(chance, 1.2), 0.03, on_cpu=True) for _ in range(300)]
    held = sum(one.low <= 0.2 <= one.high for one in found if one.low is not None and one.high is not None)
    assert 0.84 <= held / 300 <= 0.96  # the narrower of two intervals is a little too narrow


def test_processes_that_differ_keep_the_question_open() -> None:
    few = states(1.06, process=0.05, count=4)
    assert few.count(State.UNDECIDED) >= 45
    assert few.count(State.WITHIN) <= 3


def test_one_wild_block_is_cut_off() -> None:
    chance = np.random.default_rng(1)
    turns = blocks(chance, count=9)
    wild = [[Turn(t.snippet, t.first, (t.second[0] * 1.9, t.second[1] * 1.9)) for t in sweep] for sweep in turns[0]]
    found = judge_pairs([wild, *turns[1:]], 0.03, on_cpu=True)
    assert found.state is State.WITHIN


def told(second: tuple[float, float], waits: float, *, on_cpu: bool = True) -> Slowdown:
    """Of models of which the first takes (1 s, as much on each of 2 cores), by the clock with much company."""
    chance = np.random.default_rng(2)
    made = blocks(chance, second[0], cores=(2.0, second[1]), waits=waits, count=10)
    return judge_pairs(made, 0.03, on_cpu=on_cpu)


def test_on_two_cores_the_clock_decides_where_it_can() -> None:
    assert (told((1.2, 2.0), 0.0).state, told((1.2, 2.0), 0.0).seconds) == (State.SLOWER, Seconds.CLOCK)
    assert told((0.7, 4.0), 0.0).state is State.WITHIN, "more processor time, and yet sooner"


def test_where_the_clock_cannot_tell_processor_seconds_show_a_slowdown() -> None:
    shown = told((1.08, 2.0), 6.0)
    assert (shown.state, shown.seconds) == (State.SLOWER, Seconds.PROCESSOR)
    assert "by processor seconds" in shown.sentence()
    assert told((1.08, 2.0), 6.0, on_cpu=False).state is State.UNDECIDED, "an accelerator's work is not in them"
    assert told((1.08, 2.5), 6.0).seconds is Seconds.CLOCK, "the second keeps other cores busy"
    assert told((1.0, 2.0), 6.0).state is State.UNDECIDED, "and they never acquit"


def test_of_a_model_on_one_core_processor_seconds_decide_both() -> None:
    chance = np.random.default_rng(3)
    alone = [judge_pairs(blocks(chance, factor, waits=0.3), 0.03, on_cpu=True) for factor in (1.0, 1.08)]
    # Where others interfere with every single call, no call shows that one core is all it needs.
    assert {one.seconds for one in alone} <= {Seconds.CLOCK, Seconds.PROCESSOR}
    quiet = [judge_pairs(blocks(chance, factor), 0.03, on_cpu=True) for factor in (1.0, 1.08)]
    assert [(one.state, one.seconds) for one in quiet] == [
        (State.WITHIN, Seconds.PROCESSOR),
        (State.SLOWER, Seconds.PROCESSOR),
    ]


def test_a_clock_too_coarse_for_processor_seconds_is_no_ground_for_them() -> None:
    coarse = [[[Turn("x", (0.01, 0.0), (0.01, 0.015625))]]] * 5
    assert judge_pairs(coarse, 0.03, on_cpu=True).seconds is Seconds.CLOCK


def test_few_blocks_are_judged_by_their_sweeps_and_too_few_sweeps_not_at_all() -> None:
    chance = np.random.default_rng(4)
    one = judge_pairs(blocks(chance, 1.5, count=1, sweeps=6), 0.03, on_cpu=True)
    assert (one.state, one.processes, one.rounds_now) == (State.SLOWER, 1, 6)
    assert "6 rounds in turn, in 1 process of each" in one.sentence()
    none = judge_pairs(blocks(chance, 1.5, count=1, sweeps=3), 0.03, on_cpu=True)
    assert (none.state, none.estimate) == (State.UNDECIDED, None)
    assert none.sentence() == "too few rounds to tell: 3 rounds in turn, in 1 process of each"
    assert judge_pairs([], 0.03, on_cpu=True).state is State.UNDECIDED


def test_a_sweep_that_a_fault_cut_short_counts_for_what_it_has() -> None:
    chance = np.random.default_rng(5)
    whole = blocks(chance, count=6)
    cut = [*whole, [[], list(whole[0][0])[:3]], []]
    found = judge_pairs(cut, 0.03, on_cpu=True)
    assert (found.state, found.processes, found.rounds_now) == (State.WITHIN, 7, 19)


def test_yuens_interval_is_that_of_the_literature() -> None:
    # Ten values, a fifth off either end: mean of 3..8; winsorized values 3,3,3,4,5,6,7,8,8,8.
    found = trimmed(np.arange(1.0, 11.0, dtype=np.float64), 0.90)
    assert found.value == 5.5
    winsorized = np.std([3, 3, 3, 4, 5, 6, 7, 8, 8, 8], ddof=1)
    assert found.high - found.value == pytest.approx(2.015 * winsorized / (0.6 * 10**0.5), rel=1e-3)


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [
        *((0.95, 1, 6.314), (0.95, 2, 2.920), (0.95, 3, 2.353), (0.95, 5, 2.015), (0.95, 30, 1.697)),
        *((0.995, 2, 9.925), (0.995, 3, 5.841), (0.995, 4, 4.604), (0.995, 10, 3.169), (0.995, 100, 2.626)),
    ],
)
def test_students_quantiles_are_those_of_the_tables(probability: float, freedom: int, value: float) -> None:
    assert student(probability, freedom) == pytest.approx(value, rel=5e-4)


def test_the_cores_kept_busy_are_those_of_the_best_call() -> None:
    first = [[(1.0, 0.5), (1.0, 1.0)], [(1.0, 1.0)]]
    second = [[(1.0, 2.0), (2.0, 2.0)], [(1.0, 2.0)]]
    assert (busy_cores(first), busy_cores(second)) == (1.0, 2.0)
