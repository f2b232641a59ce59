"""What a reader should know about the recordings and the cases themselves, in sentences for the end of a session."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_asrbench.records import Outcome

MAX_LINES = 10


def remarks(listings: Iterable[str], outcomes: Iterable[Outcome]) -> list[str]:
    """Return the remarks on the corpora's listings, then those of the outcomes; what all models share is told once."""
    told = dict.fromkeys(listings)
    told |= dict.fromkeys(remark for outcome in outcomes for remark in outcome.remarks)
    lines = list(told)
    rest = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], f"and {rest} such remarks more in results.json"] if rest > 0 else lines
