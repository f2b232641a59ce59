"""The versions of what is written down: which are read, and what to do about the others. One answer for every file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import SCHEMA

READ = (1, SCHEMA)
_SAID = " and ".join(map(str, READ))


def check(where: Path, schema: Any, remedy: str = "make the run again") -> None:
    """Raise HistoryError unless a file of this schema can be read; remedy: what to do about an older one."""
    if schema not in READ:
        newer = isinstance(schema, int) and schema > SCHEMA
        remedy = "update pytest-asrbench here" if newer else remedy
        raise HistoryError(f"{where} is of schema {schema}, this version reads {_SAID}: {remedy}")
