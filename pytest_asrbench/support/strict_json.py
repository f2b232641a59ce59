"""JSON that every reader takes: no NaN, no half surrogate pairs, and text that comes back as it was.

Transcripts and the details that adapters add may hold anything; one odd value must not cost a file its readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any


def dumps(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON that UTF-8 can encode. NaN and infinities become null, objects of no JSON type a string.

    Half a surrogate pair is written as its escape, and read back as it was.
    """
    # An encoder for each call would cost as much as a small record.
    encode = _encode if indent is None else _encoder(indent)
    try:
        text = encode(value)
    except ValueError:
        text = encode(_finite(value))
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    return _finite(dict(value)) if isinstance(value, Mapping) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return value


def _encoder(indent: int | None) -> Callable[[Any], str]:
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=indent, default=_plain).encode


_encode = _encoder(None)
