"""What pytest's items tell of themselves; their callspec is not part of pytest's typed interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def parameters(item: Any) -> Mapping[str, str]:
    """What `item` is parametrized by, of ours asr_model, asr_snippet ("corpus/id"), asr_corpus and asr_ab."""
    spec = getattr(item, "callspec", None)
    return spec.params if spec is not None else {}
