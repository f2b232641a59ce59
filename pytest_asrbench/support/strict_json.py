"""JSON that every reader takes: no NaN, no half surrogate pairs, and text that comes back as it was.

Transcripts and the details that adapters add may hold anything; one odd value must not cost a file its readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def dumps(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON that UTF-8 can encode. NaN and infinities become null.

    Objects of no JSON type become one as msgspec has it, or else a string.

    Half a surrogate pair is written as its escape, and read back as it was.
    """
    import msgspec

    try:
        text = msgspec.json.encode(value, enc_hook=_refuse)
    except (TypeError, ValueError, OverflowError, RecursionError):  # what it is strict about
        return _dumps(value, indent)
    return msgspec.json.format(text, indent=indent or 0).decode()


def _refuse(value: Any) -> Any:
    raise TypeError


def _dumps(value: Any, indent: int | None) -> str:
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=indent, default=plain).encode
    try:
        text = encode(value)
    except ValueError:
        text = encode(_finite(value))
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def plain(value: Any) -> Any:
    """What an object of no JSON type is written as."""
    if isinstance(value, Mapping):
        return _finite(dict(value))
    return next((kind(value) for kind in (int, float) if isinstance(value, kind)), str(value))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return value
