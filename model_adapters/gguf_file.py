"""What the head of a GGUF file says of the model in it, read without its weights and without any runtime.

The layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Numbers are little-endian; after magic, version
and counts come the metadata, each as a key, a type and a value.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pytest_asrbench.errors import WeightsError

MAGIC = b"GGUF"
ARCHITECTURE, FILE_TYPE = "general.architecture", "general.file_type"
# llama.cpp's numbers of what most tensors of a file are in.
FILE_TYPES = {
    0: "float32",
    1: "float16",
    2: "q4_0",
    3: "q4_1",
    7: "q8_0",
    8: "q5_0",
    9: "q5_1",
    10: "q2_k",
    11: "q3_k_s",
    12: "q3_k_m",
    13: "q3_k_l",
    14: "q4_k_s",
    15: "q4_k_m",
    16: "q5_k_s",
    17: "q5_k_m",
    18: "q6_k",
    32: "bfloat16",
}
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
LONGEST_TEXT = 2**24  # bytes; a longer one is no text but what a damaged file has in its place


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """architecture: the family as the file names it, "" if it does not. precision: of most weights: "float16" ..."""

    architecture: str
    precision: str


def inspect(path: Path) -> GgufHeader:
    """Read a GGUF file's head up to the two facts. Raises WeightsError for what is no GGUF, or ends within its head."""
    found = metadata(path, {ARCHITECTURE, FILE_TYPE})
    number: Any = found.get(FILE_TYPE)
    return GgufHeader(str(found.get(ARCHITECTURE, "")), FILE_TYPES.get(number, f"ftype {number}"))


def metadata(path: Path, wanted: Collection[str]) -> dict[str, Any]:
    """Return those of the `wanted` keys that the file has: numbers, texts, and lists of these. As `inspect` raises."""
    found: dict[str, Any] = {}
    with path.open("rb") as file:
        try:
            if file.read(4) != MAGIC:
                raise WeightsError(f"{path} is no GGUF file; download it again, or name one.")
            _, _, count = _take(file, "<IQQ")
            while count and len(found) < len(wanted):
                count -= 1
                key = _text(file)
                value = _value(file, *_take(file, "<I"), keep=key in wanted)
                if key in wanted:
                    found[key] = value
        except (struct.error, KeyError, ValueError) as error:
            raise WeightsError(
                f"{path} ({path.stat().st_size} bytes) is cut short or damaged in its head; download it again."
            ) from error
    return found


def _value(file: BinaryIO, kind: int, *, keep: bool) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind != _ARRAY:
        return _take(file, f"<{_NUMBERS[kind]}")[0]
    inner, length = _take(file, "<IQ")
    if inner in _NUMBERS and not keep:
        return file.seek(struct.calcsize(_NUMBERS[inner]) * length, 1)
    values = (_value(file, inner, keep=keep) for _ in range(length))
    return list(values) if keep else deque(values, maxlen=0)


def _text(file: BinaryIO) -> str:
    (length,) = _take(file, "<Q")
    if length > LONGEST_TEXT:
        raise ValueError(f"a text of {length} bytes")
    (content,) = _take(file, f"{length}s")
    return bytes(content).decode("utf-8", "replace")


def _take(file: BinaryIO, form: str) -> tuple[Any, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
