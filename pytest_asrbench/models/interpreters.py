"""Which Python runs a model: one rule for a session and for what is said about the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.models.entry import ModelEntry

Ask = Callable[[str], AdapterInfo | None]


def for_model(entry: ModelEntry, named: Mapping[str, str], project: Path, info: Ask) -> str:
    """Return the Python for a model, from `asr_interpreters` (name -> path from the project's root), or its own entry.

    The model's name counts before the adapter's, that before the runtime's and the extra's. info: what an adapter says
    of itself, asked only where it matters.
    """
    path = _first(entry.names, named) or _by_adapter(entry.adapter, named, info) or entry.interpreter
    return str(project.absolute() / path) if path else sys.executable


def for_adapter(adapter: str, named: Mapping[str, str], project: Path, info: Ask) -> str:
    """Return the Python for an adapter's models that name none themselves."""
    path = _by_adapter(adapter, named, info)
    return str(project.absolute() / path) if path else sys.executable


def _by_adapter(adapter: str, named: Mapping[str, str], info: Ask) -> str | None:
    if not named or adapter in named:
        return named.get(adapter)
    said = info(adapter)
    return _first((said.runtime, said.extra), named) if said is not None else None


def _first(names: Sequence[str], named: Mapping[str, str]) -> str | None:
    return next((named[name] for name in names if name in named), None)
