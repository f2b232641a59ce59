"""What goes on beside a model: read from the system, and written into the rounds of outcomes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_asrbench.machine import cgroups, system_load
from pytest_asrbench.machine.cgroups import Quota, Throttling
from pytest_asrbench.machine.system_load import Company, Surroundings, Watch, usable_cores, waited_seconds
from pytest_asrbench.records import Outcome
from tests.unit.outcomes import measured


class Clocks:
    """Stands in for what the system counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = self.busy = self.own = self.waited = 0.0
        self.alive = True
        self.periods = self.held_back = 0
        monkeypatch.setattr(time, "perf_counter", lambda: self.clock)
        monkeypatch.setattr(system_load, "busy_seconds", lambda: self.busy)
        monkeypatch.setattr(system_load, "_processor_seconds", lambda _: self.own if self.alive else None)
        monkeypatch.setattr(system_load, "waited_seconds", lambda: self.waited)
        monkeypatch.setattr(cgroups, "quota", lambda process=None: Quota(1.0, Path()))
        monkeypatch.setattr(cgroups, "throttling", lambda _: Throttling(self.periods, self.held_back))

    def go_on(self, seconds: float, own: float, others: float, waited: float = 0.0, held_back: int = 0) -> None:
        self.clock += seconds
        self.own += own
        self.busy += own + others
        self.waited += waited
        self.periods += round(10 * seconds)
        self.held_back += held_back


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def rounds(count: int = 1) -> Outcome:
    return measured(seconds=(0.1,) * count, others=(None,) * count, waiting=(None,) * count, throttled=(None,) * count)


def told(watch: Surroundings) -> tuple[float | None, ...]:
    """What the window that ends now tells."""
    found = watch.note()
    assert found is not None
    return found.others, found.waiting, found.throttled


def test_a_window_tells_what_others_did_and_what_held_us_back(clocks: Clocks) -> None:
    watch = Surroundings()
    clocks.go_on(0.2, own=0.2, others=0.1)
    assert watch.note() is None, "too short to tell"
    clocks.go_on(0.8, own=0.8, others=0.9, waited=0.5, held_back=4)
    assert told(watch) == pytest.approx((1.0, 0.5, 0.4))
    clocks.go_on(1.0, own=1.0, others=0.0)
    assert told(watch) == pytest.approx((0.0, 0.0, 0.0)), "the next window begins anew"


def test_the_quota_of_a_models_process_counts_like_our_own(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Quota] = []

    def throttling(quota: Quota) -> Throttling:
        asked.append(quota)
        return Throttling(len(asked), len(asked))

    monkeypatch.setattr(cgroups, "quota", lambda process=None: Quota(0.5, Path("its")) if process == 7 else None)
    monkeypatch.setattr(cgroups, "throttling", throttling)
    watch = Surroundings()
    clocks.go_on(1.0, own=1.0, others=0.0)
    assert told(watch)[2] is None
    watch.of({7})
    clocks.go_on(1.0, own=1.0, others=0.0)
    assert told(watch)[2] == 1.0
    assert {one.statistics for one in asked} == {Path("its")}


def test_what_is_not_counted_is_not_known(clocks: Clocks) -> None:
    watch = Surroundings()
    clocks.clock += 1.0  # a sandbox whose counters stand still
    assert watch.note() == Company(None, 0.0, 0.0)
    clocks.go_on(1.0, own=0.5, others=0.5)
    clocks.alive = False
    assert watch.note() == Company(None, 0.0, 0.0), "of a process that has ended nothing can be taken off"


def test_short_rounds_share_the_window_in_which_they_lie(clocks: Clocks) -> None:
    watch, first, second = Watch(), rounds(2), rounds()
    watch.join([1])
    clocks.go_on(0.2, own=0.2, others=0.0)
    watch.rounds(first, 2)
    assert first.others == (None, None)
    clocks.go_on(0.2, own=0.2, others=0.4)
    watch.rounds(second, 1)
    assert first.others == pytest.approx((1.0, 1.0))
    assert second.others == pytest.approx((1.0,))
    assert (second.waiting, second.throttled) == ((0.0,), (0.0,))


def test_further_rounds_leave_the_first_ones_as_they_are(clocks: Clocks) -> None:
    watch, one = Watch(), rounds()
    clocks.go_on(1.0, own=1.0, others=0.5)
    watch.rounds(one, 1)
    for name in ("seconds", "others", "waiting", "throttled"):
        setattr(one, name, (*getattr(one, name), None))
    clocks.go_on(1.0, own=1.0, others=0.0)
    watch.rounds(one, 1)
    assert one.others == pytest.approx((0.5, 0.0))


def test_a_window_ends_with_its_process_and_loading_is_in_none(clocks: Clocks) -> None:
    watch, last, next_ = Watch(), rounds(), rounds()
    watch.join([1])
    clocks.go_on(0.15, own=0.1, others=0.15)
    watch.rounds(last, 1)
    watch.part([1])
    assert last.others == pytest.approx((1.0,))
    clocks.go_on(9.0, own=9.0, others=9.0)
    watch.join([2])
    clocks.go_on(1.0, own=1.0, others=0.0)
    watch.rounds(next_, 1)
    assert next_.others == pytest.approx((0.0,))


def test_pressure_is_read_where_the_kernel_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "cpu"
    path.write_text("some avg10=1.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 total=7\n", "ascii")
    assert waited_seconds(path) == 2.5
    path.write_text("nothing of the kind\n", "ascii")
    assert waited_seconds(path) is None
    assert waited_seconds(tmp_path / "absent") is None


def test_a_real_neighbour_is_seen_and_our_own_work_is_not() -> None:
    """On a machine that is full already there is no more to be seen than that."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        watch = Surroundings()
        time.sleep(0.5)
        busy = watch.note()
        watch.of([neighbour.pid])
        time.sleep(0.5)
        ours = watch.note()
        neighbour.kill()
    assert busy is not None
    assert ours is not None
    assert busy.others is not None
    assert ours.others is not None
    assert busy.others > 0.2
    assert ours.others <= usable_cores() + 0.1
    assert os.cpu_count() is None or usable_cores() <= (os.cpu_count() or 1)
