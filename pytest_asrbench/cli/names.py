"""What a user calls a model, and what the catalogue calls it."""

from __future__ import annotations

from pytest_asrbench.errors import UnknownModelError
from pytest_asrbench.models.registry import ModelEntry, Registry


def find(registry: Registry, spec: str) -> ModelEntry:
    """Return the entry that a name or alias stands for, under its own name; raises UnknownModelError."""
    for name, entry in registry.models.items():
        if spec == name or spec in entry.aliases:
            return entry
    found = registry.resolve(spec)  # knows what was meant, or that it is an adapter
    raise UnknownModelError(f"{spec!r} names no model but the adapter {found.adapter!r} with weights of your own")
