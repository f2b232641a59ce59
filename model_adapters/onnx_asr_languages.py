"""The languages of an onnx-asr model, by the tokens for them in its files, and whether it is told one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .checkpoint_files import read_json

ENGLISH_VOCABULARY = 51_864  # of Whisper's English-only checkpoints, one entry less than any other's
CANARY_CODE, WHISPER_CODE = re.compile(r"<\|([a-z]{2})\|> \d+"), re.compile(r"<\|([a-z]{2,3})\|>")


def spoken(files: Mapping[str, Path], canary: bool) -> tuple[frozenset[str], bool]:
    """Return the codes of the languages that a model can be told, none if it cannot, and whether to tell one.

    files: those that onnx-asr opens, by its names of them. English-only Whispers have tokens for all languages, but
    were trained without: told one, they say nothing; untold, they go on by themselves.
    """
    if canary:
        return frozenset(CANARY_CODE.findall(files["vocab"].read_text("utf-8"))), True
    if "added_tokens" not in files:
        return frozenset(), False
    if "config" in files and read_json(files["config"]).get("vocab_size") == ENGLISH_VOCABULARY:
        return frozenset({"en"}), False
    tokens = read_json(files["added_tokens"])
    return frozenset(match[1] for token in tokens if (match := WHISPER_CODE.fullmatch(token))), True
