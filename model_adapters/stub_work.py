"""Real work for the stub, so that a gate on speed can be tried on something that feels other programs, as models do."""

from __future__ import annotations

import ctypes
import random
import threading
import zlib
from functools import cache

_MIB = 2**20
_HALF = 128 * _MIB  # what is moved, and where to: more than caches hold


def compute(units: int) -> None:
    """Keep one core busy within its caches; a unit takes about 0.1 ms on a processor of 2023."""
    text = _text()
    for _ in range(units):
        zlib.compress(text, 6)


def move(units: int, threads: int) -> None:
    """Copy `units` MiB on each of several threads, all of it from and to memory that no cache holds."""
    base = ctypes.addressof(ctypes.c_char.from_buffer(_memory()))
    apart = _HALF // threads
    workers = [threading.Thread(target=_copy, args=(base, number * apart, units)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _copy(base: int, start: int, units: int) -> None:
    for number in range(units):
        offset = (start + number * _MIB) % _HALF
        ctypes.memmove(base + offset, base + _HALF + offset, _MIB)  # a foreign call: it releases the GIL


@cache
def _text() -> bytes:
    chance = random.Random(0)
    return bytes(chance.randrange(32, 64) for _ in range(6_000))


@cache
def _memory() -> bytearray:
    return bytearray(2 * _HALF)
