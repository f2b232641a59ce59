"""What a licence forbids that most people would do, by its name."""

from __future__ import annotations

import re

_RESEARCH = re.compile(r"research", re.IGNORECASE)
_NON_COMMERCIAL = re.compile(r"(?<![a-z])nc(?![a-z])|non[- ]?commercial", re.IGNORECASE)


def restriction(licence: str) -> str:
    """Return "research only" or "non-commercial" for a licence that says so in its name; "" for any other."""
    if _RESEARCH.search(licence):
        return "research only"
    return "non-commercial" if _NON_COMMERCIAL.search(licence) else ""
