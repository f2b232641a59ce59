"""Corpora: which snippets there are, what was said in them, and where each fact came from.

A corpus is a folder of `x.wav` + `x.txt`, a JSONL manifest with NeMo's keys, or a folder whose `corpus.toml` says more.
Listing opens no audio file. Whatever is wrong with a snippet becomes that snippet's `problem`: it is reported
as a failed case, in the open, and the rest of the corpus is measured.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.listing import description, manifest
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.folder import scan
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.errors import CorpusError, UnknownModelError

__all__ = ["Corpus", "Snippet", "find", "load"]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named set of snippets with its defaults; `limits` are the gates that the corpus brings along.

    remarks: what a reader should know of the listing, one sentence each.
    """

    name: str
    folder: Path
    snippets: tuple[Snippet, ...]
    version: str = ""
    description: str = ""
    licence: str = ""
    language: str | None = None
    normalizer: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def load(where: Path, allowed: Sequence[Path] = ()) -> Corpus:
    """Read the corpus at `where`: a folder or a manifest.

    `allowed` are folders outside the corpus to which a manifest or a link may point. Raises CorpusError if nothing
    can be made of it as a whole.
    """
    if where.is_dir():
        if (where / "corpus.toml").exists():
            return _described(where, allowed)
        snippets, remarks = scan(where, allowed)
        return Corpus(where.resolve().name, where, tuple(snippets), remarks=tuple(remarks))
    if not where.exists():
        raise CorpusError(f"{where} does not exist: name a folder of audio and transcripts, or a manifest")
    return Corpus(manifest.name(where), where.parent, tuple(manifest.read(where, allowed)))


def _described(folder: Path, allowed: Sequence[Path]) -> Corpus:
    path = folder / "corpus.toml"
    try:
        facts = description.read(path)
        listed, remarks = _listed(folder, facts, allowed)
        snippets = tuple(description.overridden(listed, facts))
    except description.DescriptionError as error:
        raise CorpusError(f"{path}: {error}") from None
    texts = {"name": folder.resolve().name, **{key: facts[key] for key in description.TEXTS if key in facts}}
    limits = facts.get("limits", {})
    return Corpus(**texts, folder=folder, snippets=snippets, limits=limits, remarks=tuple(remarks))


def _listed(folder: Path, facts: Mapping[str, Any], allowed: Sequence[Path]) -> tuple[list[Snippet], list[str]]:
    if "manifest" not in facts:
        return scan(folder, allowed, facts.get("ignore", ()))
    try:
        path = Fence(folder).inside(facts["manifest"])
    except CorpusError as error:
        raise description.DescriptionError(f"manifest {error}") from None
    return manifest.read(path, allowed), []


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
