"""LibriSpeech's tree, that of MLS's and LibriTTS's kin, too: `84/121123/84-121123.trans.txt` beside the recordings.

A line of a `.trans.txt` is the utterance's name and its words; the name begins with the reader's number.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.text_lines import lines
from pytest_asrbench.corpus.listing.walk import walk
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError

_TABLE = ".trans.txt"
_ENDINGS = (".flac", ".wav", ".opus", ".mp3", ".ogg")


def load(locator: Locator) -> Corpus:
    """Return the corpus of a tree, or of one of its tables; raises CorpusError for a folder that has none."""
    locator.only()
    place = locator.path
    folder = place.parent if place.is_file() else place
    fence = Fence(folder, locator.allowed)
    tables = [place] if place.is_file() else [one for one in walk(fence).files if one.name.endswith(_TABLE)]
    if not tables:
        raise CorpusError(f"{place} has no *{_TABLE}: name the folder of a LibriSpeech set, test-clean for example")
    found = (entry for table in tables for entry in _entries(table, folder))
    listing = Listing(entries.snippets(found, entries.below(fence)), folder)
    if not listing:
        raise CorpusError(f"{tables[0]} and what is like it have no lines: unpack the set again")
    return Corpus(folder.resolve().name, listing)


def _entries(table: Path, folder: Path) -> Iterator[Entry]:
    names = {path.name for path in table.parent.iterdir()}
    for where, line in lines(table):
        if isinstance(line, CorpusError):
            yield where, line
            continue
        name, _, text = line.strip().partition(" ")
        file = next((name + ending for ending in _ENDINGS if name + ending in names), name + _ENDINGS[0])
        yield (
            where,
            {
                "audio_filepath": (table.parent / file).relative_to(folder).as_posix(),
                "text": text.strip(),
                "id": name,
                "speaker": name.partition("-")[0],
            },
        )
