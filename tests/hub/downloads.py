"""What the tests of downloads share: a small repository, what is in it, and how it is fetched."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from pytest_asrbench.models import weights

REPO = "speech/tiny"
MIB = 2**20
ROOT = Path(__file__).resolve().parents[2]
SMALL = {"config.json": b'{"model_type": "whisper"}', "tokenizer.json": b"{}", "README.md": b"# tiny"}


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def fetch(*files: str, **options: Any) -> weights.Fetched:
    return weights.fetch("tiny", REPO, files or ("*.json", "*.safetensors"), **{"progress": False, **options})


def one_sentence(message: str) -> str:
    assert "\n" not in message
    assert message.startswith("tiny: ")
    assert message.endswith(".")
    return message
