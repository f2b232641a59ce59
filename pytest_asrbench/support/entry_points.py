"""What installed packages offer by name, ours and others': adapters, metrics, tasks, corpora, engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from typing import Any, cast

from pytest_asrbench.errors import UsageError


@cache
def everything() -> metadata.EntryPoints:
    """Those of every package; each of them is opened once."""
    found: Any = metadata.entry_points()  # in Python 3.11 of an older class, which is asked in the same way
    return cast(metadata.EntryPoints, found)


def offered(group: str) -> Mapping[str, metadata.EntryPoint]:
    """Return the entry points of a group by name; nothing is imported.

    Raises UsageError where two packages offer different things under one name.
    """
    found: dict[str, metadata.EntryPoint] = {}
    for point in everything().select(group=group):
        first = found.setdefault(point.name, point)
        if first.value != point.value:
            raise UsageError(
                f"{package(first)} and {package(point)} both offer {point.name!r} in {group}: uninstall one of them"
            )
    return found


@contextmanager
def loading(what: str, remedy: str = "update the package, or uninstall it") -> Iterator[None]:
    """Turn whatever others' code raises while it is loaded into a UsageError, which calls it `what`."""
    try:
        yield
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{what} cannot be loaded ({error}): {remedy}") from error
    except Exception as error:
        raise UsageError(f"{what} cannot be loaded ({type(error).__name__}: {error}): {remedy}") from error


def package(point: metadata.EntryPoint) -> str:
    """Return the name of the package that an entry point belongs to, for messages."""
    return point.dist.name if point.dist is not None else "an unknown package"
