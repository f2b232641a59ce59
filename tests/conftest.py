"""What all tests share: sessions under test print the same wherever the tests run."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _not_on_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest says more in its last lines where one of these is set; sessions under test are no workers of ours."""
    for name in ("CI", "BUILD_NUMBER", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
