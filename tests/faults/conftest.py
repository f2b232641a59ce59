from __future__ import annotations

import pytest

from tests.bench import Bench


@pytest.fixture
def bench(pytester: pytest.Pytester) -> Bench:
    bench = Bench(pytester)
    bench.apart = False
    bench.clips(8)
    return bench
