"""The options in a model's brackets, checked against the names and types that its adapter knows."""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Collection, Mapping
from typing import Any

from pytest_asrbench.errors import UsageError

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def parse_options(
    adapter: str, options: Mapping[str, Any], known: Mapping[str, Any], *, signed: bool = False
) -> dict[str, Any]:
    """Check `options` against the names and types of `known`'s defaults; a command line brings strings, too.

    Numbers are above 0, or the default, unless `signed`. Raises UsageError for an unknown name or a
    value of the wrong kind.
    """
    parsed = {}
    for name, value in options.items():
        if name not in known:
            raise unknown_option(adapter, name, known)
        parsed[name] = _as(known[name], value, f"{adapter}[{name}={_short(value)}]", signed)
    return parsed


def unknown_option(adapter: str, name: str, known: Collection[str]) -> UsageError:
    """Return the error for an option that an adapter does not have; it names the one that was meant."""
    close = difflib.get_close_matches(name, known, 1, cutoff=0.5)
    has = f"it has {', '.join(sorted(known))}." if known else "it has none."
    return UsageError(f"{adapter} has no option {name!r}; {f'did you mean {close[0]!r}?' if close else has}")


def _as(default: Any, value: Any, where: str, signed: bool) -> Any:
    """Return `value`, or what a string says, as what `default` is; a number may be 0 where the default is."""
    if isinstance(default, bool):
        return _truth(value, where)
    if isinstance(default, (int, float)):
        return _number(default, value, where, signed)
    if isinstance(default, str):
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        raise UsageError(f"{where}: that is no text.")
    if isinstance(default, frozenset):
        parts = value.split() if isinstance(value, str) else value
        if isinstance(parts, (list, tuple, frozenset)) and all(isinstance(part, str) for part in parts):
            return frozenset(parts)
        raise UsageError(f"{where}: that is no list of texts.")
    if isinstance(value, Mapping):
        return dict(value)
    raise UsageError(f"{where}: that is no table.")


def _truth(value: Any, where: str) -> bool:
    text = str(value).strip().lower()
    if text in TRUE or text in FALSE:
        return text in TRUE
    raise UsageError(f"{where}: that is no truth value, such as true or false.")


def _number(default: float, value: Any, where: str, signed: bool) -> float:
    kind = type(default)
    try:
        number = kind(str(value).strip())
        if math.isfinite(number) and (signed or number > 0 or number == default):
            return number
    except (ValueError, OverflowError):
        pass
    whole = "whole number" if kind is int else "number"
    limits = "" if signed else " from 0 up" if default == 0 else " above 0"
    raise UsageError(f"{where}: that is no {whole}{limits}.")


def _short(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 60 else reprlib.repr(value)
