"""What other programs do while a model is measured: the processor time of the whole machine, less our own."""

from __future__ import annotations

import time

WINDOW_SECONDS = 0.3  # systems count processor time in steps of about 10 ms: over less, the share would be all steps


def busy_seconds() -> float:
    """Processor seconds that all cores together have spent since the start, time taken by a hypervisor included."""
    import psutil

    times = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq", "steal")
    return sum(float(getattr(times, name, 0.0)) for name in names)


class Surroundings:
    """Watches in windows of a fraction of a second: how many cores did others keep busy?"""

    def __init__(self) -> None:
        self._model = 0.0
        self._restart()

    def note(self, cpu_seconds: float) -> float | None:
        """Count a call of the model; return the cores that others kept busy if that ends a window, else None."""
        self._model += cpu_seconds
        elapsed = time.perf_counter() - self._start
        if elapsed < WINDOW_SECONDS:
            return None
        own = self._model + time.process_time() - self._process
        others = max(0.0, busy_seconds() - self._busy - own) / elapsed
        self._restart()
        return others

    def _restart(self) -> None:
        self._model = 0.0
        self._busy, self._process, self._start = busy_seconds(), time.process_time(), time.perf_counter()
