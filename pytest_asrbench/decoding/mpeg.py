"""What an mp3 without a length header holds, by counting its frames.

Encoders may store the length in a first frame called Xing, Info or VBRI, and libsndfile trusts it. Where it is absent,
libsndfile estimates from the bit rate of the first frame and hands out no sample beyond its estimate: a file of
varying bit rate would be heard in part, with no sign of it. The frames tell, and so does an incomplete last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LENGTH_HEADERS = (b"Xing", b"Info", b"VBRI")
_LENGTH_HEADER_WITHIN = 64  # bytes from the start of the first frame
_TAGS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"\0")  # what may follow the last frame
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES = {3: (44_100, 48_000, 32_000, 0), 2: (22_050, 24_000, 16_000, 0), 0: (11_025, 12_000, 8_000, 0)}


@dataclass(frozen=True, slots=True)
class Survey:
    """Seconds of all complete frames, and whether the last one is complete."""

    seconds: float
    whole: bool


def survey(path: Path) -> Survey | None:
    """Count the frames of an mp3; None if it carries a length header, or is not plain layer III all through.

    Raises OSError.
    """
    data = path.read_bytes()
    position = _first_frame(data)
    first = _frame(data[position + 1 : position + 3]) if data[position : position + 1] == b"\xff" else None
    head = data[position : position + _LENGTH_HEADER_WITHIN]
    if first is None or any(mark in head for mark in _LENGTH_HEADERS):
        return None
    samples = 0
    while (rest := len(data) - position) > 0:
        if data[position] != 0xFF:
            if data.startswith(_TAGS, position):
                break
            return None
        if rest < 4:
            return Survey(samples / first.rate, whole=False)
        frame = _frame(data[position + 1 : position + 3])
        if frame is None or frame.rate != first.rate:
            return None
        if rest < frame.size:
            return Survey(samples / first.rate, whole=False)
        samples += frame.samples
        position += frame.size
    return Survey(samples / first.rate, whole=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    size: int
    samples: int
    rate: int


@cache
def _frame(head: bytes) -> _Frame | None:
    """Read the second and third byte of a frame's header (ISO/IEC 11172-3, 2.4.1.3); None for anything else."""
    if len(head) < 2 or head[0] & 0xE0 != 0xE0 or head[0] >> 1 & 3 != 1:
        return None
    version = head[0] >> 3 & 3
    rate = _RATES.get(version, (0, 0, 0, 0))[head[1] >> 2 & 3]
    kbps = (_KBPS_1 if version == 3 else _KBPS_2)[head[1] >> 4]
    if not rate or not kbps:
        return None
    samples = 1152 if version == 3 else 576
    return _Frame(samples // 8 * 1000 * kbps // rate + (head[1] >> 1 & 1), samples, rate)


def _first_frame(data: bytes) -> int:
    """Where the audio begins, after ID3v2 tags (sizes of 4 × 7 bits) and their padding."""
    position = 0
    while data.startswith(b"ID3", position) and len(data) >= position + 10:
        size = 0
        for byte in data[position + 6 : position + 10]:
            size = size << 7 | byte & 0x7F
        footer = 10 if data[position + 5] & 0x10 else 0
        position += 10 + size + footer
    while data.startswith(b"\0", position):
        position += 1
    return position
