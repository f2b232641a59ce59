"""From a locator to a corpus: which snippets there are, what was said in them, and where each fact came from.

Listing opens no audio file. Whatever is wrong with a snippet becomes that snippet's `problem`: it is reported
as a failed case, in the open, and the rest of the corpus is measured.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_asrbench.corpus import registry
from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import layouts
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.sample import Draw
from pytest_asrbench.corpus.locator import GENERAL, Locator, parse
from pytest_asrbench.corpus.snippet import Snippet, checked_language
from pytest_asrbench.errors import CorpusError, UnknownModelError, UsageError

__all__ = ["Corpus", "Listing", "Locator", "Snippet", "find", "load", "parse"]


def load(where: Locator | Path | str, allowed: Sequence[Path] = ()) -> Corpus:
    """Read the corpus at `where`: a locator, or its text.

    `allowed` are folders outside the corpus to which a manifest or a link may point, where `where` is no locator that
    says so itself. Raises CorpusError if nothing can be made of it as a whole, UsageError for an option or a scheme
    that is none.
    """
    locator = where if isinstance(where, Locator) else parse(str(where), allowed=allowed)
    general = {name: value for name, value in locator.options.items() if name in GENERAL}
    own = {name: value for name, value in locator.options.items() if name not in GENERAL}
    draw = Draw.read(general, locator.text)
    corpus = registry.load(_told(replace(locator, options=own)))
    if "name" in general:
        corpus = replace(corpus, name=str(general["name"]))
    if "language" in general:
        corpus = replace(corpus, language=_language(general["language"], locator))
    return corpus if draw is None else replace(corpus, snippets=Listing(draw.of(corpus.snippets)))


def _told(locator: Locator) -> Locator:
    """Return a locator that has a scheme: its own, or the one that its path tells."""
    if locator.scheme:
        return locator
    path = locator.path
    if path.is_dir():
        return locator.at(path, "folder")
    if not path.exists():
        raise CorpusError(f"{path} does not exist: name a folder of audio and transcripts, or a manifest")
    layout = layouts.of_file(path)
    return locator.at(path, layout.scheme if layout is not None and layout.scheme else "manifest")


def _language(given: object, locator: Locator) -> str | None:
    try:
        return checked_language(str(given))
    except CorpusError as error:
        raise UsageError(f"{locator.text}: {error}") from None


def find(name: str, folders: Iterable[Path]) -> Path:
    """Return the folder of the bundled corpus `name`, looked for in `folders`; raises UnknownModelError."""
    known: dict[str, Path] = {}
    for folder in folders:
        for described in sorted(folder.glob("*/corpus.toml")):
            known.setdefault(described.parent.name, described.parent)
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"bundled are {', '.join(known) or 'none'};"
    raise UnknownModelError(f"unknown corpus {name!r}: {hint} A folder or a manifest is named by its path")
