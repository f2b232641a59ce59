"""CSV and TSV with named columns: `table:calls.csv[audio=file,text=words]`; usual names are known by themselves.

Paths are relative to the table, or to the folder that `root` names.
"""

from __future__ import annotations

from pathlib import Path

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries, tables
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError, UsageError


def load(locator: Locator) -> Corpus:
    """Return the corpus of a table; raises CorpusError for one without the columns that it takes."""
    options = locator.only("root", "delimiter", *tables.OPTIONS)
    path = locator.path
    root = locator.root(path.parent)
    chosen = {key: str(options[option]) for option, key in tables.OPTIONS.items() if option in options}
    rows = tables.entries(path, _form(locator, path), chosen)
    listing = Listing(entries.snippets(rows, entries.below(Fence(root, locator.allowed))), root)
    if not listing:
        raise CorpusError(f"{path} has a heading, and no rows: write one for each recording")
    return Corpus(path.stem, listing)


def _form(locator: Locator, path: Path) -> tables.Delimited:
    given = locator.text_option("delimiter")
    if given:
        delimiter = {"tab": "\t", "comma": ",", "semicolon": ";"}.get(given, given)
        if len(delimiter) != 1:
            raise UsageError(f"{locator.text}: delimiter is {given!r}; it should be tab, comma, semicolon, or one sign")
        return tables.Delimited(delimiter)
    if path.suffix.lower() == ".tsv":
        return tables.Delimited("\t")
    with path.open("rb") as file:  # spreadsheets write semicolons where the comma is in numbers
        heading = file.readline(10_000)
    return tables.Delimited(max(",;\t", key=lambda sign: heading.count(sign.encode())))
