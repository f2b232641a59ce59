"""Kaldi's data folders: `wav.scp` and `text`, and where there are `segments`, `utt2spk`, `utt2lang`, `reco2dur`.

Read line by line here, and not by Lhotse: its loader opens every recording for its length, runs the commands that a
`wav.scp` may hold, and drops what it cannot open. Here a command is refused, and whatever is wrong costs one utterance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries
from pytest_asrbench.corpus.listing.entries import PROBLEM, Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.text_lines import lines
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError

Tables = Mapping[str, Mapping[str, str]]


def load(locator: Locator) -> Corpus:
    """Return the corpus of a data folder; raises CorpusError for one without `wav.scp` or `text`.

    Relative paths start from the folder, or from the option `root`; what lies elsewhere must be allowed.
    """
    locator.only("root")
    folder = locator.path.parent if locator.path.is_file() else locator.path
    fence = Fence(locator.root(folder), locator.allowed)
    listing = Listing(entries.snippets(_entries(folder), entries.below(fence)), folder)
    if not listing:
        raise CorpusError(f"{folder / 'text'} has no lines: write an utterance's name and its words in each")
    return Corpus(folder.resolve().name, listing)


def _entries(folder: Path) -> Iterator[Entry]:
    """Yield the utterances: those of `segments`, or else each recording's."""
    tables = {"wav.scp": _table(folder / "wav.scp")}
    tables |= {name: _table(folder / name, optional=True) for name in ("utt2spk", "utt2lang", "reco2dur")}
    segments = folder / "segments"
    texts = _table(folder / "text") if segments.exists() else {}
    for where, line in lines(segments if segments.exists() else folder / "text"):
        try:
            if isinstance(line, CorpusError):
                raise line
            if segments.exists():
                yield where, _segment(line, texts, tables)
            else:
                name, _, text = line.strip().partition(" ")
                yield where, _entry(name, name, text.strip(), tables, duration=_number(tables["reco2dur"].get(name)))
        except CorpusError as error:
            yield where, error


def _table(path: Path, *, optional: bool = False) -> dict[str, str]:
    """Read lines of a name and what belongs to it; what is not UTF-8 is left out, and so missed where it is needed."""
    if optional and not path.exists():
        return {}
    pairs = (line.strip().partition(" ") for _, line in lines(path) if isinstance(line, str))
    return {name: value.strip() for name, _, value in pairs}


def _segment(line: str, texts: Mapping[str, str], tables: Tables) -> dict[str, Any]:
    name, *rest = line.split()
    if len(rest) != 3:
        raise CorpusError("not an utterance, its recording, begin and end; correct the line")
    begin, end = _number(rest[1]) or 0.0, _number(rest[2]) or 0.0
    if name not in texts:
        raise CorpusError(f"text has no {name}; write what is said")
    duration = round(end - begin, 6) if end >= 0 else None  # -1: to the end
    return _entry(name, rest[0], texts[name], tables, offset=begin, duration=duration)


def _entry(name: str, recording: str, text: str, tables: Tables, **part: float | None) -> dict[str, Any]:
    place = tables["wav.scp"].get(recording, "")
    known: dict[str, Any] = {"id": name, "text": text}
    if not place:
        return {**known, PROBLEM: CorpusError(f"wav.scp has no {recording}; add it")}
    if place.endswith("|"):
        what = f"wav.scp has a command for {recording}, which is not run; write its output to a file"
        return {**known, PROBLEM: CorpusError(what)}
    facts = {"speaker": tables["utt2spk"].get(name), "language": tables["utt2lang"].get(name), **part}
    return {**known, "audio_filepath": place, **facts}


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        raise CorpusError(f"{text!r} is no number of seconds; correct it") from None
