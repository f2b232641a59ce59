"""On which processor cores a process may run. Linux and Windows tell; macOS does not, and nothing is done there."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def cores() -> list[int]:
    """The cores that this process may use; none where the system does not tell."""
    if sys.platform == "darwin":
        return []
    import psutil

    try:
        return list(psutil.Process().cpu_affinity() or ())
    except (AttributeError, OSError, psutil.Error):
        return []


def restrict(pid: int, allowed: Sequence[int]) -> None:
    """Let the process (on Linux its first thread, and what that starts from now on) run on these cores alone."""
    if sys.platform == "darwin":
        return
    import psutil

    try:
        psutil.Process(pid).cpu_affinity(list(allowed))
    except (AttributeError, OSError, ValueError, psutil.Error):
        return  # then it runs where it likes, as it does without us
