"""pytest-benchmark's own tables, which tell nothing new of our cases: shown where an option asks for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_asrbench.store import is_ours

# The last one because pytest-benchmark judges nothing that it does not show.
_ASKING = re.compile(
    r"--benchmark-(sort|group-by|columns|name|time-unit|verbose|histogram|cprofile|compare-fail)(=|$|-)"
)
_ASKED = pytest.StashKey[bool]()


def note(config: pytest.Config, args: Sequence[str]) -> None:
    """Remember whether `args`, those of the configuration included, ask for the tables."""
    config.stash[_ASKED] = any(map(_ASKING.match, args))


def leave_out_ours(config: pytest.Config, benchmarks: list[dict[str, Any]]) -> None:
    """Take our cases out of what is about to be shown, unless they were asked for; others' benchmarks stay."""
    if not config.stash.get(_ASKED, False):
        benchmarks[:] = [one for one in benchmarks if not is_ours(one.get("extra_info") or {})]
