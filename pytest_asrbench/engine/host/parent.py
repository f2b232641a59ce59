"""Our side of a model's process: start it, give it work, wait with a deadline, kill it.

Waiting is a blocking poll of the channel: it costs no processor time and wakes at once. A call that holds the GIL
inside native code cannot be interrupted from within its process; it ends here, by killing that process. A process that
says anything but the answer to what it was asked ends here, too: it can no longer be told which clip an answer is of.
"""

from __future__ import annotations

import math
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import JSON
from pytest_asrbench.engine.host import affinity, process
from pytest_asrbench.engine.host.asking import Asking
from pytest_asrbench.engine.host.checked import checked
from pytest_asrbench.engine.host.log import Log
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.wire import GarbledError
from pytest_asrbench.errors import HostCrashedError, HostTimeoutError
from pytest_asrbench.machine import processes, variables

BOOT = Path(__file__).with_name("boot.py")
TICK_SECONDS = 1.0
EXIT_SECONDS = 5.0


def _nothing() -> None:
    return None


class ChildHost(Asking):
    """A running child. Every failure ends in a HostError; after a crash or a timeout the host is dead."""

    def __init__(self, plan: HostPlan, on_wait: Callable[[], None] = _nothing) -> None:
        super().__init__(plan, Log(plan.log, plan.name))
        self._on_wait = on_wait
        self._mark = processes.new_mark()
        try:
            kept = variables.kept(os.environ, plan.env_names)
            env = {**kept, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **plan.env, **self._mark}
            command = [plan.interpreter, str(BOOT)]
            self._process, self._line = process.start(command, self._log.file, env, cwd=None)
        except OSError as error:
            self._log.close()
            raise HostCrashedError(
                f"{plan.name}: cannot start {plan.interpreter} ({error.strerror or error}): correct the interpreter "
                "under asr_interpreters, or in the model's table"
            ) from error

    @property
    def processes(self) -> tuple[int, ...]:
        """Process id of the child."""
        return (self._process.pid,)

    def restrict(self, cores: Sequence[int]) -> None:
        """Let the child's work run on these processor cores alone."""
        affinity.restrict(self._process.pid, cores)

    def close(self, until: float = math.inf) -> None:
        """Ask the child to stop, then make sure that it has. Its memory is free when this returns. Never raises.

        until: a reading of time.monotonic() at which patience ends.
        """
        if not self.alive:
            return
        until = Limit(EXIT_SECONDS, until).deadline()
        try:
            self._line.ask({"do": "stop"}, b"", until)
            self._process.wait(max(until - time.monotonic(), 0))
        except Exception as error:  # a model that cannot be closed politely is killed like any other
            self._log.note(f"did not stop by itself: {error}")
        self.kill()

    def kill(self) -> None:
        """End the child and everything that it started, now."""
        if self.alive:
            self.alive = False
            processes.kill_tree(self._process, self._mark)
            self._line.close()
            self._log.close()

    def _ask(self, message: JSON, payload: bytes | memoryview, limit: Limit, doing: str) -> None:
        try:
            self._line.ask(message, payload, limit.deadline())
        except GarbledError as error:
            raise self._garbled(str(error)) from error
        except TimeoutError as error:
            raise self._late(limit, doing) from error
        except (EOFError, OSError) as error:
            raise self._crashed("before it took the next request") from error

    def _answer(self, event: str, limit: Limit, doing: str, *others: str) -> dict[str, Any]:
        deadline = limit.deadline()
        while (answer := self._take(doing)) is None:
            self._wait(deadline, limit, doing)
        try:
            return self._understood(checked(answer, event, *others, secrets=self.secrets), doing)
        except GarbledError as error:
            raise self._garbled(str(error)) from error

    def _take(self, doing: str) -> dict[str, Any] | None:
        try:
            return self._line.take()
        except GarbledError as error:
            raise self._garbled(str(error)) from error
        except (EOFError, OSError) as error:
            raise self._crashed(f"while {doing}") from error

    def _wait(self, deadline: float, limit: Limit, doing: str) -> None:
        """Return when something has come, or after a tick; raises HostError when nothing will."""
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise self._late(limit, doing)
        if self._line.wait(min(remaining, TICK_SECONDS)):
            return
        # A helper of the model may hold the other end of the stream open after the model itself is gone.
        if self._process.poll() is not None:
            raise self._crashed(f"while {doing}")
        self._log.trim()
        self._on_wait()

    def _late(self, limit: Limit, doing: str) -> HostTimeoutError:
        self.kill()
        what = (
            f"took longer than {limit.seconds:g} s"
            if time.monotonic() < limit.until
            else "was not done when the time of its test was up (the limit of pytest-timeout, less a margin)"
        )
        return HostTimeoutError(f"{self.plan.name}: {doing} {what}; the process was killed", self.log_tail())

    def _garbled(self, what: str) -> HostCrashedError:
        self.kill()
        return HostCrashedError(
            f"{self.plan.name}: the process sent {what}; it was killed, because its answers can no longer be trusted: "
            "look for code in it that writes into descriptors which it has not opened, forks, or changes clocks",
            self.log_tail(),
        )

    def _crashed(self, when: str) -> HostCrashedError:
        try:
            returncode = self._process.wait(EXIT_SECONDS)
            how = processes.describe_exit(returncode)
        except subprocess.TimeoutExpired:
            how = "closed its connection"
        self.kill()
        return HostCrashedError(f"{self.plan.name}: the process {how} {when}", self.log_tail())
