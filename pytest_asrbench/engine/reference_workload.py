"""The reference workload: fixed work, timed beside the model, that tells how fast the machine itself is just then.

"compute" is arithmetic in one core's registers and first cache, "memory" moves more than any cache holds, on several
cores at once. A model lies somewhere between the two. They run in the session's process while the model waits, so that
neither its memory nor its timed region knows of them; the workload of an accelerator runs in the model's process.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
import time
from collections.abc import Callable

SHARE = 0.05  # of the model's own time may go into the reference
_BEAT_SECONDS = 0.005  # about what one takes: a model that has not earned it goes without
_BLOCK = bytes(2**18)
_BLOCKS = 12
_CHUNK = 2**21
_CHUNKS = 4
_REGION = 2**25  # twice that is moved through: more than the cache of a desktop's processor
_MAX_THREADS = 8


class Reference:
    """Runs the workload when its turn has come; `beat` returns what it took."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._allowed = 0.0
        self._position = 0
        self._memory: bytearray | None = None
        self._threads = max(1, min(os.cpu_count() or 1, _MAX_THREADS))

    def earn(self, seconds: float) -> bool:
        """Note that a model has worked for `seconds`, and tell whether a beat is due by its share of that."""
        self._allowed += SHARE * seconds
        return self._spent + _BEAT_SECONDS <= self._allowed

    def beat(self) -> dict[str, float]:
        """Run each workload once: {"compute": seconds, "memory": seconds}."""
        if self._memory is None:
            self._memory = bytearray(2 * _REGION)
            self._move()
        start = time.perf_counter()
        found = {"compute": _seconds(_compute), "memory": _seconds(self._move)}
        self._spent += time.perf_counter() - start
        return found

    def _move(self) -> None:
        """Copy _CHUNKS chunks on each of the threads; the next call goes on where this one ended."""
        assert self._memory is not None
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        first, self._position = self._position, self._position + _CHUNKS
        apart = _REGION // _CHUNK // self._threads
        threads = [
            threading.Thread(target=_copy, args=(base, first + number * apart)) for number in range(self._threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _compute() -> None:
    for _ in range(_BLOCKS):
        hashlib.sha256(_BLOCK, usedforsecurity=False)


def _copy(base: int, first: int) -> None:
    for number in range(first, first + _CHUNKS):
        offset = number * _CHUNK % _REGION
        ctypes.memmove(base + offset, base + _REGION + offset, _CHUNK)  # a foreign call: it releases the GIL


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
