"""How many threads a runtime that computes on the CPU is given."""

from __future__ import annotations

import importlib
import os


def physical_cores() -> int:
    """Number of physical cores, but no more than the process may use: two threads on one core slow a runtime down."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        psutil = importlib.import_module("psutil")
    except ImportError:
        return allowed
    return min(psutil.cpu_count(logical=False) or allowed, allowed)
