"""JSON manifests with NeMo's keys: one object a line, or a JSON list; compressed by gzip where that is convenient."""

from __future__ import annotations

from pathlib import Path

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries, json_lines
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError


def load(locator: Locator) -> Corpus:
    """Return the corpus of a manifest, in its order. Raises CorpusError if nothing can be made of the file.

    Audio lies below the manifest's folder or one of those that the user allowed.
    """
    locator.only()
    path = locator.path
    found = entries.snippets(json_lines.entries(path), entries.below(Fence(path.parent, locator.allowed)))
    return Corpus(name(path), filled(Listing(found, path.parent), path))


def filled(listing: Listing, path: Path) -> Listing:
    """Return `listing`; raises CorpusError if it is empty."""
    if not listing:
        raise CorpusError(f'{path} lists no snippets: write one {{"audio_filepath": ..., "text": ...}} a line')
    return listing


def name(path: Path) -> str:
    """What a manifest's corpus is called: the file's name without its endings."""
    return Path(path.name.removesuffix(".gz")).stem
