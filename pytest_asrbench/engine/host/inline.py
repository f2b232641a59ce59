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
from pytest_asrbench.engine.host.asking import Asking
from pytest_asrbench.engine.host.checked import checked
from pytest_asrbench.engine.host.child import Worker
from pytest_asrbench.engine.host.failures import describe_failure, story
from pytest_asrbench.engine.host.log import TAIL_BYTES, Log
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.wire import GarbledError
from pytest_asrbench.errors import AdapterFailedError
from pytest_asrbench.support.plain import MAX_TOLD, printable
from pytest_asrbench.support.redaction import redact


class _NoLog(Log):
    """The output is pytest's to capture."""

    def __init__(self) -> None:
        return

    def mark(self) -> None:
        """Nothing."""

    def tail(self) -> str:
        """Nothing."""
        return ""


class InlineHost(Asking):
    """A host without a process of its own."""

    def __init__(self, plan: HostPlan) -> None:
        super().__init__(plan, _NoLog())
        self._answers: deque[dict[str, Any]] = deque()
        self._worker = Worker(self._answers.append)

    @property
    def processes(self) -> tuple[int, ...]:
        """Our own."""
        return (os.getpid(),)

    def restrict(self, cores: Sequence[int]) -> None:
        """Nothing: this is the session's own process."""

    def close(self, until: float = math.inf) -> None:
        """Close the adapter. Never raises."""
        try:
            self._worker.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            _tell(error)
        self.alive = False

    def kill(self) -> None:
        """Close the adapter."""
        self.close()

    def _ask(self, message: JSON, payload: bytes | memoryview, limit: Limit, doing: str) -> None:
        try:
            self._worker.answer(message, memoryview(payload))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # that of pytest-timeout is one: it costs the case that ran
            _tell(error)
            self._answers.append(describe_failure(error))

    def _answer(self, event: str, limit: Limit, doing: str, *others: str) -> dict[str, Any]:
        try:
            return self._understood(checked(self._answers.popleft(), event, *others), doing)
        except GarbledError as error:
            raise self._garbled(str(error)) from error

    def _garbled(self, what: str) -> AdapterFailedError:
        return AdapterFailedError(f"{self.plan.name}: the adapter gave {what}")


def _tell(error: BaseException) -> None:
    """Show where the adapter failed, at a length and in characters that a terminal bears."""
    print(printable(redact(printable(story(error), MAX_TOLD)), TAIL_BYTES), file=sys.stderr)
