"""What an MP3 (or MP2) holds, by walking over its frames.

Encoders may store the length in a first frame called Xing, Info or VBRI, and libsndfile trusts it. Where it is absent,
libsndfile estimates from the bit rate of the first frame and hands out no sample beyond its estimate: a file of
varying bit rate would be heard in part, with no sign of it. Of recordings that were joined it hands out what the first
length header says, and drops the others. The frames tell, and so does an incomplete last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

_STRAY_FRAMES = 12  # that a length header may leave out and still be right: 0.3 s
_LAYER_2, _LAYER_3 = 2, 1  # as headers have it
_KBPS_1_2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0)  # version 1, layer II
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES = {3: (44_100, 48_000, 32_000, 0), 2: (22_050, 24_000, 16_000, 0), 0: (11_025, 12_000, 8_000, 0)}


@dataclass(frozen=True, slots=True)
class Recording:
    """One of the recordings in a file. start, end: bytes; seconds: of all complete frames; whole: the last one is, too.

    stated: it carries a length header, by which decoders go.
    """

    start: int
    end: int
    seconds: float
    whole: bool
    stated: bool


def recordings(data: bytes) -> list[Recording]:
    """Return the recordings of which an MP3 consists: usually one, none if no frame of layer II or III is found.

    A new one begins after tags, at a further length header, and where frames go on beyond what such a header states.
    """
    found: list[Recording] = []
    position = _after_tags(data, 0)
    while position < len(data) and (one := _recording(data, position)) is not None:
        found.append(one)
        position = _after_tags(data, one.end)
    return found


def _recording(data: bytes, start: int) -> Recording | None:
    first = _frame(data, start)
    if first is None:
        return None
    stated = _stated_frames(data, start)
    most = None if not stated else stated + 1  # the header's own frame is not among them
    position, frames, end_of_stated = start, 0, len(data)
    while position < len(data):
        frame = _frame(data, position)
        if frame is None or frame.rate != first.rate:
            position = _next_frames(data, position)
            frame = _frame(data, position)
        if frame is None or frame.rate != first.rate:
            break
        if frames and _stated_frames(data, position) is not None:
            break
        if position + frame.size > len(data):
            return Recording(start, len(data), frames * first.seconds, whole=False, stated=stated is not None)
        position, frames = position + frame.size, frames + 1
        if frames == most:
            end_of_stated = position
    if most is not None and frames > most + _STRAY_FRAMES:
        position, frames = end_of_stated, most
    return Recording(start, position, frames * first.seconds, whole=True, stated=stated is not None)


@dataclass(frozen=True, slots=True)
class _Frame:
    size: int
    samples: int
    rate: int

    @property
    def seconds(self) -> float:
        return self.samples / self.rate


def _frame(data: bytes, position: int) -> _Frame | None:
    return _frame_of(data[position + 1 : position + 3]) if data[position : position + 1] == b"\xff" else None


@cache
def _frame_of(head: bytes) -> _Frame | None:
    """Read the second and third byte of a frame's header (ISO/IEC 11172-3, 2.4.1.3); None for anything else."""
    if len(head) < 2 or head[0] & 0xE0 != 0xE0:
        return None
    version, layer = head[0] >> 3 & 3, head[0] >> 1 & 3
    if layer not in (_LAYER_2, _LAYER_3):
        return None
    rate = _RATES.get(version, (0, 0, 0, 0))[head[1] >> 2 & 3]
    kbps = (_KBPS_2 if version != 3 else _KBPS_1 if layer == _LAYER_3 else _KBPS_1_2)[head[1] >> 4]
    if not rate or not kbps:
        return None
    samples = 576 if version != 3 and layer == _LAYER_3 else 1152
    return _Frame(samples // 8 * 1000 * kbps // rate + (head[1] >> 1 & 1), samples, rate)


def _stated_frames(data: bytes, position: int) -> int | None:
    """Return the number of frames that a length header at `position` states, 0 if it leaves that out; None: no header.

    Xing and Info stand behind the side information, of 9, 17 or 32 bytes; VBRI behind 32.
    """
    for place in (13, 21, 36):
        mark = data[position + place : position + place + 4]
        if mark in (b"Xing", b"Info"):
            counted = data[position + place + 7 : position + place + 8]
            number = data[position + place + 8 : position + place + 12]
            return int.from_bytes(number) if counted and counted[0] & 1 else 0
        if mark == b"VBRI":
            return int.from_bytes(data[position + place + 14 : position + place + 18])
    return None


def _next_frames(data: bytes, position: int) -> int:
    """Return where two frames in a row begin, behind damage at `position`; a tag there comes first. Else the end."""
    if _after_tags(data, position) > position:
        return position
    place = position - 1
    while (place := data.find(b"\xff", place + 1)) >= 0:
        frame = _frame(data, place)
        following = None if frame is None else _frame(data, place + frame.size)
        if frame is not None and following is not None and frame.rate == following.rate:
            return place
    return len(data)


def _after_tags(data: bytes, position: int) -> int:
    """Return where the tags and the padding at `position` end: ID3v2 (sizes of 4 × 7 bits), ID3v1, APE, Lyrics3."""
    while position < len(data):
        if data.startswith(b"ID3", position) and len(data) >= position + 10:
            size = 0
            for byte in data[position + 6 : position + 10]:
                size = size << 7 | byte & 0x7F
            position += 10 + size + (10 if data[position + 5] & 0x10 else 0)
        elif data.startswith(b"TAG", position):
            position += 128
        elif data.startswith(b"APETAGEX", position):
            position += 32 + int.from_bytes(data[position + 12 : position + 16], "little")
        elif data.startswith(b"LYRICSBEGIN", position):
            end = data.find(b"LYRICS200", position)
            position = len(data) if end < 0 else end + 9
        elif data.startswith(b"\0", position):
            position += 1
        else:
            break
    return position
