"""Subtitles whose every cue is a snippet: `subtitles:talk.srt`, or a folder of them, with the recordings beside.

Where a folder is named by its path alone, a recording is one snippet, and all that its subtitles say is the reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_asrbench.corpus.audio import SUFFIXES
from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing import entries
from pytest_asrbench.corpus.listing.entries import Entry
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.listing.walk import walk
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.corpus.snippet import decode_text
from pytest_asrbench.corpus.subtitles import ENDINGS, cues
from pytest_asrbench.errors import CorpusError


def load(locator: Locator) -> Corpus:
    """Return the corpus of one file of subtitles, or of all below a folder; raises CorpusError."""
    locator.only()
    place = locator.path
    folder = place.parent if place.is_file() else place
    fence = Fence(folder, locator.allowed)
    files = [place] if place.is_file() else [one for one in walk(fence).files if one.suffix.lower() in ENDINGS]
    if not files:
        raise CorpusError(f"{place} has no subtitles (.srt, .vtt): name a file or a folder of them")
    found = (entry for file in files for entry in _entries(file, folder))
    return Corpus(place.resolve().stem, Listing(entries.snippets(found, entries.below(fence)), folder))


def _entries(file: Path, folder: Path) -> Iterator[Entry]:
    beside = (one for one in sorted(file.parent.glob(f"{file.stem}.*")) if one.suffix.lower() in SUFFIXES)
    recording = next(beside, file.with_suffix(".wav")).relative_to(folder).as_posix()
    try:
        found = cues(decode_text(file.read_bytes(), str(file)), file.suffix.lower(), str(file))
    except OSError as error:
        raise CorpusError(f"{file} cannot be read ({error.strerror}): mend its permissions") from error
    for number, cue in enumerate(found, 1):
        if cue.text:
            duration = round(cue.end - cue.start, 3)
            yield (
                f"{file}, cue {number}",
                {"audio_filepath": recording, "text": cue.text, "offset": cue.start, "duration": duration},
            )
