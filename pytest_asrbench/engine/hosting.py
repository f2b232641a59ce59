"""One model's host while its cases run: started when needed, anew after a crash, given up when that is vain."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_asrbench.engine import faults
from pytest_asrbench.engine.host.answers import LoadReport
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.protocol import Host
from pytest_asrbench.errors import AdapterFailedError, AsrBenchError, HostCrashedError
from pytest_asrbench.machine import cgroups
from pytest_asrbench.machine.system_load import Watch, usable_cores

GIVEN_UP = "GivenUp"
Start = Callable[[HostPlan], Host]


@dataclass(frozen=True, slots=True)
class Policy:
    """How to measure: untimed calls per host, deadlines in seconds, patience with crashes.

    beside: models that take turns, and so stay in memory together; all others are there alone.
    """

    warmup: int = 1
    timeout: float = 600.0
    load_timeout: float = 1_800.0
    crashes_in_a_row: int = 5
    beside: frozenset[str] = frozenset()


class Hosting:
    """Has a loaded host whenever one is asked for, as long as there is hope.

    report: what the last one said when it had loaded, None if none ever has. cold: whether the host has yet to be
    warmed up. share: of the machine, the cores and the quota of processor time that the host has.
    """

    def __init__(self, plan: HostPlan, policy: Policy, start: Start, on_step: Callable[[str], None], watch: Watch):
        self.report: LoadReport | None = None
        self.cold = True
        self.share: tuple[int | None, float | None] = (None, None)
        self._plan = plan
        self._policy = policy
        self._start = start
        self._on_step = on_step
        self._watch = watch
        self._host: Host | None = None
        self._watched: tuple[int, ...] = ()
        self._cores: tuple[int, ...] = ()
        self._crashes = 0
        self._given_up: AsrBenchError | None = None

    @property
    def hopeless(self) -> bool:
        """Whether no further host will be started."""
        return self._given_up is not None

    def loaded(self, until: float, cores: Sequence[int] = ()) -> tuple[Host, LoadReport]:
        """Return the host, loaded now if there is none, and held to these cores (() for any); raises AsrBenchError."""
        if self._given_up is not None:
            if faults.is_unsuited(self._given_up):
                raise self._given_up
            raise AdapterFailedError(f"not tried, the model was given up: {self._given_up}", kind=GIVEN_UP)
        if self._host is None or self.report is None:
            self._host, self.report = self._begin(until)
        if cores and tuple(cores) != self._cores:
            self._host.restrict(cores)
            self._cores = tuple(cores)
        return self._host, self.report

    def answered(self) -> None:
        """A call went well."""
        self._crashes = 0
        self.cold = False

    def gone(self, error: AsrBenchError) -> None:
        """The host is dead, by this error."""
        self._forget()
        self._crashes += 1
        if self._crashes >= self._policy.crashes_in_a_row:
            self._given_up = error

    def close(self, until: float = math.inf) -> None:
        """End the host, at once if it has not ended by itself at `until`; its memory is free when this returns."""
        if (host := self._forget()) is not None:
            host.close(until)

    def kill(self) -> None:
        """End the host at once, whatever it is doing."""
        if (host := self._forget()) is not None:
            host.kill()

    def _forget(self) -> Host | None:
        """Return the host, if there is one; from now on there is none, and nobody watches its processes."""
        host, self._host = self._host, None
        if host is not None:
            self._watch.part(self._watched)
        return host

    def _begin(self, until: float) -> tuple[Host, LoadReport]:
        try:
            try:
                host, report = self._load(until)
            except HostCrashedError:  # it may have been chance; an exception will come again, a wait would be long
                host, report = self._load(until)
        except AsrBenchError as error:
            self._given_up = error
            raise
        self.cold, self._cores = True, ()
        self._watched = host.processes
        self._watch.join(self._watched)
        quota = cgroups.quota(process=self._watched[0])
        self.share = usable_cores(self._watched[0]), quota.cores if quota is not None else None
        self._on_step("first call")
        return host, report

    def _load(self, until: float) -> tuple[Host, LoadReport]:
        self._on_step("loading")
        host = self._start(self._plan)
        try:
            return host, host.load(Limit(self._policy.load_timeout, until))
        except BaseException:
            host.kill()
            raise
