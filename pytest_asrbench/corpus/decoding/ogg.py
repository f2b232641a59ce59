"""Whether an Ogg stream (vorbis, opus, flac in ogg) goes to its end: the last page says so, and is all there.

libsndfile plays what it gets, and its log does not tell a page that is cut from something harmless behind the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap

_MAGIC = b"OggS\0"  # capture pattern and version, RFC 3533 section 6
_FIRST = re.compile(rb"OggS\0[\x02\x06]")  # with the flag of the first page of a stream
_LONGEST_PAGE = 27 + 255 + 255 * 255  # bytes
_LAST = 0x04  # flag of the last page of a stream


def is_whole(data: bytes) -> bool:
    """Whether the last page is complete and marked as the end."""
    page = data.rfind(_MAGIC, max(0, len(data) - 2 * _LONGEST_PAGE))
    return 0 <= page < len(data) - 26 and bool(data[page + 5] & _LAST) and _end(data, page) <= len(data)


def starts(data: bytes | mmap) -> Iterator[int]:
    """Yield where a recording begins: at a first page that does not follow another one, as streams side by side do."""
    after_first_page = -1
    for match in _FIRST.finditer(data):
        if match.start() != after_first_page:
            yield match.start()
        after_first_page = _end(data, match.start())


def _end(data: bytes | mmap, page: int) -> int:
    """Return where the page ends; beyond the data if it, or its table of segments, is cut."""
    if len(data) < page + 27:
        return len(data) + 1
    segments = data[page + 27 : page + 27 + data[page + 26]]
    return page + 27 + data[page + 26] + sum(segments)
