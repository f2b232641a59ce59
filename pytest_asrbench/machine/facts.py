"""What machine this is: processor, memory, accelerators with their drivers, library versions."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench import __version__
from pytest_asrbench.machine import cgroups
from pytest_asrbench.machine.accelerators import find, output
from pytest_asrbench.machine.system_load import usable_cores

LIBRARIES = ("pytest", "pytest-benchmark", "jiwer", "rapidfuzz", "whisper-normalizer", "soundfile", "soxr", "numpy")


@cache
def facts() -> dict[str, Any]:
    """Everything below, as JSON-ready values; memory in bytes. Taken once per process.

    cores_usable: those that we may run on; cpu_quota: of how many the container may use the time, None without a quota.
    """
    import psutil

    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "cpu": cpu_name(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_logical": psutil.cpu_count(),
        "cores_usable": usable_cores(),
        "cpu_quota": cpu_quota(),
        "memory": psutil.virtual_memory().total,
        "accelerators": [accelerator.as_dict() for accelerator in find()],
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "libraries": library_versions(LIBRARIES),
        "pytest-asrbench": __version__,
    }


@cache
def cpu_quota() -> float | None:
    """Of how many cores our container may use the time; None without a quota. Read once per process."""
    found = cgroups.quota()
    return found.cores if found is not None else None


def library_versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of those of `names` that are installed here."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's marketing name, or what the platform module knows."""
    name = ""
    if sys.platform == "linux":
        name = _first(cpuinfo, ("model name", "Model", "Hardware"))
    elif sys.platform == "darwin":
        name = output(["sysctl", "-n", "machdep.cpu.brand_string"])
    return name or platform.processor() or platform.machine()


def _first(cpuinfo: Path, keys: Sequence[str]) -> str:
    """The value of the first of `keys` that the file has; ARM boards have no "model name"."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    values: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        values.setdefault(key.strip(), value.strip())
    return next((values[key] for key in keys if values.get(key)), "")
