"""Which Python runs a model: one rule for a session and for what is said about the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.models.entry import ModelEntry

Ask = Callable[[str], AdapterInfo | None]


class Interpreters:
    """The Pythons of a project.

    named: `asr_interpreters`, a name -> a path from the project's root. The model's name counts before the adapter's,
    that before the runtime's and the extra's. info: what an adapter says of itself, asked once and only where it
    matters; None where it is installed for another Python alone.
    """

    def __init__(self, named: Mapping[str, str], project: Path, info: Ask) -> None:
        self._named = named
        self._project = project.absolute()
        self._ask = info
        self._infos: dict[str, AdapterInfo | None] = {}

    def of_model(self, entry: ModelEntry) -> str:
        """Return the Python for a model: as it is named, or else that of the model's own entry, or else this one."""
        return self._python(self._first(entry.names) or self._by_adapter(entry.adapter) or entry.interpreter)

    def of_adapter(self, adapter: str) -> str:
        """Return the Python for an adapter's models that name none themselves."""
        return self._python(self._by_adapter(adapter))

    def all(self) -> dict[str, str]:
        """Every Python that was named."""
        return {name: self._python(path) for name, path in self._named.items()}

    def _by_adapter(self, adapter: str) -> str | None:
        if not self._named or adapter in self._named:
            return self._named.get(adapter)
        if adapter not in self._infos:
            self._infos[adapter] = self._ask(adapter)
        said = self._infos[adapter]
        return self._first((said.runtime, said.extra)) if said is not None else None

    def _first(self, names: Sequence[str]) -> str | None:
        return next((self._named[name] for name in names if name in self._named), None)

    def _python(self, path: str | None) -> str:
        return str(self._project / path) if path else sys.executable
