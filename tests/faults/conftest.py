from __future__ import annotations

import pytest

from tests.bench import Bench


@pytest.fixture
def bench(pytester: pytest.Pytester) -> Bench:
    bench = Bench(pytester)
    bench.clips(8)
    return bench
