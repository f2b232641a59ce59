from __future__ import annotations

import pytest

from pytest_asrbench.statistics.speed.sides import Side
from tests.bench import Bench


@pytest.fixture
def bench(pytester: pytest.Pytester) -> Bench:
    bench = Bench(pytester)
    bench.clips()
    return bench


@pytest.fixture
def all_rounds_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """For gates on speed: whatever else this machine is doing, and whether anybody has looked."""
    monkeypatch.setattr(Side, "quiet", lambda side, most: side)
