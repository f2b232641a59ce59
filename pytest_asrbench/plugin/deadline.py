"""How long pytest-timeout still leaves to a test, so that a hanging model ends before the test around it does.

pytest-timeout cannot end native code that holds the GIL, and its thread method ends the whole session: our own
deadline, which kills the model's process alone, must come first.
"""

from __future__ import annotations

import time

import pytest

_START = pytest.StashKey[float]()
MARGIN_SECONDS = 1.0


def item_started(item: pytest.Item) -> None:
    """Remember when the protocol of `item` began."""
    item.stash[_START] = time.monotonic()


def seconds_left(item: pytest.Item) -> float | None:
    """Seconds that a call may take before pytest-timeout would step in, less a margin; None without a limit."""
    limit = _limit(item)
    if limit is None or limit <= 0:
        return None
    used = time.monotonic() - item.stash.get(_START, time.monotonic())
    return max(limit - used - min(MARGIN_SECONDS, limit / 10), 0.05)


def _limit(item: pytest.Item) -> float | None:
    marker = item.get_closest_marker("timeout") if "timeout" in item.keywords else None
    if marker is not None:
        value = marker.kwargs.get("timeout", marker.args[0] if marker.args else None)
        if value is not None:
            return float(value)
    # pytest-timeout has read its option, environment variable and ini by now.
    limit: float | None = getattr(item.config, "_env_timeout", None)
    return limit
