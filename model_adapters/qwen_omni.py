"""Qwen2.5-Omni by transformers: its thinker alone, which listens and writes; its voice is not loaded."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Any

from .prompted import Prompted
from .speech_llm import Asked

# Before huggingface/transformers#47186, padded rows were decoded at shifted positions, at least of speech.
BATCHES_SINCE = (5, 15)


class QwenOmni(Prompted):
    """A folder of the class `Qwen2_5OmniForConditionalGeneration`, or of its thinker.

    Options and prompt are those of `Prompted`. Where transformers is older than its correction of batches, 5.15, the
    clips of a batch go through the model one by one.
    """

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        if batches_are_right(metadata.version("transformers")):
            return super()._answer(waves, asked)
        return self._one_by_one(waves, asked)


def batches_are_right(version: str) -> bool:
    """Whether a version of transformers runs batches of clips of different lengths as it runs each alone."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return numbers >= BATCHES_SINCE
