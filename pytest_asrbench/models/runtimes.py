"""Which runtimes are ready: each known adapter's own statement of what it needs, held against an environment."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.machine import environment
from pytest_asrbench.machine.environment import Environment
from pytest_asrbench.models.registry import OURS


@dataclass(frozen=True, slots=True)
class RuntimeState:
    """One adapter in one environment.

    missing: modules that cannot be found. problem: one sentence why nothing is known ("" else). command: what to run
    to mend it ("" where nothing is missing, or nothing can be said).
    """

    adapter: str
    interpreter: str
    info: AdapterInfo | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problem: str = ""

    @property
    def ready(self) -> bool:
        """Whether everything that the adapter names can be found."""
        return self.info is not None and not self.missing and not self.problem

    @property
    def command(self) -> str:
        """The pip command that installs what is missing."""
        if not self.missing or self.info is None or not self.info.extra:
            return ""
        wanted = f'"pytest-asrbench[{self.info.extra}]"'
        if self.info.apart and self.interpreter == sys.executable:  # where it would replace what others need
            place = f".venv-{self.info.extra}"
            python = f"{place}/bin/python" if os.name != "nt" else rf"{place}\Scripts\python.exe"
            return f"python -m venv {place} && {pip(python, wanted)}, and asr_interpreters = {self.adapter}={python}"
        return pip(self.interpreter, wanted)


def pip(interpreter: str, arguments: str) -> str:
    """Return the pip command for an interpreter, short where it is the one in use."""
    return f"pip install {arguments}" if interpreter == sys.executable else f"{interpreter} -m pip install {arguments}"


def infos(targets: Mapping[str, str], paths: Sequence[str] = ()) -> dict[str, AdapterInfo | str]:
    """Return what each adapter says of itself, or one sentence why it cannot be read.

    Ours import no runtime before `load` and are read here; whatever others do when they are imported, they do in a
    process of their own, which looks for them in `paths`, too.
    """
    return {name: _info(target, paths) for name, target in targets.items()}


def inspect(
    known: Mapping[str, AdapterInfo | str], places: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], RuntimeState]:
    """Return the state of each (adapter, interpreter); each interpreter is asked once."""
    wanted = list(dict.fromkeys(places))
    surroundings: dict[str, Environment] = {}
    for place in dict.fromkeys(place for _, place in wanted):
        needs = [info for name, where in wanted if where == place and isinstance(info := known[name], AdapterInfo)]
        surroundings[place] = environment.look(
            _all(info.modules for info in needs), _all(info.packages for info in needs), place
        )
    return {(name, place): _state(name, known[name], surroundings[place]) for name, place in wanted}


def check_of(target: str, options: Mapping[str, Any]) -> Callable[[Path], None] | None:
    """Return what an adapter of ours says of a folder whose weights have not come yet; None if it says nothing.

    The check raises WeightsError if the adapter does not run what the folder's configuration describes.
    """
    if not target.startswith(OURS):
        return None
    check: Callable[[Path, Mapping[str, Any]], None] | None = getattr(_class(target), "check_folder", None)
    return None if check is None else lambda folder: check(folder, options)


def stated(target: str) -> AdapterInfo | None:
    """What an adapter of ours says of all its models; None of another's, which tells when it is loaded."""
    info: AdapterInfo | None = _class(target).info if target.startswith(OURS) else None
    return info


def _info(target: str, paths: Sequence[str]) -> AdapterInfo | str:
    if not target.startswith(OURS):
        return environment.adapter_info(target, paths)
    info: AdapterInfo = _class(target).info
    return info


def _class(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _state(name: str, info: AdapterInfo | str, place: Environment) -> RuntimeState:
    if isinstance(info, str):
        return RuntimeState(name, place.executable, problem=info)
    if place.problem:
        return RuntimeState(name, place.executable, info, problem=place.problem)
    versions = {package: place.versions[package] for package in info.packages if package in place.versions}
    missing = tuple(module for module in info.modules if not place.modules.get(module))
    return RuntimeState(name, place.executable, info, versions, missing)


def _all(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return sorted({name for group in groups for name in group})
