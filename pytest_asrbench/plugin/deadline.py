"""How long pytest-timeout still leaves to a test, so that a hanging model ends before the test around it does.

pytest-timeout cannot end native code that holds the GIL, and its thread method ends the whole session: our own
deadline, which kills the model's process alone, must come first. It tells of its timers by hooks of its own.
"""

from __future__ import annotations

import math
import time

import pytest

_UNTIL = pytest.StashKey[float]()
MARGIN = 1 / 5  # of a limit: for killing the process, for the report, and for a machine that is busy
MARGIN_SECONDS = 5.0  # at most


def set_timer(item: pytest.Item, limit: float) -> None:
    """pytest-timeout is about to give `item` so many seconds."""
    item.stash[_UNTIL] = time.monotonic() + limit - min(MARGIN_SECONDS, limit * MARGIN)


def cancel_timer(item: pytest.Item) -> None:
    """`item` has no limit any more."""
    item.stash[_UNTIL] = math.inf


def until(item: pytest.Item) -> float:
    """The reading of time.monotonic() at which what `item` asks of models must be done; infinity without a limit."""
    return item.stash.get(_UNTIL, math.inf)
