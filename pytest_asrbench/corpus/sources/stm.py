"""NIST's segment time marks, as TED-LIUM and sclite have them: `file channel speaker begin end <labels> words`.

Each line is a snippet. Its recording is called like `file`, and lies beside the STM or below the folder, with
`[root=DIR]` elsewhere. Lines of segments that are not to be scored are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_asrbench.corpus.audio import SUFFIXES
from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.text_lines import lines
from pytest_asrbench.corpus.listing.walk import walk
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError

_LABELS = re.compile(r"<[^>]*>\s*")
_UNSCORED = "ignore_time_segment_in_scoring"
_CHANNELS = {"A": 0, "1": 0, "B": 1, "2": 1}
_UNKNOWN_SPEAKERS = ("inter_segment_gap", "excluded_region")


def load(locator: Locator) -> Corpus:
    """Return the corpus of an STM file, or of all that lie below a folder; raises CorpusError."""
    locator.only("root")
    place = locator.path
    folder = place.parent if place.is_file() else place
    root = locator.root(folder)
    fence = Fence(root, locator.allowed)
    files = walk(fence).files
    tables = [place] if place.is_file() else [one for one in walk(Fence(folder)).files if one.suffix.lower() == ".stm"]
    recordings = {one.stem: one.relative_to(root).as_posix() for one in files if one.suffix.lower() in SUFFIXES}
    found = (entry for table in tables for entry in _entries(table, recordings))
    listing = Listing(entries.snippets(found, entries.below(fence)), root)
    if not listing:
        raise CorpusError(f"{place} has no segments that are scored: name an STM file, or a folder with some")
    return Corpus(place.resolve().stem, listing)


def _entries(table: Path, recordings: Mapping[str, str]) -> Iterator[Entry]:
    for where, line in lines(table):
        if isinstance(line, CorpusError):
            yield where, line
        elif not line.startswith(";;") and _UNSCORED not in line.lower():
            try:
                entry = _entry(line, recordings)
            except ValueError:
                yield where, CorpusError("not file, channel, speaker, begin, end and words; correct the line")
                continue
            if entry["speaker"] not in _UNKNOWN_SPEAKERS:
                yield where, entry


def _entry(line: str, recordings: Mapping[str, str]) -> dict[str, object]:
    name, channel, speaker, begin, end, *words = line.split(maxsplit=5)
    start = float(begin)
    return {
        "audio_filepath": recordings.get(Path(name).stem, f"{name}.wav"),
        "text": _LABELS.sub("", words[0], count=1).strip() if words else "",
        "id": f"{name}#{begin}-{end}",
        "speaker": speaker,
        "channel": _CHANNELS.get(channel.upper(), 0),
        "offset": start,
        "duration": round(float(end) - start, 6),
    }
