"""What a source says of each utterance, by NeMo's keys, becomes a snippet; what is wrong with one is told in it.

Sources differ in where they find `audio_filepath`, `text` and what else is known; from there on, all are one.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.recording import EncodedRecording, FileRecording
from pytest_asrbench.corpus.snippet import Snippet, about_snippet, checked_facts, of_recording, sound_facts
from pytest_asrbench.errors import CorpusError

MAX_ID = 200  # characters; ids become file names, node ids and table cells

Entry = tuple[str, Any]  # where it stands, and what is said there: a table, or the CorpusError that says what is wrong
PROBLEM = "what is wrong with it"  # a key: the CorpusError of an entry whose id and text are known all the same
Locate = Callable[[Mapping[str, Any]], EncodedRecording]  # where an entry's recording is; raises CorpusError


def below(fence: Fence) -> Locate:
    """Return what takes `audio_filepath` for a file within the fence."""
    return lambda entry: FileRecording(fence.inside(entry["audio_filepath"]))


def snippets(entries: Iterable[Entry], locate: Locate) -> Iterator[Snippet]:
    """Yield a snippet for each entry; one without an id of its own has an empty one."""
    for where, entry in entries:
        try:
            if isinstance(entry, CorpusError):
                raise entry
            yield _snippet(entry, where, locate)
        except CorpusError as error:
            yield _unusable(entry, where, error)


def _unusable(entry: Any, where: str, error: CorpusError) -> Snippet:
    facts = sound_facts(entry) if isinstance(entry, dict) else {}
    text = entry.get("text") if isinstance(entry, dict) else None
    return Snippet(
        _own_id(entry) or where.rpartition(", ")[2].replace(" ", "-"),
        text=text if isinstance(text, str) else None,
        problem=f"{where}: {error}",
        origin=where,
        **about_snippet(facts),
    )


def _snippet(entry: Any, where: str, locate: Locate) -> Snippet:
    if not isinstance(entry, dict):
        raise CorpusError(f"{reprlib.repr(entry)} is no object with audio_filepath and text")
    if PROBLEM in entry:
        raise entry[PROBLEM]
    missing = [key for key in ("audio_filepath", "text") if key not in entry]
    if missing:
        raise CorpusError(f"{' and '.join(missing)} missing; add what the file is called and what is said in it")
    for key in ("audio_filepath", "text"):
        if not isinstance(entry[key], str):
            raise CorpusError(f"{key} is {reprlib.repr(entry[key])}; it should be a string")
    if not entry["audio_filepath"]:
        raise CorpusError("audio_filepath is empty; name the file")
    if "://" in entry["audio_filepath"]:
        raise CorpusError(f"{reprlib.repr(entry['audio_filepath'])} is an address; download it, and name the file")
    given = entry.get("id")
    if given is not None and _own_id(entry) is None:
        raise CorpusError(f"id is {reprlib.repr(given)}; it should be a short string of printable characters")
    return of_recording(locate(entry), checked_facts(entry), id=_own_id(entry) or "", text=entry["text"], origin=where)


def _own_id(entry: Any) -> str | None:
    """Return the id that an entry gives itself, if it is one."""
    given = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        return None
    text = str(given)
    return text if text.strip() and text.isprintable() and len(text) <= MAX_ID else None
