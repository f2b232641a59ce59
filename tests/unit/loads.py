"""Outcomes of runs at a rate, for the tests of everything that reads them."""

from __future__ import annotations

from dataclasses import replace

from pytest_asrbench.records import Outcome, Request
from tests.unit.outcomes import measured


def served(
    scenario: str, latency: float, *, requests: int = 20, failed: int = 0, late: float = 0.0, snippet: str = "a"
) -> Outcome:
    """A clip of 2 s that was asked for once a second, each time answered after `latency`; the last ones failed."""
    made = [
        Request(float(n), float(n), n + latency, late, "refused" if n >= requests - failed else "")
        for n in range(requests)
    ]
    return replace(measured(snippet), scenario=scenario, requests=tuple(made), seconds=(0.1,) * (requests - failed))
