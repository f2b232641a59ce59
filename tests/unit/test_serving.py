"""Requests that arrive by a schedule: the arithmetic of queues, in virtual time."""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean, stdev

import pytest

from pytest_asrbench.engine.host.serving import TELL_SECONDS, Schedule, Serving
from pytest_asrbench.engine.load import Load, scenario
from pytest_asrbench.metrics.latencies import PERCENTILES, percentile

SERVICE = 0.25  # seconds that the simulated model takes for each request


class Simulation:
    """A model of known service time on a clock that only moves when somebody works or sleeps."""

    def __init__(self, service: Callable[[int], float] = lambda _number: SERVICE) -> None:
        self.now = 1_000.0
        self.service = service
        self.told: list[dict[str, float]] = []

    def ask(self, number: int) -> str:
        self.now += self.service(number)
        return f"answer {number}"

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def run(self, schedule: Schedule) -> Simulation:
        serving = Serving(
            self.ask, lambda times, _answer: self.told.append(times), schedule, clock=lambda: self.now, sleep=self.sleep
        )
        serving.run()
        return self

    @property
    def latencies(self) -> list[float]:
        return [one["finished"] - one["due"] for one in self.told]


def crommelin(load: float, wait: float) -> float:
    """P(a request of an M/D/1 queue waits at most `wait` service times); Erlang's and Crommelin's formula."""
    terms = [(load * (k - wait)) ** k / math.factorial(k) * math.exp(-load * (k - wait)) for k in range(int(wait) + 1)]
    return (1 - load) * math.fsum(terms)


def quantile(load: float, share: float) -> float:
    """The latency, in seconds, that this share of the requests does not exceed: the wait and the service."""
    low, high = 0.0, 60.0
    if crommelin(load, 0.0) >= share:
        return SERVICE
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if crommelin(load, middle) < share else (low, middle)
    return (1 + high) * SERVICE


@pytest.mark.parametrize(("load", "requests"), [(0.3, 200_000), (0.6, 400_000), (0.8, 1_200_000)])
def test_percentiles_are_those_of_queueing_theory(load: float, requests: int) -> None:
    simulation, latencies = Simulation(), array("d")
    serving = Serving(
        simulation.ask,
        lambda times, _answer: latencies.append(times["finished"] - times["due"]),
        Load(rate=load / SERVICE).schedule(requests),
        clock=lambda: simulation.now,
        sleep=simulation.sleep,
    )
    serving.run()
    for percent in PERCENTILES:
        expected = quantile(load, percent / 100)
        assert percentile(latencies, percent) == pytest.approx(expected, rel=0.02), f"p{percent} at a load of {load}"
    mean = SERVICE * (1 + load / (2 * (1 - load)))  # Pollaczek and Khinchine
    assert fmean(latencies) == pytest.approx(mean, rel=0.02)


def test_the_formula_is_that_of_the_queue_and_not_of_its_service() -> None:
    assert quantile(0.3, 0.5) == SERVICE, "seven of ten need not wait"
    assert crommelin(0.8, 0.0) == pytest.approx(0.2)
    assert quantile(0.8, 0.9) > 2 * quantile(0.3, 0.9)


def test_arrivals_are_poisson_of_the_rate_and_the_same_for_a_seed() -> None:
    schedule = Load(rate=4).schedule(20_000)
    assert schedule.arrivals is not None
    gaps = [later - earlier for earlier, later in pairwise(schedule.arrivals)]
    assert fmean(gaps) == pytest.approx(1 / 4, rel=0.001), "a rate is kept by no luck of the draw"
    assert stdev(gaps) == pytest.approx(1 / 4, rel=0.03), "an exponential has the deviation of its mean"
    assert schedule == Load(rate=4).schedule(20_000)
    assert schedule != Load(rate=4, seed=1).schedule(20_000)
    assert Load(rate=8).schedule(3).arrivals == pytest.approx(
        [at / 2 for at in Load(rate=4).schedule(3).arrivals or ()]
    )


def test_a_slow_answer_moves_no_later_arrival() -> None:
    slow = Simulation(lambda number: 10.0 if number == 2 else SERVICE).run(Load(rate=1).schedule(50))
    assert [one["due"] for one in slow.told] == Load(rate=1).schedule(50).arrivals
    behind = [one["started"] - one["due"] for one in slow.told[3:8]]
    assert min(behind) > 1, "who came while it was at work has waited, and that is counted"
    assert [one["late"] for one in slow.told] == pytest.approx([0.0] * 50), "but no sender was late"


