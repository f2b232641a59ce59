"""Where the session's state hangs on pytest's config, and which session's test is running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.report.analysis.findings import Findings
    from pytest_asrbench.store.runs import Run

SESSION = pytest.StashKey["AsrSession"]()
FINDINGS: pytest.StashKey[Findings] = pytest.StashKey()
SAVED: pytest.StashKey[Run | None] = pytest.StashKey()  # this run as it went into the storage, if it did

RUNNING: list[AsrSession | None] = []  # of each test under way, innermost last: a test may run a pytest of its own


def running() -> AsrSession:
    """The benchmark session of the test under way; without one the test is skipped."""
    session = RUNNING[-1] if RUNNING else None
    if session is None:
        pytest.skip("no --asr-models given")
    return session


def active(config: pytest.Config) -> AsrSession | None:
    """The benchmark session of this pytest session; None if no models were asked for."""
    return config.stash.get(SESSION, None)
