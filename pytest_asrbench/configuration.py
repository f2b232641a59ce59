"""What a project's pytest configuration says, read without pytest: for commands that run outside a session."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

Read = Callable[[str], list[str]]


def interpreters(project: Path) -> dict[str, str]:
    """Return `asr_interpreters` of the project's pytest configuration: model or adapter -> Python, as written."""
    for file, read in _CONFIGURATIONS:
        try:
            lines = read((project / file).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, configparser.Error):
            continue  # what cannot be read is pytest's to complain about
        if lines:
            pairs = (line.rpartition("=") for line in lines)
            return {name.strip(): path.strip() for name, found, path in pairs if found}
    return {}


def _from_toml(*keys: str) -> Read:
    def read(text: str) -> list[str]:
        value: Any = tomllib.loads(text)
        for key in (*keys, "asr_interpreters"):
            value = value.get(key, {}) if isinstance(value, dict) else {}
        lines = value.splitlines() if isinstance(value, str) else value
        return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []

    return read


def _from_ini(text: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    for section in ("pytest", "tool:pytest"):
        if parser.has_option(section, "asr_interpreters"):
            return [line for line in parser.get(section, "asr_interpreters").splitlines() if line.strip()]
    return []


_CONFIGURATIONS: tuple[tuple[str, Read], ...] = (
    ("pytest.toml", _from_toml("pytest")),
    ("pytest.ini", _from_ini),
    ("pyproject.toml", _from_toml("tool", "pytest")),
    ("pyproject.toml", _from_toml("tool", "pytest", "ini_options")),
    ("tox.ini", _from_ini),
    ("setup.cfg", _from_ini),
)
