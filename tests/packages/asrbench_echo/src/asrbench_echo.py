"""An adapter in a package of its own: one class and one entry point are all it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance


class Echo:
    """Says how long each clip is, in tenths of a second."""

    info: ClassVar[AdapterInfo] = AdapterInfo(runtime="echo", packages=("asrbench-echo",))

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self._word = str(options.get("word", "tenths"))

    def load(self, device: str, dtype: str) -> Loaded:
        """Nothing to load."""
        return Loaded(device)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """One sentence per clip."""
        return [Transcript(f"{round(one.audio.seconds * 10)} {self._word}") for one in batch]

    def close(self) -> None:
        """Nothing to release."""
