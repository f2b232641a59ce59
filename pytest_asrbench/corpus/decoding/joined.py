"""Files that were joined: each recording in them is decoded by itself, since decoders stop after the first, in silence.

Chained Ogg streams are part of that format; the others come of `cat a.flac b.flac` and the like. What only has frames,
and no header that could be repeated (AAC, AC-3, WavPack ...), needs nothing.
"""

from __future__ import annotations

import io
import mmap
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.decoding import mpeg, ogg
from pytest_asrbench.corpus.decoding.content import HEAD, MP3, OGG, Kind, identified, nonempty, opened

Source = Path | io.BytesIO
_SMALL = 2**16  # bytes of a file that is read as a whole to look for further starts; larger ones are mapped

# Where a recording of a kind begins, exact enough not to be met by chance among samples.
_STARTS = {
    "WAV": rb"(?:RIFF|RIFX|RF64).{4}WAVE(?:fmt |JUNK|bext|LIST|ds64|fact)",
    "FLAC": rb"fLaC[\0\x80]\0\0\x22",
    "AIFF": rb"FORM.{4}AIF[FC](?:COMM|FVER)",
    "CAF": rb"caff\0\x01\0\0desc",
    "W64": rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0",
    "AU": rb"\.snd\0\0\0[\x18-\xff].{4}\0\0\0[\x01-\x1b]",
    "WebM or Matroska": rb"\x1a\x45\xdf\xa3.{1,60}?(?:webm|matroska)",
    "M4A, MP4 or 3GP": rb"\0\0\0.ftyp(?:M4A|M4B|mp4|iso|3g|qt|dash|MSNV|avc)",
    "AMR": rb"#!AMR(?:-WB)?\n",
    "FLV": rb"FLV\x01[\x01\x04\x05]\0\0\0\x09\0\0\0\0",
    "True Audio": rb"TTA1\x01\0.{6}",
    "WMA": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c",
}
_HELD = {"WAV": b"WAVE"}  # what all starts of a kind hold, of a pattern that does not begin with one word
_HELD_BEHIND = 12  # bytes of a first start that holds it
_PATTERNS = {name: re.compile(pattern, re.DOTALL) for name, pattern in _STARTS.items()}


def found(source: Source, path: Path) -> tuple[Kind | None, list[Source]]:
    """Return what a file is, and the recordings in it: the file itself if it is one, else each as a file in memory.

    Raises AudioError, in which the recording is called `path`, for what cannot be read, is empty or is no audio.
    """
    if not isinstance(source, Path):
        whole = nonempty(path, source.getvalue())
        kind = identified(path, whole[:HEAD])
        return kind, _parts(source, whole, kind)
    with opened(source) as file:
        first = nonempty(path, file.read(_SMALL))
        kind = identified(path, first[:HEAD])
        if len(first) < _SMALL:
            return kind, _parts(source, first, kind)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return kind, _parts(source, data, kind)


def rewound(source: Source) -> Any:
    """Return a recording as libraries take it: a path, or a file in memory at its beginning."""
    if not isinstance(source, Path):
        source.seek(0)
    return source


def content(source: Source) -> bytes:
    """Return all bytes of a recording."""
    return source.read_bytes() if isinstance(source, Path) else source.getvalue()


def _parts(source: Source, data: bytes | mmap.mmap, kind: Kind | None) -> list[Source]:
    if kind is None or (kind not in (MP3, OGG) and kind.name not in _PATTERNS):
        return [source]
    starts = [0, *_further_starts(data, kind)]
    if len(starts) == 1:
        return [source]
    return [io.BytesIO(data[start:end]) for start, end in pairwise([*starts, len(data)])]


def _further_starts(data: bytes | mmap.mmap, kind: Kind) -> list[int]:
    """Return where recordings begin behind the first one."""
    if kind is OGG:
        return list(ogg.starts(data))[1:]
    if kind is MP3:
        return [one.start for one in mpeg.recordings(data[:])[1:]]
    held = _HELD.get(kind.name)
    if held is not None and data.find(held, _HELD_BEHIND) < 0:  # tells in a fiftieth of the pattern's time
        return []
    return [match.start() for match in _PATTERNS[kind.name].finditer(data, 1)]
