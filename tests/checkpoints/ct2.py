"""The tiny Whisper as faster-whisper reads it: a CTranslate2 folder, made by CTranslate2's own converter."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.checkpoints import whisper
from tests.checkpoints.common import cached

SOURCES = (Path(whisper.__file__), *whisper.SOURCES)
BESIDE = ["tokenizer.json", "preprocessor_config.json"]  # what releases have, and what faster-whisper reads


def make(folder: Path) -> None:
    """Convert the tiny Whisper checkpoint, in half precision as releases are."""
    from ctranslate2.converters import TransformersConverter

    source = cached("whisper", whisper.make, *whisper.SOURCES)
    converter = TransformersConverter(str(source), copy_files=BESIDE)
    converter.convert(str(folder), quantization="float16", force=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
