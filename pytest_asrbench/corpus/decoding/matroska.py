"""Whether a WebM or Matroska file goes to its end: its last element is all there.

FFmpeg plays what it gets. Elements have an id and a size (RFC 8794); writers into a pipe, browsers among them, leave
the sizes of the outer two levels open, and then the blocks within tell. What was cut exactly between two blocks of such
a file cannot be told from a shorter recording.
"""

from __future__ import annotations

_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"


def is_whole(data: bytes) -> bool:
    """Whether no element is longer than the file."""
    position = 0
    while position < len(data):
        id_length = _length(data[position], 4)
        name = data[position : position + id_length]
        size_at = position + id_length
        size_length = _length(data[size_at], 8) if id_length > 0 and size_at < len(data) else 0
        start = size_at + size_length
        if not id_length:  # no element begins so: something harmless behind the last one
            return True
        if not size_length or start > len(data):
            return False
        size = int.from_bytes(data[size_at:start]) & ((1 << 7 * size_length) - 1)
        if size == (1 << 7 * size_length) - 1 and name in (_SEGMENT, _CLUSTER):
            position = start
        elif start + size > len(data):
            return False
        else:
            position = start + size
    return True


def _length(first: int, most: int) -> int:
    """Return how many bytes a number takes that begins with the byte `first`; 0 if more than `most`."""
    return length if (length := 9 - first.bit_length()) <= most else 0
