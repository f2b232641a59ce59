"""What the stub can do wrong, by name: to itself, to its process, and to the connection that it should know nothing of.

"raise", "exit", "sigsegv", "sigkill", "hang", "hang-gil" (native code that never releases the GIL), "oom",
"noise" (a lot of output, then a good answer), "flood" (more than a log may hold), "closed-output" (closes standard
output and error, and prints), "long-exception" (ten million characters with escape sequences).
To the clock: "clock-nan", "clock-back". To the connection: "write-everywhere" (into every descriptor), "half-answer"
(and then nothing more), "huge-answer" (says that two gigabytes will come), "twice" (each answer from then on comes
twice), "fork" and "native-fork" (both processes go on).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import math
import os
import signal
import stat
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from pytest_asrbench.errors import UsageError

_FOREVER_SECONDS = 3_600
_DESCRIPTORS = range(3, 5_000)


def commit(fault: str | None) -> None:
    """Do what `fault` names; raises UsageError for a name that is not known."""
    if not fault:
        return
    if fault not in _FAULTS:
        raise UsageError(f"stub: unknown fault {fault!r}; known are {', '.join(_FAULTS)}")
    _FAULTS[fault]()


def _raise() -> None:
    raise ValueError("scripted failure")


def _raise_at_length() -> None:
    raise ValueError("\x1b[31mred\x07" + "x" * 10_000_000 + "the end")


def _exit() -> None:
    sys.exit(3)


def _segfault() -> None:
    ctypes.string_at(0)


def _kill() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _hang_with_gil() -> None:
    # A PyDLL keeps the GIL during the call, as much native code does.
    if sys.platform == "win32":
        ctypes.PyDLL("kernel32").Sleep(_FOREVER_SECONDS * 1000)
    else:
        ctypes.PyDLL(None).sleep(_FOREVER_SECONDS)


def _hang() -> None:
    time.sleep(_FOREVER_SECONDS)


def _noise() -> None:
    for number in range(2_000):
        print(f"noise on stdout, line {number}")
        print(f"noise on stderr, line {number}", file=sys.stderr)
    os.write(1, b"\x00\xff straight to the descriptor\n")


def _flood() -> None:
    print("the flood begins")
    for _ in range(80):
        os.write(2, b"x" * 2**20)
    print("the flood ends")


def _close_output() -> None:
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            os.close(descriptor)
    print("to nobody")
    print("to nobody", file=sys.stderr, flush=True)


def _out_of_memory() -> None:
    raise MemoryError("scripted: out of memory")


def _break_clock() -> None:
    time.perf_counter = lambda: math.nan


def _turn_clock_back() -> None:
    times = iter(range(0, -1_000_000, -1))
    time.perf_counter = lambda: float(next(times))


def _write_everywhere() -> None:
    for descriptor in _DESCRIPTORS:
        try:
            os.write(descriptor, b"who reads this?\n")
        except OSError:
            continue


def _halve_answer() -> None:
    _send_raw(b"asrbench\x02")
    _hang()


def _announce_gigabytes() -> None:
    _send_raw(struct.pack("<8sQQQ", b"asrbench", _found("Channel")._number, 2**31, 0))
    _hang()


def _answer_twice() -> None:
    worker = _found("Worker")
    send = worker._send

    def twice(message: Mapping[str, Any]) -> None:
        send(message)
        send(message)

    worker._send = twice


def _fork() -> None:
    if sys.platform != "win32":
        os.fork()


def _fork_in_native_code() -> None:
    ctypes.CDLL(None).fork()


def _send_raw(data: bytes) -> None:
    for descriptor in _DESCRIPTORS:
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, data)
        except OSError:
            continue


def _found(name: str) -> Any:
    """An object of the harness: what a program could do to it, sooner or later one does."""
    return next(thing for thing in gc.get_objects() if type(thing).__name__ == name)


_FAULTS: dict[str, Callable[[], None]] = {
    "raise": _raise,
    "exit": _exit,
    "sigsegv": _segfault,
    "sigkill": _kill,
    "hang-gil": _hang_with_gil,
    "hang": _hang,
    "noise": _noise,
    "flood": _flood,
    "oom": _out_of_memory,
    "long-exception": _raise_at_length,
    "closed-output": _close_output,
    "clock-nan": _break_clock,
    "clock-back": _turn_clock_back,
    "write-everywhere": _write_everywhere,
    "half-answer": _halve_answer,
    "huge-answer": _announce_gigabytes,
    "twice": _answer_twice,
    "fork": _fork,
    "native-fork": _fork_in_native_code,
}
