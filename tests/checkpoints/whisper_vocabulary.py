"""Whisper's real multilingual vocabulary (large-v3 generation: 51,866 tokens), built without any download."""

from __future__ import annotations

import base64
import hashlib
import json
import lzma
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

ASSET = Path(__file__).parent / "assets" / "whisper-multilingual.tiktoken.xz"
SHA256 = "b34b360dbb493e781e479794586d661700670d65564001f23024971d1f2fa126"
END_OF_TEXT, START_OF_TRANSCRIPT = "<|endoftext|>", "<|startoftranscript|>"
TIMESTAMPS = [f"<|{0.02 * step:.2f}|>" for step in range(1501)]


@cache
def ranks() -> dict[bytes, int]:
    """Return the 50,257 byte sequences with their ranks, which are their ids and their merge order."""
    content = lzma.decompress(ASSET.read_bytes())
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise RuntimeError(f"{ASSET} is not the vocabulary it should be")
    pairs = (line.split() for line in content.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in pairs}


def words(folder: Path) -> list[bytes]:
    """Return the byte sequences of a transformers folder's text tokens in the order of their ids."""
    model = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
    bytes_of = {character: byte for byte, character in _characters().items()}
    listed = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return [bytes(bytes_of[character] for character in text) for text in listed if text != END_OF_TEXT]


def languages() -> list[str]:
    """Return the 100 language codes in the order of their tokens."""
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    return list(LANGUAGES)


def tokenizer() -> Any:
    """Return a WhisperTokenizer with the release's ids."""
    from transformers import AddedToken, WhisperTokenizer

    text = {token: "".join(_characters()[byte] for byte in token) for token in ranks()}
    vocabulary = {text[token]: rank for token, rank in ranks().items()}
    merges = [tuple(text[part] for part in _last_merge(token)) for token in ranks() if len(token) > 1]
    made = WhisperTokenizer(
        vocab=vocabulary,
        merges=merges,
        unk_token=END_OF_TEXT,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
    )
    control = [START_OF_TRANSCRIPT, *(f"<|{code}|>" for code in languages()), "<|translate|>", "<|transcribe|>"]
    control += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    made.add_tokens([AddedToken(name, special=True, normalized=False) for name in control], special_tokens=True)
    made.add_tokens([AddedToken(name, special=False, normalized=False) for name in TIMESTAMPS])
    return made


@cache
def _characters() -> dict[int, str]:
    """Map each byte to the printable character that stands for it in byte-level BPE files."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    return table | {byte: chr(256 + number) for number, byte in enumerate(others)}


def _last_merge(token: bytes) -> tuple[bytes, bytes]:
    """Return the two parts whose merge makes `token`: what BPE leaves when it may use earlier merges only."""
    known, limit = ranks(), ranks()[token]
    parts = [token[position : position + 1] for position in range(len(token))]
    while len(parts) > 2:
        candidates = [(known.get(a + b, limit), place) for place, (a, b) in enumerate(pairwise(parts))]
        _, place = min(candidates)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return parts[0], parts[1]
