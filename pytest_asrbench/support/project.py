"""A project's own definitions: asrbench.toml, or the same tables below `tool.asrbench` in pyproject.toml."""

from __future__ import annotations

import difflib
import reprlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError

CONFIG_FILES = ("asrbench.toml", "pyproject.toml")
SECTIONS = ("models", "tasks")


def tables(path: Path, section: str) -> dict[str, Any]:
    """Return the tables of `section`, one of SECTIONS, in a configuration file, {} if there is none; raises UsageError.

    A table beside them that is none of ours is refused.
    """
    try:
        content: Any = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): mend its permissions") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise UsageError(f"{path} is no valid TOML ({error}): correct it") from None
    if path.name == "pyproject.toml":
        for outer in ("tool", "asrbench"):
            _check_alike(path, content, outer)
            content = _section(path, content, outer)
    _check_known(path, content)
    return _section(path, content, section)


def _section(path: Path, content: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise UsageError(f"{path}: {name} is {reprlib.repr(found)}; it should be a table")
    return found


def _check_alike(path: Path, content: Mapping[str, Any], section: str) -> None:
    """Raise UsageError for a table of other tools' file that is meant to be `section`."""
    for name in content:
        alike = difflib.get_close_matches(name.removeprefix("pytest-"), [section], 1, cutoff=0.8)
        if name != section and section == "asrbench" and alike:
            raise UsageError(f"{path}: unknown table {name!r}; did you mean {section!r}?")


def _check_known(path: Path, content: Mapping[str, Any]) -> None:
    for name in content:
        if name not in SECTIONS:
            close = difflib.get_close_matches(name, SECTIONS, 1, cutoff=0.0)
            raise UsageError(f"{path}: unknown table {name!r}; did you mean {close[0]!r}?")
