"""The model in this very process: for stepping through an adapter with a debugger, and for nothing else.

A crash takes the session along, deadlines do not work, and memory is that of everything together.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_asrbench.adapter import JSON
from pytest_asrbench.host.child import Worker, describe_failure
from pytest_asrbench.host.parent import Host, HostPlan
from pytest_asrbench.host.wire import Channel


class _Loopback(Channel):
    """A channel whose messages come back to us."""

    def __init__(self) -> None:
        self.answers: deque[dict[str, Any]] = deque()

    def send(self, message: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
        self.answers.append(dict(message))


class InlineHost(Host):
    """Looks like a host, and is none."""

    def __init__(self, plan: HostPlan) -> None:
        self.plan = plan
        self.alive = True
        self._loopback = _Loopback()
        self._worker = Worker(self._loopback)
        self._log_start = 0

    @property
    def pid(self) -> int:
        """Our own."""
        return os.getpid()

    def restrict(self, cores: Sequence[int]) -> None:
        """Nothing: this is the session's own process."""

    def close(self) -> None:
        """Close the adapter."""
        self._worker.close()
        self.alive = False

    kill = close

    def log_tail(self) -> str:
        """Nothing: the output is pytest's to capture."""
        return ""

    def _log_size(self) -> int:
        return 0

    def _send(self, message: JSON, payload: bytes | memoryview = b"") -> None:
        try:
            self._worker.answer(message, memoryview(payload))
        except Exception as error:
            self._loopback.send(describe_failure(error))

    def _answer(self, timeout: float, doing: str) -> dict[str, Any]:
        return self._understood(self._loopback.answers.popleft(), doing)
