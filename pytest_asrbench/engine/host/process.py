"""Starting a model's process with a line to it: what differs between operating systems."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

from pytest_asrbench.engine.host.line import Line
from pytest_asrbench.engine.host.wire import pair


def start(
    command: Sequence[str], log: IO[bytes], env: Mapping[str, str], cwd: str | None
) -> tuple[subprocess.Popen[bytes], Line]:
    """Start `command` + [descriptor, our pid] with a line to it; its output goes to `log`.

    It gets its own session (process group on Windows), so that Ctrl-C in the terminal reaches us alone.
    """
    ours, theirs = pair()
    descriptor = theirs.fileno()
    try:
        process = subprocess.Popen(
            [command[0], command[1], str(descriptor), str(os.getpid()), *command[2:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            **_inheriting(descriptor),
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, Line(ours, on_stuck=process.kill)


def _inheriting(descriptor: int) -> dict[str, Any]:
    """Arguments of Popen that pass `descriptor` on and nothing else, and keep Ctrl-C away from the child."""
    if sys.platform == "win32":
        os.set_handle_inheritable(descriptor, True)
        return {
            "startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [descriptor]}),
            "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP,
        }
    return {"pass_fds": [descriptor], "start_new_session": True}
