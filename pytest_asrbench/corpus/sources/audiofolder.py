"""Hugging Face's audiofolder: `metadata.csv` or `metadata.jsonl` with `file_name`, in the folder of the recordings.

Read here, and not by `datasets`: that needs a decoder of its own (torchcodec) even where nothing is to be decoded, and
copies the list into a cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries, json_lines, tables
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.walk import walk
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError

_FORM = tables.Delimited(",")
_NAMES = ("metadata.csv", "metadata.jsonl")


def load(locator: Locator) -> Corpus:
    """Return the corpus of a folder, of all its splits or of the one that the option `split` names.

    Raises CorpusError for a folder without metadata, or whose metadata have no column of texts.
    """
    options = locator.only("split", "text", "id", "speaker", "language")
    folder = locator.path.parent if locator.path.is_file() else locator.path
    fence = Fence(folder, locator.allowed)
    place = folder / locator.text_option("split")
    files = [one for one in walk(fence).files if one.name in _NAMES and one.is_relative_to(place)]
    if not files:
        raise CorpusError(f"{place} has no {' or '.join(_NAMES)}: name the folder of an audiofolder, or another split")
    chosen = {key: str(options[key]) for key in ("text", "id", "speaker", "language") if key in options}
    found = (entry for file in files for entry in _entries(file, folder, chosen))
    listing = Listing(entries.snippets(found, entries.below(fence)), folder)
    if not listing:
        raise CorpusError(f"{files[0]} has no rows: write one for each recording")
    split = locator.text_option("split")
    return Corpus(folder.resolve().name + (f"-{split}" if split else ""), listing)


def _entries(file: Path, folder: Path, chosen: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the rows, their paths relative to the corpus's folder."""
    chosen = {"audio_filepath": "file_name", **chosen}
    rows = tables.entries(file, _FORM, chosen) if file.suffix == ".csv" else _objects(file, chosen)
    for where, entry in rows:
        if isinstance(entry, dict) and isinstance(entry.get("audio_filepath"), str):
            path = file.parent / entry["audio_filepath"]
            entry = {**entry, "audio_filepath": path.relative_to(folder).as_posix()}
        yield where, entry


def _objects(file: Path, chosen: Mapping[str, str]) -> Iterator[Entry]:
    columns: dict[str, str] | None = None
    for where, row in json_lines.entries(file, manifest=False):
        if not isinstance(row, dict):
            yield where, row
            continue
        try:
            columns = columns or tables.columns(list(row), chosen)
        except CorpusError as error:
            raise CorpusError(f"{where}: {error}") from None
        further = tables.fields(row, columns.values())
        entry: dict[str, Any] = {key: row[name] for key, name in {**further, **columns}.items() if name in row}
        yield where, entry
