"""Where a process may run: as the system tells it, and nothing happens where it does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_asrbench.engine.host import affinity

TELL = "import psutil, sys; sys.stdin.read(1); print(psutil.Process().cpu_affinity())"
needs_cores = pytest.mark.skipif(not affinity.cores(), reason="this system does not tell on which cores a process runs")


@needs_cores
def test_a_process_is_restricted_to_one_core() -> None:
    core = affinity.cores()[-1]
    child = subprocess.Popen([sys.executable, "-c", TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    affinity.restrict(child.pid, [core])
    told, _ = child.communicate("x", timeout=60)
    assert told.strip() == f"[{core}]"


def test_a_process_that_is_gone_is_left_alone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(60)
    affinity.restrict(child.pid, [0])
    affinity.restrict(2**22 + 1, [0])
