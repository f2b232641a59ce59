"""Repositories of a model hub that no catalogue describes: `hf:owner/name`, a revision behind an `@`.

What is taken of one is told by the layouts of the catalogue: for a model by its adapter, for an option by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.models import catalog
from pytest_asrbench.models.catalog import HubSource, Layout
from pytest_asrbench.models.entry import catalogue_text

PREFIX = "hf:"
ADAPTER = "transformers"  # runs a repository that is named without an adapter, by what its config.json says
DEFAULT_REVISION = "main"
_NAME = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@([^@\s]+))?")


@cache
def _layouts() -> Mapping[str, Layout]:
    return catalog.layouts(catalogue_text())


def of_adapter(adapter: str, name: str) -> HubSource:
    """Return what `adapter` takes of the repository `name`, "hf:owner/name"; raises UsageError."""
    for layout in _layouts().values():
        if adapter in layout.adapters:
            return _source(name, layout)
    raise UsageError(
        f"{adapter}:{name}: which files the adapter {adapter} takes of a repository is not known; describe it in "
        "asrbench.toml, by a table [models.NAME.hub]."
    )


def of_options(options: Mapping[str, Any]) -> dict[str, HubSource]:
    """Return the repositories that options name, by option: "owner/name", unless that is a path on this machine."""
    named = {key: str(options[key]) for key in options.keys() & _layouts().keys()}
    return {
        key: _source(value, _layouts()[key])
        for key, value in sorted(named.items())
        if value.startswith(PREFIX) or (_NAME.fullmatch(value) and not Path(value).exists())
    }


def _source(name: str, layout: Layout) -> HubSource:
    match = _NAME.fullmatch(name.removeprefix(PREFIX))
    if match is None:
        raise UsageError(f"{name!r} names no repository; write {PREFIX}owner/name, or {PREFIX}owner/name@revision.")
    return HubSource(match[1], layout.files, layout.optional, match[2] or DEFAULT_REVISION)
