"""The options in a model's brackets, checked against the names and types that its adapter knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asrbench.errors import UsageError


def parse_options(adapter: str, options: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Check `options` against the names and types of `known`'s defaults; a command line brings strings only.

    Raises UsageError for an unknown name or a value of the wrong kind.
    """
    parsed = {}
    for name, value in options.items():
        if name not in known:
            raise UsageError(f"{adapter} has no option {name!r}; it has {', '.join(sorted(known))}.")
        parsed[name] = _as(type(known[name]), value, f"{adapter}[{name}={value}]")
    return parsed


def _as(kind: type, value: Any, where: str) -> Any:
    """Return `value`, or what a string says, as `kind`: bool, a positive int or float, str or frozenset."""
    if kind is frozenset:
        return frozenset(value.split() if isinstance(value, str) else value)
    if kind is str:
        return str(value)
    text = str(value).strip().lower()
    if kind is bool and text in ("true", "false", "yes", "no", "on", "off", "1", "0"):
        return text in ("true", "yes", "on", "1")
    try:
        number = kind(text) if kind is not bool else 0
    except ValueError:
        number = 0
    if number > 0:
        return number
    raise UsageError(f"{where}: that is no {'truth value' if kind is bool else 'positive number'}.")
