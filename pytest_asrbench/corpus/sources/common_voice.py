"""Common Voice as Mozilla publishes it: a TSV for each split, and the recordings in `clips/` beside it.

`common-voice:cv-corpus/de` reads `test.tsv`, with `[split=dev]` another one; a file can be named by its path, too.
"""

from __future__ import annotations

from pathlib import Path

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries, tables
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError

_COLUMNS = {"audio_filepath": "path", "text": "sentence", "speaker": "client_id"}
_FORM = tables.Delimited("\t", quoted=False)  # quotation marks belong to the sentences


def load(locator: Locator) -> Corpus:
    """Return the corpus of one split; raises CorpusError for a table that is not one of Common Voice."""
    locator.only("split")
    path = _table(locator, locator.path)
    clips = path.parent / "clips"
    rows = tables.entries(path, _FORM, _COLUMNS, further=False)
    listing = Listing(entries.snippets(rows, entries.below(Fence(clips, locator.allowed))), clips)
    if not listing:
        raise CorpusError(f"{path} has a heading, and no rows: name another split")
    return Corpus(f"{path.resolve().parent.name}-{path.stem}", listing)


def _table(locator: Locator, place: Path) -> Path:
    if place.is_file():
        return place
    split = locator.text_option("split", "test")
    path = place / f"{split}.tsv"
    if not path.is_file():
        there = ", ".join(sorted(one.stem for one in place.glob("*.tsv"))) or "none"
        raise CorpusError(f"{path} does not exist: name one of the splits that {place} has, [split=...]: {there}")
    return path
