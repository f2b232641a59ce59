"""Ending whole process trees, and saying how a process ended: what differs between operating systems."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping

# Windows reports a crash as the NTSTATUS code of the exception.
_WINDOWS_CRASHES = {0xC0000005: "access violation", 0xC00000FD: "stack overflow", 0xC0000409: "fail-fast abort"}


def new_mark(name: str = "ASRBENCH_PROCESS") -> dict[str, str]:
    """A variable for the environment of a process, by which whatever it starts will be known."""
    return {name: secrets.token_hex(16)}


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
