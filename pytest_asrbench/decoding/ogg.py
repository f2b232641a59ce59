"""Whether an Ogg stream (vorbis, opus, flac in ogg) goes to its end: the last page says so, and is all there.

libsndfile plays what it gets, and its log does not tell a page that is cut from something harmless behind the last.
"""

from __future__ import annotations

from pathlib import Path

_MAGIC = b"OggS\0"  # capture pattern and version, RFC 3533 section 6
_LONGEST_PAGE = 27 + 255 + 255 * 255  # bytes
_LAST = 0x04  # flag of the last page of a stream


def is_whole(path: Path) -> bool:
    """Whether the file's last page is complete and marked as the end; raises OSError."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2 * _LONGEST_PAGE))
        tail = file.read()
    page = tail[max(0, tail.rfind(_MAGIC)) :]
    if len(page) < 27 or not page[5] & _LAST:
        return False
    segments = page[27 : 27 + page[26]]
    return len(segments) == page[26] and len(page) >= 27 + len(segments) + sum(segments)
