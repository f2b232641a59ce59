"""Requests that arrive whether or not the model has answered the last one. Runs in the model's process.

When each of them arrives is settled before the first one, so that neither a slow model nor a late sender moves a later
arrival. A model of this machine has one queue before it and takes a call at a time; a served one is sent as many
requests at once as have arrived. All times are of one monotonic clock, from the beginning of the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pytest_asrbench.adapter import JSON

TELL_SECONDS = 1.0  # after which a worker without a pause tells what came of its calls
MOST_AT_ONCE = 100  # connections that a client keeps, as a rule
Tell = Callable[[JSON, Any], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When requests arrive: at `arrivals`, in seconds, or, where that is None, as soon as one of `clients` is free."""

    requests: int
    arrivals: Sequence[float] | None = None
    clients: int = MOST_AT_ONCE

    @property
    def longest_silence(self) -> float:
        """For how long nothing may be told, beside the time of a call: none arrives, or there is no time for it."""
        at = [0.0, *(self.arrivals or ())]
        return TELL_SECONDS + max((later - earlier for earlier, later in pairwise(at)), default=0.0)

    def workers(self, *, remote: bool) -> int:
        """How many calls may be under way at once."""
        return min(self.clients, self.requests) if remote else 1


class Serving:
    """Asks by a schedule.

    ask: makes the call of a request, by its number. tell: is given the times of a request, and what its call returned
    or raised. remote: whether the model is a served one. What a request waits for the calls before it is its latency;
    that it was sent late is told beside that: of a served model all that it waited, as others would not have.
    """

    def __init__(
        self,
        ask: Callable[[int], Any],
        tell: Tell,
        schedule: Schedule,
        *,
        remote: bool = False,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ask = ask
        self._tell = tell
        self._schedule = schedule
        self._remote = remote
        self._clock = clock
        self._sleep = sleep
        self._start = 0.0
        self._taken = 0
        self._done: list[float] = []
        self._lock, self._telling = threading.Lock(), threading.Lock()

    def run(self) -> None:
        """Make every request, and return when all of them are told of."""
        workers = self._schedule.workers(remote=self._remote)
        self._start = self._clock()
        if workers == 1:  # in this very thread: some runtimes belong to the one that loaded them
            self._work()
        else:
            with ThreadPoolExecutor(workers) as pool:
                for worker in [pool.submit(self._work) for _ in range(workers)]:
                    worker.result()

    def _work(self) -> None:
        """Make one call after the other; what came of them is told when there is time, so that no call waits for that.

        A worker is free when its last call has ended: what else keeps it from the next one makes it late.
        """
        free = 0.0
        untold: list[tuple[JSON, Any]] = []
        while (number := self._take()) is not None:
            due = self._due(number)
            now = self._now()
            if untold and (due > now or now - untold[0][0]["finished"] > TELL_SECONDS):
                self._tell_all(untold)
                now = self._now()
            if due > now:
                self._sleep(due - now)
            started = self._now()
            result = self._result(number)
            finished = self._now()
            with self._lock:
                self._done.append(finished)
            late = max(started - (due if self._remote else max(due, free)), 0.0)
            times = {"number": number, "due": due, "started": started, "finished": finished, "late": late}
            untold.append((times, result))
            free = finished
        self._tell_all(untold)

    def _result(self, number: int) -> Any:
        """What a call returns, or raises."""
        try:
            return self._ask(number)
        except (Exception, SystemExit) as error:
            return error

    def _tell_all(self, untold: list[tuple[JSON, Any]]) -> None:
        with self._telling:
            for times, result in untold:
                self._tell(times, result)
        untold.clear()

    def _take(self) -> int | None:
        """The number of the next request; None when there is none left."""
        with self._lock:
            number, self._taken = self._taken, self._taken + 1
        return number if number < self._schedule.requests else None

    def _due(self, number: int) -> float:
        """When a request arrives; of clients, the one that is free first sends it."""
        schedule = self._schedule
        if schedule.arrivals is not None:
            return schedule.arrivals[number]
        return self._done[number - schedule.clients] if number >= schedule.clients else 0.0

    def _now(self) -> float:
        return self._clock() - self._start
