"""What all tests share: sessions under test print the same wherever the tests run."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _as_on_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest says more in its last lines on CI; pytest-benchmark measures nothing in what a worker of xdist starts."""
    for name in ("CI", "BUILD_NUMBER", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
