"""Specifications of models as users write them: `name[option=value,...]`, several with commas between."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from pytest_asrbench.errors import UsageError

_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}


def split(text: str, mark: str = ",") -> list[str]:
    """Split a list at its commas, or another mark; those in brackets or quotes are an entry's. Raises UsageError."""
    parts, depth, start, quoted = [], 0, 0, False
    for position, character in enumerate(text):
        if character == '"' and text[position - 1 : position] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += _DEPTH.get(character, 0)
            if depth < 0:
                break
            if character == mark and depth == 0:
                parts.append(text[start:position])
                start = position + 1
    if depth != 0 or quoted:
        what = "brackets" if depth else "quotes"
        raise UsageError(f"unbalanced {what} in {text!r}; options are written model[name=value,name=value]")
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def parse(spec: str) -> tuple[str, dict[str, Any]]:
    """Return what stands before the brackets of `spec`, and the options in them; raises UsageError.

    Values are JSON where they can be (`2`, `true`, `[1,2]`, `"a,b"`), and else text.
    """
    head, bracket, rest = spec.partition("[")
    if not bracket:
        return spec.strip(), {}
    if not rest.endswith("]"):
        raise UsageError(f"{spec!r}: options end with a bracket, as in model[name=value]")
    options = {}
    for part in split(rest[:-1]):
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"{spec!r}: the option {part!r} has no value; write {part}=true, or another value")
        if not name.strip():
            raise UsageError(f"{spec!r}: the value {value!r} has no name; write name={value}")
        options[name.strip()] = _value(value.strip())
    return head.strip(), options


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
