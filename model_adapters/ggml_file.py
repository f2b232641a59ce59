"""Reading the head of a whisper.cpp model file before whisper.cpp does.

whisper.cpp trusts its files: one with another vocabulary aborts the process or prints garbage, and a short one may
be read past its end. So everything that the file promises is compared with what it has, without loading the weights.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pytest_asrbench.errors import WeightsError

from .kinds import refuse_other_kinds

MAGIC = 0x67676D6C
VOCABULARIES = (51_864, 51_865, 51_866)  # English-only; multilingual; multilingual with Cantonese (large-v3 on)
MELS = (80, 128)
FILE_TYPES = {
    0: "float32",
    1: "float16",
    2: "q4_0",
    3: "q4_1",
    7: "q8_0",
    8: "q5_0",
    9: "q5_1",
    10: "q2_k",
    11: "q3_k",
    12: "q4_k",
    13: "q5_k",
    14: "q6_k",
}
# ggml's tensor types: (values in a block, bytes of a block).
TENSOR_TYPES = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    30: (1, 2),
}


@dataclass(frozen=True, slots=True)
class GgmlHeader:
    """The hyperparameters of a whisper.cpp file, in the file's order, and what was counted in it."""

    vocabulary: int
    audio_context: int
    audio_width: int
    audio_heads: int
    audio_layers: int
    text_context: int
    text_width: int
    text_heads: int
    text_layers: int
    mels: int
    file_type: int
    tensors: int = 0

    @property
    def precision(self) -> str:
        """Name of the type of most weights: "float16", "q5_0" ..."""
        return FILE_TYPES.get(self.file_type % 1000, f"ftype {self.file_type}")

    @property
    def multilingual(self) -> bool:
        """Whether the model knows languages other than English."""
        return self.vocabulary > VOCABULARIES[0]


def inspect(path: Path) -> GgmlHeader:
    """Return the header of a file that whisper.cpp can be trusted with.

    Raises WeightsError for an absent file, another format, a vocabulary or size that whisper.cpp has not, and a file
    that ends before or after its last tensor.
    """
    refuse_other_kinds(path, "whisper-cpp")
    if not path.is_file():
        raise WeightsError(f"{path} is no file; whisper-cpp needs a ggml file, such as ggml-base.bin.")
    with path.open("rb") as file:
        try:
            header = _header(file, path)
            _skip_filters_and_words(file, header, path)
            count = sum(1 for _ in _tensors(file, path))
        except (struct.error, EOFError) as error:
            raise WeightsError(f"{path} ends too early ({path.stat().st_size} bytes); download it again.") from error
    expected = 11 + 15 * header.audio_layers + 24 * header.text_layers
    if count < expected:
        raise WeightsError(f"{path} ends too early: it has {count} of {expected} tensors; download it again.")
    return replace(header, tensors=count)


def _header(file: BinaryIO, path: Path) -> GgmlHeader:
    magic, *numbers = struct.unpack("<12i", file.read(48))
    if magic != MAGIC:
        raise WeightsError(f"{path} is no ggml file of whisper.cpp; convert the model, or download a ggml one.")
    header = GgmlHeader(*numbers)
    if header.vocabulary not in VOCABULARIES:
        raise WeightsError(
            f"{path} has a vocabulary of {header.vocabulary} tokens; whisper.cpp has only "
            f"{', '.join(map(str, VOCABULARIES))}: run this model by transformers instead."
        )
    sizes = (header.audio_width, header.audio_heads, header.audio_layers, header.text_heads, header.text_layers)
    if header.mels not in MELS or min(sizes) < 1 or header.audio_width != header.text_width:
        raise WeightsError(f"{path} has sizes that no Whisper has ({header}); download it again.")
    if header.file_type % 1000 not in FILE_TYPES:
        raise WeightsError(f"{path} is quantised in a way that is unknown (ftype {header.file_type}).")
    return header


def _skip_filters_and_words(file: BinaryIO, header: GgmlHeader, path: Path) -> None:
    bands, bins = struct.unpack("<2i", file.read(8))
    if bands != header.mels or not 0 < bins < 10_000:
        raise WeightsError(f"{path} has {bands} mel filters where its header says {header.mels}; convert it again.")
    _skip(file, 4 * bands * bins)
    (words,) = struct.unpack("<i", file.read(4))
    if not 0 < words <= header.vocabulary:
        raise WeightsError(f"{path} lists {words} words for a vocabulary of {header.vocabulary}; convert it again.")
    for _ in range(words):
        (length,) = struct.unpack("<i", file.read(4))
        _skip(file, length)


def _tensors(file: BinaryIO, path: Path) -> Iterator[str]:
    """Yield the names of the tensors, skipping their data."""
    while head := file.read(12):
        dimensions, length, kind = struct.unpack("<3i", head)
        if not 1 <= dimensions <= 4 or not 0 < length < 256 or kind not in TENSOR_TYPES:
            raise WeightsError(f"{path} is damaged at byte {file.tell() - 12}; download it again.")
        shape = struct.unpack(f"<{dimensions}i", file.read(4 * dimensions))
        name = file.read(length).decode("utf-8", "replace")
        values = 1
        for size in shape:
            values *= size
        block, size = TENSOR_TYPES[kind]
        if values < 1 or values % block:
            raise WeightsError(f"{path} is damaged: {name} has the shape {shape}; download it again.")
        _skip(file, values // block * size)
        yield name


def _skip(file: BinaryIO, count: int) -> None:
    """Move on by `count` bytes, the last of which is read to see that it is there. Raises EOFError if not."""
    if count < 0:
        raise EOFError
    if count:
        file.seek(count - 1, 1)
        if not file.read(1):
            raise EOFError
