"""Peak memory of another process and of all that it has started.

Each process has its own high-water mark (see `memory`); those of the living are added up after each call, and the
largest sum counts. Pages that several of them share count in each. macOS keeps no mark of other processes: there it is
the largest size that was seen between calls.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from pytest_asrbench.engine.host.memory import high_water

METHOD = {"linux": "VmHWM", "win32": "PeakWorkingSetSize"}.get(sys.platform, "resident size between calls")
LOOK_SECONDS = 1.0  # how long a list of the processes stands: to make one takes milliseconds


class Tree:
    """The process `root` and its descendants."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._processes: tuple[int, ...] = (root,)
        self._looked = 0.0
        self._peak: int | None = None

    def processes(self) -> tuple[int, ...]:
        """Their numbers, as they were a second ago at most."""
        if time.monotonic() - self._looked >= LOOK_SECONDS or not self._looked:
            import psutil

            with suppress(psutil.Error):
                children = psutil.Process(self._root).children(recursive=True)
                self._processes = (self._root, *(child.pid for child in children))
            self._looked = time.monotonic()
        return self._processes

    def peak(self) -> int | None:
        """The largest sum of their marks so far, in bytes; None where the system tells nothing."""
        sizes = [size for process in self.processes() if (size := _mark(process)) is not None]
        self._peak = max(sum(sizes), self._peak or 0) or None
        return self._peak


def _mark(process: int) -> int | None:
    if sys.platform == "linux":
        with suppress(OSError):
            return high_water(Path(f"/proc/{process}/status").read_bytes())
        return None
    import psutil

    with suppress(psutil.Error):
        told = psutil.Process(process).memory_info()
        return int(getattr(told, "peak_wset", told.rss))
    return None
