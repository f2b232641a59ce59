"""What else goes on while a model is measured: other programs, waiting for cores, a quota that holds it back.

All of it is read between calls, never within one, and as differences over windows of a fraction of a second.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_asrbench.machine import cgroups

if TYPE_CHECKING:
    from pytest_asrbench.records import Measurement

WINDOW_SECONDS = 0.3  # systems count processor time in steps of about 10 ms: over less, the share would be all steps
LEAST_SECONDS = 0.1  # of a window that ends early, because its processes do
PRESSURE = Path("/proc/pressure/cpu")


@dataclass(frozen=True, slots=True)
class Company:
    """What went on in a window; None: not known.

    others: cores that other programs kept busy. waiting: share of the time in which some program that could have run
    had to wait for a core (the run queue was longer than the cores; Linux). throttled: share of the periods in which
    the quota of the container was used up (Linux).
    """

    others: float | None
    waiting: float | None
    throttled: float | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Sums since some time before, in seconds or numbers."""

    clock: float
    busy: float
    own: float | None
    waited: float | None
    throttling: cgroups.Throttling | None


def usable_cores(process: int = 0) -> int:
    """The cores that a process (0: this one) may run on."""
    if sys.platform == "linux":
        with suppress(OSError):  # the process has ended
            return len(os.sched_getaffinity(process))
    return os.cpu_count() or 1


def busy_seconds() -> float:
    """Processor seconds that the cores we may use have spent, time taken by a hypervisor included."""
    import psutil

    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    every = psutil.cpu_times(percpu=True) if len(cores) != os.cpu_count() and cores else [psutil.cpu_times()]
    chosen = [every[core] for core in cores if core < len(every)] if len(every) > 1 else every
    names = ("user", "nice", "system", "irq", "softirq", "steal")
    return sum(float(getattr(times, name, 0.0)) for times in chosen for name in names)


def waited_seconds(pressure: Path = PRESSURE) -> float | None:
    """Seconds in which something had to wait for a core, by the kernel's pressure information; None without it."""
    try:
        found = re.search(r"^some .*\btotal=(\d+)", pressure.read_text("ascii"), re.MULTILINE)
    except (OSError, ValueError):
        return None
    return int(found[1]) / 1e6 if found else None


class Surroundings:
    """Watches windows of the session's time; processes: those of the models that are loaded, beside our own."""

    def __init__(self) -> None:
        self._processes: set[int] = set()
        self._quota = self._tightest()
        self._start = self._reading()

    def of(self, processes: Iterable[int]) -> None:
        """From now on these processes are ours, and a new window begins."""
        self._processes = set(processes)
        self._quota = self._tightest()
        self._start = self._reading()

    def note(self, least: float = WINDOW_SECONDS) -> Company | None:
        """End the window if it has lasted `least` seconds, and tell of it; None while it goes on."""
        if time.perf_counter() - self._start.clock < least:
            return None
        before, self._start = self._start, self._reading()
        return _between(before, self._start)

    def _tightest(self) -> cgroups.Quota | None:
        found = (cgroups.quota(process=process) for process in (None, *self._processes))
        return min((one for one in found if one is not None), key=lambda one: one.cores, default=None)

    def _reading(self) -> _Reading:
        return _Reading(
            time.perf_counter(),
            busy_seconds(),
            _processor_seconds({os.getpid(), *self._processes}),
            waited_seconds(),
            cgroups.throttling(self._quota) if self._quota is not None else None,
        )


def _processor_seconds(processes: Iterable[int]) -> float | None:
    """What these processes have spent, with those of their children that have ended; None if one of them has, too."""
    import psutil

    try:
        times = [psutil.Process(process).cpu_times() for process in processes]
    except psutil.Error:
        return None
    names = ("user", "system", "children_user", "children_system")
    return sum(float(getattr(one, name, 0.0)) for one in times for name in names)


def _between(before: _Reading, now: _Reading) -> Company:
    seconds = now.clock - before.clock
    busy = now.busy - before.busy
    others = waiting = throttled = None
    if before.own is not None and now.own is not None and busy > 0:  # some sandboxes count nothing at all
        others = max(0.0, busy - (now.own - before.own)) / seconds
    if before.waited is not None and now.waited is not None:
        waiting = min(1.0, max(0.0, now.waited - before.waited) / seconds)
    if before.throttling is not None and now.throttling is not None:
        periods = now.throttling.periods - before.throttling.periods
        throttled = (now.throttling.held_back - before.throttling.held_back) / periods if periods > 0 else 0.0
    return Company(others, waiting, throttled)


class Watch:
    """Writes what went on into the rounds of measurements, as soon as a window that holds them has ended."""

    def __init__(self) -> None:
        self._surroundings = Surroundings()
        self._processes: set[int] = set()
        self._pending: list[tuple[Measurement, Sequence[int]]] = []

    def join(self, processes: Iterable[int]) -> None:
        """These processes have loaded a model, and will be asked from now on."""
        self._processes.update(processes)
        self._restart()

    def part(self, processes: Iterable[int]) -> None:
        """These processes are about to be ended, or have ended themselves."""
        self._tell(self._surroundings.note(LEAST_SECONDS))
        self._processes.difference_update(processes)
        self._restart()

    def _restart(self) -> None:
        self._surroundings.of(self._processes)
        self._pending.clear()

    def rounds(self, measured: Measurement, count: int) -> None:
        """The last `count` rounds of `measured` have just been measured."""
        total = len(measured.seconds)
        self._pending.append((measured, range(total - count, total)))
        self._tell(self._surroundings.note())

    def _tell(self, company: Company | None) -> None:
        if company is None:
            return
        for one, places in self._pending:
            one.others = _put(one.others, places, company.others)
            one.waiting = _put(one.waiting, places, company.waiting)
            one.throttled = _put(one.throttled, places, company.throttled)
        self._pending.clear()


def _put(values: tuple[float | None, ...], places: Sequence[int], value: float | None) -> tuple[float | None, ...]:
    return tuple(value if place in places else one for place, one in enumerate(values))
