"""The model in this very process: for stepping through an adapter with a debugger, and for nothing else.

A crash takes the session along, deadlines do not work, and memory is that of everything together.
"""

from __future__ import annotations

import math
import os
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any

from pytest_asrbench.adapter import JSON
from pytest_asrbench.host.answers import checked
from pytest_asrbench.host.child import Worker, describe_failure, story
from pytest_asrbench.host.log import Log
from pytest_asrbench.host.parent import Host
from pytest_asrbench.host.plan import HostPlan, Limit


class _NoLog(Log):
    """The output is pytest's to capture."""

    def __init__(self) -> None:
        return

    def mark(self) -> None:
        """Nothing."""

    def tail(self) -> str:
        """Nothing."""
        return ""


class InlineHost(Host):
    """Looks like a host, and is none."""

    def __init__(self, plan: HostPlan) -> None:
        self.plan = plan
        self.alive = True
        self._log = _NoLog()
        self._answers: deque[dict[str, Any]] = deque()
        self._worker = Worker(self._answers.append)

    @property
    def pid(self) -> int:
        """Our own."""
        return os.getpid()

    def restrict(self, cores: Sequence[int]) -> None:
        """Nothing: this is the session's own process."""

    def close(self, until: float = math.inf) -> None:
        """Close the adapter."""
        self._worker.close()
        self.alive = False

    def kill(self) -> None:
        """Close the adapter."""
        self.close()

    def _ask(self, message: JSON, payload: bytes | memoryview, limit: Limit, doing: str) -> None:
        try:
            self._worker.answer(message, memoryview(payload))
        except Exception as error:
            print(story(error), file=sys.stderr)
            self._answers.append(describe_failure(error))

    def _answer(self, event: str, limit: Limit, doing: str) -> dict[str, Any]:
        return self._understood(checked(self._answers.popleft(), event), doing)
