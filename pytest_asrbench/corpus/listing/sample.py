"""A part of a corpus, the same on every machine: snippets are drawn by a digest of their ids, and not by their order.

The digest of seed and id ranks the snippets; those with the lowest are taken. With strata, each has its part: a snippet
of rank r among the n of its stratum stands at (r + 1/2) / n, and those that stand lowest are taken. This is Webster's
method: shares are in proportion, and a larger sample holds the smaller one.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.errors import UsageError
from pytest_asrbench.support.checks import hint, is_whole


def _length(snippet: Snippet) -> str:
    """Lengths by doublings of a second, as declared or by the header."""
    seconds = snippet.seconds()
    return "" if not seconds else str(math.floor(math.log2(seconds)))


_STRATA: Mapping[str, Callable[[Snippet], str]] = {
    "speaker": lambda snippet: snippet.speaker or "",
    "tag": lambda snippet: "\n".join(sorted(snippet.tags)),
    "length": _length,
}


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn of a corpus. by: "" or one of speaker, tag, length."""

    limit: int
    seed: str = "0"
    by: str = ""

    @classmethod
    def read(cls, options: Mapping[str, Any], text: str) -> Draw | None:
        """Return what the options of the locator `text` ask for; None: all. Raises UsageError."""
        if "limit" not in options:
            if extra := [name for name in ("seed", "by") if name in options]:
                raise UsageError(f"{text}: {extra[0]} says how to draw a sample; say how large, too: limit=100")
            return None
        limit, by = options["limit"], str(options.get("by", ""))
        if not is_whole(limit) or limit < 1:
            raise UsageError(f"{text}: limit is {limit!r}; it should be a number of snippets, 1 or more")
        if by and by not in _STRATA:
            raise UsageError(f"{text}: by is {by!r}; {hint(by, _STRATA)}")
        return cls(limit, str(options.get("seed", 0)), by)

    def of(self, listing: Listing) -> Iterator[Snippet]:
        """Yield the drawn snippets in the corpus's order; no other is asked for, unless it is for its stratum."""
        if self.limit >= len(listing):
            yield from listing
            return
        ranked = sorted(range(len(listing)), key=lambda number: self._digest(listing.ids[number]))
        if self.by:
            ranked = self._shares(listing, ranked)
        for number in sorted(ranked[: self.limit]):
            yield listing[number]

    def _shares(self, listing: Listing, ranked: list[int]) -> list[int]:
        known: dict[str, str] = {}
        stratum = [known.setdefault(name, name) for name in map(_STRATA[self.by], listing)]
        strata: dict[str, list[int]] = defaultdict(list)
        for number in ranked:
            strata[stratum[number]].append(number)
        places = array("d", bytes(8 * len(listing)))
        for members in strata.values():
            for rank, number in enumerate(members):
                places[number] = (rank + 0.5) / len(members)
        return sorted(ranked, key=places.__getitem__)  # of equal places, those with the lower digest come first

    def _digest(self, name: str) -> bytes:
        return hashlib.blake2s(f"{self.seed}\n{name}".encode(), digest_size=8).digest()
