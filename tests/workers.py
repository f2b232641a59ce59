"""Workers of pytest-xdist that compute: each on cores of its own.

Runtimes take as many threads as there are cores for them and let these threads wait for each other by spinning: two
workers with threads on all cores would take ten times as long. What a worker starts stays on the worker's cores.
"""

from __future__ import annotations

import os
import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def cores_of_its_own(request: pytest.FixtureRequest) -> None:
    """Where the system can do it, and where there are as many cores as workers."""
    given = getattr(request.config, "workerinput", None)
    if given is None or sys.platform != "linux":
        return
    number, count = int(given["workerid"].removeprefix("gw")), given["workercount"]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[number::count] or os.sched_getaffinity(0))
