"""NeMo's tarred data sets: manifests whose recordings are members of tar archives.

`nemo:tarred_audio_manifest.json` takes `audio_0.tar` ... beside the manifest, by each entry's `shard_id`.
`[tar=...]` names them otherwise: one archive, or several as NeMo writes it, `audio__OP_0..63_CL_.tar` or
`audio_{0..63}.tar`. A manifest may be one of several in the same way; entries without `shard_id` then belong to the
archive at the manifest's place in the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries, json_lines
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.corpus.recording import EncodedRecording, TarRecording
from pytest_asrbench.corpus.sources import manifest
from pytest_asrbench.errors import CorpusError, UsageError

_RANGE = re.compile(r"(?:_OP_|\{)(\d+)\.\.(\d+)(?:_CL_|\})")
_MOST = 100_000  # archives
_ARCHIVE = "archive of the entry"


def load(locator: Locator) -> Corpus:
    """Return the corpus of a tarred manifest, or of several; raises CorpusError. Archives are opened when read."""
    locator.only("tar")
    manifests = [locator.at(Path(one)).path for one in _expanded(str(locator.path), locator.text)]
    folder = manifests[0].parent
    tars = _expanded(locator.text_option("tar"), locator.text)
    fence = Fence(folder, locator.allowed)

    def locate(entry: Mapping[str, Any]) -> EncodedRecording:
        name = entry["audio_filepath"].removeprefix("./")
        return TarRecording(folder / name, archive=fence.inside(_archive(entry, tars)), member=name)

    listing = Listing(entries.snippets(_numbered(manifests), locate), folder)
    name = manifest.name(Path(_RANGE.sub("", str(locator.path)))).rstrip("_-")
    return Corpus(name, manifest.filled(listing, manifests[0]))


def _numbered(manifests: Sequence[Path]) -> Iterator[Entry]:
    """Yield all entries; each knows which of several manifests it comes from."""
    for number, path in enumerate(manifests):
        for where, entry in json_lines.entries(path):
            known = {_ARCHIVE: number} if len(manifests) > 1 else {}
            yield where, {**entry, **known} if isinstance(entry, dict) else entry


def _archive(entry: Mapping[str, Any], tars: Sequence[str]) -> str:
    number = entry.get("shard_id", entry.get(_ARCHIVE))
    if number is None and len(tars) == 1 and tars[0]:
        return tars[0]
    if not isinstance(number, int):
        raise CorpusError("no shard_id, which says in which archive it is; name the one that there is, [tar=FILE]")
    if not tars[0]:
        return f"audio_{number}.tar"
    if not 0 <= number < len(tars):
        raise CorpusError(f"shard_id is {number}; there are {len(tars)} archives, counted from 0")
    return tars[number]


def _expanded(text: str, locator: str) -> list[str]:
    """Return the names that a range in a name stands for, in order."""
    if (match := _RANGE.search(text)) is None:
        return [text]
    first, last = int(match[1]), int(match[2])
    if not 0 <= last - first < _MOST:
        raise UsageError(f"{locator}: {match[0]} is no range of archives; write the first and the last, {{0..63}}")
    return [f"{text[: match.start()]}{number}{text[match.end() :]}" for number in range(first, last + 1)]
