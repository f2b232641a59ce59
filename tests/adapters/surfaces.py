"""Stand-ins for packages: taken out of the way, and held against the real one where that is installed."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from tests.checkpoints.own_code import CODE


@contextmanager
def without(packages: Sequence[str], *places: str) -> Iterator[None]:
    """Forget modules of `packages`, and look for them in other folders than `places` and that of the stand-ins."""
    path = list(sys.path)
    held = forget(packages)
    sys.path[:] = [place for place in path if place not in (*places, str(CODE))]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        forget(packages)
        sys.modules.update(held)
        sys.path[:] = path


def forget(packages: Sequence[str]) -> dict[str, ModuleType]:
    """Take packages out of the loaded modules, and return what was there."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in packages}


def signatures(module: str, names: Sequence[str]) -> dict[str, inspect.Signature]:
    """The signatures of functions and methods, "Class.method", of a module."""
    return {name: inspect.signature(_find(importlib.import_module(module), name)) for name in names}


def check_alike(module: str, pretended: dict[str, inspect.Signature]) -> None:
    """Hold signatures against those of the installed module, names and kinds of parameters; skip where it is absent."""
    try:
        real = signatures(module, list(pretended))
    except (ImportError, RuntimeError, OSError) as error:  # or built for another torch
        pytest.skip(f"not installed: {error}")
    for name, signature in pretended.items():
        ours, theirs = signature.parameters, real[name].parameters
        assert [(key, one.kind) for key, one in ours.items()] == [(key, one.kind) for key, one in theirs.items()], name


def _find(place: Any, name: str) -> Any:
    for part in name.split("."):
        place = getattr(place, part)
    return place