def test_a_sender_that_sleeps_too_long_is_late_and_its_latency_counts_from_the_schedule() -> None:
    simulation = Simulation()
    told = simulation.told
    serving = Serving(
        simulation.ask,
        lambda times, _answer: told.append(times),
        Schedule(3, [1.0, 2.0, 3.0]),
        clock=lambda: simulation.now,
        sleep=lambda seconds: simulation.sleep(seconds + 0.1),
    )
    serving.run()
    assert [one["late"] for one in told] == pytest.approx([0.1] * 3)
    assert [one["due"] for one in told] == [1.0, 2.0, 3.0]
    assert simulation.latencies == pytest.approx([SERVICE + 0.1] * 3)


def test_clients_wait_for_one_another_before_one_model() -> None:
    told = Simulation().run(Load(clients=3).schedule(7)).told
    assert [one["due"] for one in told] == pytest.approx([0, 0, 0, SERVICE, 2 * SERVICE, 3 * SERVICE, 4 * SERVICE])
    assert [one["finished"] - one["due"] for one in told[2:]] == pytest.approx([3 * SERVICE] * 5)
    assert Simulation().run(Load(clients=1).schedule(4)).latencies == pytest.approx([SERVICE] * 4)


def test_a_served_model_is_sent_all_that_has_arrived_at_once() -> None:
    together = threading.Barrier(4)  # nobody gets through alone
    told: list[float] = []
    schedule = Schedule(8, [0.0] * 8, clients=4)
    Serving(
        lambda _number: together.wait(timeout=20), lambda times, _: told.append(times["number"]), schedule, remote=True
    ).run()
    assert sorted(told) == list(range(8))
    assert not together.broken


def test_what_a_served_model_waits_for_a_free_connection_is_the_senders_lateness() -> None:
    simulation = Simulation()
    serving = Serving(
        simulation.ask,
        lambda times, _answer: simulation.told.append(times),
        Schedule(3, [0.0] * 3, clients=1),
        remote=True,
        clock=lambda: simulation.now,
        sleep=simulation.sleep,
    )
    serving.run()
    assert [one["late"] for one in simulation.told] == pytest.approx([0, SERVICE, 2 * SERVICE])


def test_what_a_call_raises_is_what_came_of_it_and_the_next_ones_are_made() -> None:
    answers: list[object] = []

    def ask(number: int) -> str:
        if number == 1:
            raise ValueError("no")
        if number == 2:
            raise SystemExit(3)
        return "yes"

    Serving(ask, lambda _times, answer: answers.append(answer), Schedule(4, [0.0] * 4)).run()
    assert [type(answer) for answer in answers] == [str, ValueError, SystemExit, str]


def test_each_clip_is_asked_for_and_a_short_corpus_again_in_another_order() -> None:
    order = Load(rate=1, requests=12).order(5)
    assert len(order) == 12
    passes = [order[:5], order[5:10]]
    assert [sorted(one) for one in passes] == [list(range(5))] * 2
    assert passes[0] != passes[1]
    assert sorted(Load(rate=1, requests=12).order(40)) == list(range(40)), "no clip is left out of a long one"
    assert Load(rate=1).order(5) != Load(rate=1, seed=1).order(5)
    assert Load(rate=1).order(0) == []


def test_the_longest_silence_is_that_of_the_schedule_and_of_telling() -> None:
    assert Schedule(3, [2.0, 3.0, 9.0]).longest_silence == 6.0 + TELL_SECONDS
    assert Schedule(3).longest_silence == TELL_SECONDS


def test_what_came_of_calls_is_told_when_none_waits_and_at_the_end() -> None:
    events: list[str] = []
    simulation = Simulation()

    def ask(number: int) -> str:
        events.append(f"ask {number}")
        return simulation.ask(number)

    Serving(
        ask,
        lambda times, _answer: events.append(f"tell {times['number']}"),
        Schedule(5, [0.0, 0.0, 0.0, 9.0, 9.0]),
        clock=lambda: simulation.now,
        sleep=simulation.sleep,
    ).run()
    assert events == [f"{kind} {n}" for numbers in ((0, 1, 2), (3, 4)) for kind in ("ask", "tell") for n in numbers]


def test_the_names_of_loads() -> None:
    loads = (Load(rate=0.5), Load(rate=8), Load(clients=16), None)
    assert [scenario(load) for load in loads] == ["server@0.5rps", "server@8rps", "server@16clients", "single-stream"]
