"""Reading CTranslate2's model.bin without CTranslate2, to make other layouts of the same weights.

The format, all little-endian: version, name and revision of the specification, then the variables as (name, rank,
shape, type, bytes, data), then aliases as (name, name of a variable).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ctranslate2/specs/model_spec.py
TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
READ = (6, "WhisperSpec", 3)


class _Reader:
    def __init__(self, data: memoryview) -> None:
        self.data, self.place = data, 0

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from(f"<{kind}", self.data, self.place)
        self.place += struct.calcsize(kind)
        return int(value)

    def text(self) -> str:
        return bytes(self.take(self.number("H"))[:-1]).decode()

    def take(self, count: int) -> memoryview:
        begin, self.place = self.place, self.place + count
        return self.data[begin : self.place]


def variables(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return all variables of a Whisper's model.bin by name, aliases included.

    Raises ValueError for another version of the format and for a file of another length.
    """
    reader = _Reader(memoryview(path.read_bytes()))
    made_by = (reader.number("I"), reader.text(), reader.number("I"))
    if made_by != READ:
        raise ValueError(f"{path}: {made_by}, where {READ} can be read")
    found: dict[str, NDArray[np.generic]] = {}
    for _ in range(reader.number("I")):
        name = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        kind = TYPES[reader.number("B")]
        found[name] = np.frombuffer(reader.take(reader.number("I")), kind).reshape(shape)
    for _ in range(reader.number("I")):
        alias = reader.text()
        found[alias] = found[reader.text()]
    if reader.place != len(reader.data):
        raise ValueError(f"{path}: {len(reader.data) - reader.place} bytes after the last alias")
    return found
