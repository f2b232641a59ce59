"""What the parent and the log are told of an error in the model's process."""

from __future__ import annotations

import traceback
from pathlib import Path

from pytest_asrbench.adapter import JSON
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.machine import devices
from pytest_asrbench.support.plain import told


def describe_failure(error: BaseException) -> JSON:
    """Return the message that tells the parent of `error`: its kind, its text, whether it is meant for users."""
    return {
        "event": "failed",
        "kind": type(error).__name__,
        "message": told(error),
        "for_user": isinstance(error, AsrBenchError),
        "out_of_memory": devices.is_out_of_memory(error),
    }


def story(error: BaseException) -> str:
    """Return the traceback for the log, from where our own code ends on; none of an error that is meant for users."""
    if isinstance(error, AsrBenchError):
        return ""
    trace = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parents[2])
    trace.stack = traceback.StackSummary.from_list(f for f in trace.stack if not f.filename.startswith(ours))
    return "".join(trace.format()).rstrip()
