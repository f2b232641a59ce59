"""The class of an adapter, imported in the model's process, and the versions of what it runs on."""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Sequence
from importlib import metadata

from pytest_asrbench.adapter import Loadable
from pytest_asrbench.errors import MissingDependencyError


def resolve(reference: str) -> type[Loadable]:
    """Import the class that "module:Class" names; raises MissingDependencyError."""
    module_name, _, class_name = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"the adapter {reference} cannot be imported by {sys.executable}: {error}. "
            "Install its package into that interpreter, or name another one under asr_interpreters"
        ) from error
    try:
        adapter_class: type[Loadable] = getattr(module, class_name)
    except AttributeError:
        raise MissingDependencyError(f"{module_name} ({module.__file__}) has no class {class_name}") from None
    return adapter_class


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Versions of this interpreter and of those of `packages` that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
