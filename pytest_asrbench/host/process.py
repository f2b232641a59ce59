"""Starting and killing a process tree: everything that differs between operating systems, and nothing else."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

from pytest_asrbench.host.line import Line
from pytest_asrbench.host.wire import pair

# Windows reports a crash as the NTSTATUS code of the exception.
_WINDOWS_CRASHES = {0xC0000005: "access violation", 0xC00000FD: "stack overflow", 0xC0000409: "fail-fast abort"}


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


def new_mark() -> dict[str, str]:
    """A variable for the environment of a process, by which whatever it starts will be known."""
    return {"ASRBENCH_PROCESS": secrets.token_hex(16)}


def kill_tree(process: subprocess.Popen[bytes], mark: Mapping[str, str]) -> None:
    """Kill the process and whatever it started, and reap it. mark: what `new_mark` put into its environment.

    Descendants are found by the mark, because neither a session of their own nor the end of their parents hides it.
    """
    process.kill()
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for pid in _marked(mark, process.pid):
        with contextlib.suppress(OSError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _marked(mark: Mapping[str, str], ancestor: int) -> list[int]:
    """The processes that were started with the mark in their environment."""
    import psutil

    found = []
    for pid in psutil.pids():
        if sys.platform != "win32" and pid <= ancestor:  # numbers rise, and there may be thousands of processes
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if mark.items() <= psutil.Process(pid).environ().items():
                found.append(pid)
    return found


def describe_exit(returncode: int) -> str:
    """Say in words how a process ended, from its return code."""
    if returncode < 0:
        try:
            name = signal.Signals(-returncode).name
        except ValueError:
            name = f"signal {-returncode}"
        if name == "SIGKILL":
            return "was killed by SIGKILL (when nobody sent it: the system's out-of-memory killer)"
        return f"crashed with {name}"
    if returncode in _WINDOWS_CRASHES:
        return f"crashed with an {_WINDOWS_CRASHES[returncode]} (0x{returncode:08X})"
    return f"ended with exit status {returncode}"
