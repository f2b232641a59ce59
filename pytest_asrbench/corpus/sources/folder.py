"""A folder: `x.wav` with `x.txt` beside it, what a corpus.toml says of it, or a layout that another source reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus import registry
from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import description, layouts
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.pairs import scan
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError, UsageError
from pytest_asrbench.support import spec

DESCRIPTION = "corpus.toml"
SCHEME = "folder"  # of this source


def load(locator: Locator) -> Corpus:
    """Return the corpus in a folder; raises CorpusError."""
    folder = locator.path
    if not folder.is_dir():
        raise CorpusError(f"{folder} is no folder: name one of audio and transcripts, or a manifest without folder:")
    path = folder / DESCRIPTION
    if not path.exists():
        return _plain(locator, folder)
    try:
        facts = description.read(path)
        corpus = _listed(locator, folder, facts)
        snippets = Listing(description.overridden(corpus.snippets, facts))
    except description.DescriptionError as error:
        raise CorpusError(f"{path}: {error}") from None
    texts = {"name": folder.resolve().name, **{key: facts[key] for key in description.TEXTS if key in facts}}
    return replace(corpus, **texts, snippets=snippets, limits=facts.get("limits", {}), origin=str(path))


def _listed(locator: Locator, folder: Path, facts: Mapping[str, Any]) -> Corpus:
    """Return the corpus of a described folder: of the source that it names, or of the one that the place tells."""
    place = _place(folder, facts)
    if "source" in facts:
        return _by_source(locator, place, facts["source"])
    if place == folder:
        return _plain(locator, folder, facts.get("ignore", ()))
    layout = layouts.of_file(place)
    return registry.load(locator.at(place, layout.scheme if layout is not None and layout.scheme else "manifest"))


def _place(folder: Path, facts: Mapping[str, Any]) -> Path:
    """Return what is to be read: the file that is named, or the folder."""
    if "manifest" not in facts:
        return folder
    try:
        return Fence(folder).inside(facts["manifest"])
    except CorpusError as error:
        raise description.DescriptionError(f"manifest {error}") from None


def _by_source(locator: Locator, place: Path, named: str) -> Corpus:
    """Return the corpus that the source `named`, a scheme with options in brackets, makes of a place."""
    try:
        scheme, options = spec.parse(named)
        registry.source(scheme)
    except UsageError as error:
        raise description.DescriptionError(f"source is {named!r}: {error}") from None
    if scheme == SCHEME:
        raise description.DescriptionError(f"source is {named!r}, which it is without this key: leave it out")
    return registry.load(replace(locator.at(place, scheme), options={**options, **locator.options}))


def _plain(locator: Locator, folder: Path, ignore: tuple[str, ...] = ()) -> Corpus:
    """Return the corpus of a folder of pairs, or of one that is laid out as another source reads it."""
    found = scan(folder, locator.allowed, ignore)
    if isinstance(found, layouts.Layout):
        return registry.load(locator.at(found.place(folder), found.scheme))
    locator.only()
    snippets, remarks = found
    return Corpus(folder.resolve().name, Listing(snippets), remarks=tuple(remarks))
