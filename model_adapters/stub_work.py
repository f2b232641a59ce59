"""Real work for the stub, so that a gate on speed can be tried on something that feels other programs, as models do."""

from __future__ import annotations

import random
import threading
import zlib
from functools import cache
from typing import Any

_PARTS = 64  # of 2 MiB, so that what each thread goes through is more than caches hold


def compute(units: int) -> None:
    """Keep one core busy within its caches; a unit takes about 0.1 ms on a processor of 2023."""
    text = _text()
    for _ in range(units):
        zlib.compress(text, 6)


def stream(units: int, threads: int) -> None:
    """Multiply vectors by weights on each of several threads, a unit being 2 MiB of weights, as a decoder's step does.

    A thread has weights of its own, more than a cache holds. OMP_NUM_THREADS=1 keeps BLAS from starting more of them.
    """
    weights, vector = _weights(threads)
    workers = [threading.Thread(target=_multiply, args=(part, vector, units)) for part in weights]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _multiply(weights: Any, vector: Any, units: int) -> None:
    import numpy as np

    product = np.empty(weights.shape[1], dtype="float32")
    for number in range(units):
        np.dot(weights[number % _PARTS], vector, out=product)  # unlike the operator, this releases the GIL


@cache
def _text() -> bytes:
    chance = random.Random(0)
    return bytes(chance.randrange(32, 64) for _ in range(6_000))


@cache
def _weights(threads: int) -> tuple[Any, Any]:
    import numpy as np

    return np.ones((threads, _PARTS, 256, 2_048), dtype="float32"), np.ones(2_048, dtype="float32")
