"""Corpora: which snippets there are, what was said in them, and where each fact came from.

A corpus is a folder of `x.wav` + `x.txt`, a JSONL manifest with NeMo's keys, or a folder whose `corpus.toml` says more.
Listing opens no audio file. Whatever is wrong with a snippet becomes that snippet's `problem`: it is reported
as a failed case, in the open, and the rest of the corpus is measured.
"""

from __future__ import annotations

import difflib
import os
import reprlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pytest_asrbench import audio, manifest
from pytest_asrbench.checks import is_number, is_text, is_texts
from pytest_asrbench.errors import CorpusError, UnknownModelError
from pytest_asrbench.snippet import Snippet, checked_facts, checked_language, decode_text

__all__ = ["Corpus", "Snippet", "find", "load", "scan"]

# Text files that lie beside recordings and are no transcripts.
_NOTICES = ("license", "licence", "copying", "notice", "readme", "changelog", "attribution", "sources", "requirements")
_LIMITS = ("max_wer", "max_cer", "max_rtf", "max_ram_mb", "max_vram_mb", "snippet_max_wer")
_OVERRIDES = ("language", "speaker", "nonspeech", "channel", "tags", "max_wer")
_TEXTS = ("name", "version", "description", "licence", "language", "normalizer")


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named set of snippets with its defaults; `limits` are the gates that the corpus brings along."""

    name: str
    folder: Path
    snippets: tuple[Snippet, ...]
    version: str = ""
    description: str = ""
    licence: str = ""
    language: str | None = None
    normalizer: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)


def load(where: Path, allowed: Sequence[Path] = ()) -> Corpus:
    """Read the corpus at `where`: a folder or a `.jsonl` manifest.

    `allowed` are folders outside the corpus to which a manifest may point. Raises CorpusError if nothing can be
    made of it as a whole.
    """
    if where.is_dir():
        if (where / "corpus.toml").is_file():
            return _load_described(where, allowed)
        return Corpus(where.resolve().name, where, tuple(_unique(scan(where))))
    if where.suffix == ".jsonl" and where.is_file():
        return Corpus(where.stem, where.parent, tuple(_unique(manifest.read(where, allowed))))
    raise CorpusError(
        f"{where} is neither a folder of audio and transcripts nor a .jsonl manifest"
        if where.exists()
        else f"{where} does not exist: name a folder of audio and transcripts, or a .jsonl manifest"
    )


def find(name: str, folders: Iterable[Path]) -> Path:
    """Return the folder of the bundled corpus `name`, looked for in `folders`; raises UnknownModelError."""
    known: dict[str, Path] = {}
    for folder in folders:
        for description in sorted(folder.glob("*/corpus.toml")):
            known.setdefault(description.parent.name, description.parent)
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"bundled are {', '.join(known) or 'none'};"
    raise UnknownModelError(f"unknown corpus {name!r}: {hint} A folder or a .jsonl manifest is named by its path")


def scan(folder: Path) -> list[Snippet]:
    """Snippets of a plain folder, subfolders included, by name: audio files and the `.txt` files beside them.

    Raises CorpusError for a folder that cannot be listed or holds no snippets.
    """
    suffixes = audio.SUFFIXES | audio.CONTAINER_SUFFIXES
    files = sorted(_files(folder))
    texts = {path.with_suffix(""): path for path in files if path.suffix.lower() == ".txt"}
    recordings = [path for path in files if path.suffix.lower() in suffixes]
    snippets = [_recorded(path, texts.get(path.with_suffix("")), folder) for path in recordings]
    recorded = {path.with_suffix("") for path in recordings}
    for stem, path in texts.items():
        if stem not in recorded and not path.stem.lower().startswith(_NOTICES):
            problem = f"{path} has no recording: put {path.stem}.wav (or .flac, .mp3, .ogg) beside it, or remove it"
            snippets.append(Snippet(_id(path, folder), transcript=path, problem=problem))
    if not snippets:
        kinds = " ".join(sorted(audio.SUFFIXES))
        raise CorpusError(f"{folder}: no snippets found; put x.wav and x.txt there (audio may be {kinds})")
    return snippets


def _files(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise CorpusError(f"{error.filename} cannot be listed ({error.strerror}): mend its permissions") from error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (path for name in names if not name.startswith(".") and (path := Path(place, name)).is_file())


def _recorded(path: Path, transcript: Path | None, folder: Path) -> Snippet:
    problem = None
    if transcript is None:
        problem = f"{path} has no transcript: write what is said into {path.stem}.txt beside it"
    return Snippet(_id(path, folder), path, transcript=transcript, problem=problem)


def _id(path: Path, folder: Path) -> str:
    return manifest.printable(path.relative_to(folder).with_suffix("").as_posix())


def _unique(snippets: Iterable[Snippet]) -> Iterator[Snippet]:
    """Give a snippet whose id is taken another one, and a problem that says so."""
    snippets = list(snippets)
    given = {snippet.id for snippet in snippets}
    seen: dict[str, Snippet] = {}
    copies: dict[str, int] = {}
    for snippet in snippets:
        first = seen.setdefault(snippet.id, snippet)
        if first is snippet:
            yield snippet
            continue
        number = copies.get(snippet.id, 1) + 1
        while (new_id := f"{snippet.id}#{number}") in given:
            number += 1
        copies[snippet.id] = number
        problem = snippet.problem or (
            f"{snippet.origin or snippet.audio}: the id {snippet.id!r} belongs to {first.origin or first.audio} "
            f"already; {'give one of them an id of its own' if snippet.origin else 'rename one of them'}"
        )
        yield replace(snippet, id=new_id, problem=problem)


def _load_described(folder: Path, allowed: Sequence[Path]) -> Corpus:
    path = folder / "corpus.toml"
    facts = _read_toml(path)
    try:
        _check_description(facts)
        texts = _texts(facts)
        snippets = tuple(_overridden(_listed(folder, facts, allowed), facts))
    except _DescriptionError as error:
        raise CorpusError(f"{path}: {error}") from None
    limits = facts.get("limits", {})
    return Corpus(**{"name": folder.resolve().name, **texts}, folder=folder, snippets=snippets, limits=limits)


def _texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    texts = {key: facts[key] for key in _TEXTS if key in facts}
    if "language" in texts:
        try:
            texts["language"] = checked_language(texts["language"])
        except CorpusError as error:
            raise _DescriptionError(str(error)) from None
    return texts


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = decode_text(path.read_bytes(), str(path))
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): mend its permissions") from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path} is no valid TOML ({error}): correct it") from None


class _DescriptionError(CorpusError):
    """Something in a corpus.toml, which the caller names."""


def _check_description(facts: Mapping[str, Any]) -> None:
    _known_keys(facts, (*_TEXTS, "manifest", "nonspeech", "limits", "snippets"))
    for key in (*_TEXTS, "manifest"):
        if key in facts and not is_text(facts[key]):
            raise _DescriptionError(f"{key} is {reprlib.repr(facts[key])}; it should be a string")
    patterns = facts.get("nonspeech", [])
    if not is_texts(patterns):
        raise _DescriptionError(f"nonspeech is {reprlib.repr(patterns)}; it should be a list of ids or patterns")
    for key in ("limits", "snippets"):
        if not isinstance(facts.get(key, {}), dict):
            raise _DescriptionError(f"{key} is {reprlib.repr(facts[key])}; it should be a table, [{key}]")
    _known_keys(facts.get("limits", {}), _LIMITS)
    for key, value in facts.get("limits", {}).items():
        if not is_number(value) or value < 0:
            raise _DescriptionError(f"the limit {key} is {reprlib.repr(value)}; it should be a number such as 0.1")


def _listed(folder: Path, facts: Mapping[str, Any], allowed: Sequence[Path]) -> list[Snippet]:
    if "manifest" not in facts:
        return list(_unique(scan(folder)))
    try:
        path = manifest.Fence(folder).inside(facts["manifest"])
    except CorpusError as error:
        raise _DescriptionError(f"manifest {error}") from None
    return list(_unique(manifest.read(path, allowed)))


def _overridden(snippets: list[Snippet], facts: Mapping[str, Any]) -> Iterator[Snippet]:
    """Apply `nonspeech` and the table `snippets` to the snippets they name."""
    overrides: Mapping[str, Any] = facts.get("snippets", {})
    patterns: list[str] = facts.get("nonspeech", [])
    if not any(snippet.problem for snippet in snippets):  # else the one that is meant may be the one that is broken
        _check_names([snippet.id for snippet in snippets], overrides, patterns)
    for snippet in snippets:
        nonspeech = snippet.nonspeech or any(fnmatchcase(snippet.id, pattern) for pattern in patterns)
        values: dict[str, Any] = {"nonspeech": nonspeech}
        if snippet.id in overrides:
            values |= _override(snippet.id, overrides[snippet.id])
        yield replace(snippet, **values)


def _check_names(ids: Sequence[str], overrides: Iterable[str], patterns: Iterable[str]) -> None:
    for name in overrides:
        if name not in ids:
            raise _DescriptionError(f"[snippets] names {name!r}, which the corpus does not hold{_close(name, ids)}")
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in ids):
            raise _DescriptionError(f"nonspeech names {pattern!r}, which matches no snippet{_close(pattern, ids)}")


def _override(name: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise _DescriptionError(f'snippets."{name}" is {reprlib.repr(values)}; it should be a table')
    _known_keys(values, _OVERRIDES)
    try:
        return checked_facts(values)
    except CorpusError as error:
        raise _DescriptionError(f'snippets."{name}": {error}') from None


def _known_keys(given: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            raise _DescriptionError(f"unknown key {key!r}{_close(key, known) or '; known are ' + ', '.join(known)}")


def _close(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""
