"""What a corpus is: a named list of snippets, with its licence and its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_asrbench.corpus.listing.lazy import Listing


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named set of snippets with its defaults; `limits` are the gates that the corpus brings along.

    remarks: what a reader should know of the listing, one sentence each. origin: the file that says all this, if any.
    """

    name: str
    snippets: Listing = field(default_factory=Listing)
    version: str = ""
    description: str = ""
    licence: str = ""
    language: str | None = None
    normalizer: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    origin: str = ""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the snippets, in order; none of them is unpacked for this."""
        return self.snippets.ids
