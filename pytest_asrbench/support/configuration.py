"""What a project's pytest configuration says, read without pytest: for commands that run outside a session."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Read = Callable[[str], Mapping[str, Any]]


def interpreters(project: Path) -> dict[str, str]:
    """Return `asr_interpreters` of the project's pytest configuration: model or adapter -> Python, as written."""
    for file, read in _CONFIGURATIONS:
        value = _table(project / file, read).get("asr_interpreters", [])
        lines = value.splitlines() if isinstance(value, str) else value
        lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        pairs = [line.rpartition("=") for line in lines if line.strip()]
        if pairs:
            return {name.strip(): path.strip() for name, found, path in pairs if found}
    return {}


def option_names(path: Path) -> list[str]:
    """Return the names of all options in pytest's part of the configuration file `path`."""
    readers = [read for file, read in _CONFIGURATIONS if Path(file).suffix == path.suffix]
    return [name for read in dict.fromkeys(readers) for name in _table(path, read)]


def _table(path: Path, read: Read) -> Mapping[str, Any]:
    try:
        return read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, configparser.Error):
        return {}  # what cannot be read is pytest's to complain about


def _from_toml(*keys: str) -> Read:
    def read(text: str) -> Mapping[str, Any]:
        value: Any = tomllib.loads(text)
        for key in keys:
            value = value.get(key, {}) if isinstance(value, dict) else {}
        return value if isinstance(value, dict) else {}

    return read


def _from_ini(text: str) -> Mapping[str, Any]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return next((dict(parser[section]) for section in ("pytest", "tool:pytest") if section in parser), {})


_CONFIGURATIONS: tuple[tuple[str, Read], ...] = (
    ("pytest.toml", _from_toml("pytest")),
    ("pytest.ini", _from_ini),
    ("pyproject.toml", _from_toml("tool", "pytest")),
    ("pyproject.toml", _from_toml("tool", "pytest", "ini_options")),
    ("tox.ini", _from_ini),
    ("setup.cfg", _from_ini),
)
