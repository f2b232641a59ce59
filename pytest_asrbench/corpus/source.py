"""What a corpus source is written with, under one name for those outside.

A source is a function `load(locator) -> Corpus`, offered by its scheme in the entry points `pytest_asrbench.corpora`.
"""

from __future__ import annotations

from pytest_asrbench.corpus.audio import Decoded, decode
from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.listing.fence import Fence
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.corpus.recording import EncodedRecording, FileRecording, Recording
from pytest_asrbench.corpus.snippet import Snippet

__all__ = [
    "Corpus",
    "Decoded",
    "EncodedRecording",
    "Fence",
    "FileRecording",
    "Listing",
    "Locator",
    "Recording",
    "Snippet",
    "decode",
]
