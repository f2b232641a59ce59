"""Other people's programs: quiet spells and busy ones, bursts of one to three processes that multiply matrices."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST = 3
QUIET_SHARE = 0.4
SPELL_SECONDS = (3.0, 12.0)
BURST_SECONDS = (0.1, 1.5)


@contextmanager
def random_load(seed: int) -> Iterator[None]:
    """Load the machine until the block ends."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.gatepower.load", str(seed)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        process.communicate()  # the end of its input is its end
        process.wait()


def _worker(until: Any) -> None:
    import numpy as np

    matrix = np.random.default_rng(0).standard_normal((400, 400))
    while True:
        while time.monotonic() < until.value:
            matrix @ matrix
        time.sleep(0.005)


def _main(seed: int) -> None:
    chance = random.Random(seed)
    ends = [multiprocessing.Value("d", 0.0) for _ in range(MOST)]
    for end in ends:
        multiprocessing.Process(target=_worker, args=(end,), daemon=True).start()
    threading.Thread(target=_watch, daemon=True).start()
    while True:
        spell = time.monotonic() + chance.uniform(*SPELL_SECONDS)
        if chance.random() < QUIET_SHARE:
            time.sleep(max(0.0, spell - time.monotonic()))
        while time.monotonic() < spell:
            burst = time.monotonic() + chance.uniform(*BURST_SECONDS)
            for end in chance.sample(ends, chance.randint(1, MOST)):
                end.value = burst
            time.sleep(max(0.0, burst - time.monotonic()) + chance.uniform(*BURST_SECONDS))


def _watch() -> None:
    """End with the session that started us: its end of the pipe closes, however it ends."""
    sys.stdin.read()
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(0)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
