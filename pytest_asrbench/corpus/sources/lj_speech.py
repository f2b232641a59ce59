"""LJ Speech and what is laid out like it: `metadata.csv` with `id|text|text with numbers written out`, and `wavs/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.text_lines import lines
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError


def load(locator: Locator) -> Corpus:
    """Return the corpus of a folder or of its table; raises CorpusError."""
    locator.only()
    path = locator.path / "metadata.csv" if locator.path.is_dir() else locator.path
    folder = path.parent
    listing = Listing(entries.snippets(_entries(path), entries.below(Fence(folder, locator.allowed))), folder)
    if not listing:
        raise CorpusError(f"{path} has no lines: write one id|text for each recording")
    return Corpus(folder.resolve().name, listing)


def _entries(path: Path) -> Iterator[Entry]:
    for where, line in lines(path):
        if isinstance(line, CorpusError):
            yield where, line
            continue
        name, *texts = line.split("|")
        if not texts:
            yield where, CorpusError("no | in it; write id|text")
            continue
        yield where, {"audio_filepath": f"wavs/{name.removesuffix('.wav')}.wav", "text": texts[-1] or texts[0]}
