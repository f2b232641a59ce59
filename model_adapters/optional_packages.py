"""Packages that transformers imports wherever it sees them, though they may be built for another torch."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Any


@cache
def usable(package: str) -> bool:
    """Whether `package` is installed and can be imported."""
    try:
        importlib.import_module(package)
    except (ImportError, OSError, RuntimeError):  # a missing CUDA library is an OSError, an unknown operator the last
        return False
    return True


def hide_unusable(*packages: str) -> None:
    """Keep transformers from importing those of `packages` that are installed but cannot be imported.

    PyPI's torchaudio and torchvision are built for CUDA; beside a CPU build of torch their mere presence would make
    the import of any model fail. Call this before a model or processor of transformers is imported.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None or usable(package):
            continue
        for name in ("transformers.utils", "transformers.utils.import_utils"):
            module: Any = importlib.import_module(name)
            setattr(module, f"is_{package}_available", lambda: False)
