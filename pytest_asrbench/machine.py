"""What machine this is: processor, memory, accelerators with their drivers, library versions."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench import __version__

LIBRARIES = ("pytest", "pytest-benchmark", "jiwer", "rapidfuzz", "whisper-normalizer", "soundfile", "soxr", "numpy")
_PROBE_SECONDS = 10


@cache
def facts() -> dict[str, Any]:
    """Everything below, as JSON-ready values; memory in bytes. Taken once per process."""
    import psutil

    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "cpu": cpu_name(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_logical": psutil.cpu_count(),
        "cores_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "accelerators": accelerators(),
        "python": platform.python_version(),
        "libraries": library_versions(LIBRARIES),
        "pytest-asrbench": __version__,
    }


def library_versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of those of `names` that are installed here."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def cpu_name() -> str:
    """The processor's marketing name, or what the platform module knows."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        return _output(["sysctl", "-n", "machdep.cpu.brand_string"]) or platform.processor()
    return platform.processor() or platform.machine()


def accelerators() -> list[dict[str, Any]]:
    """Graphics processors that the system shows: name, driver, memory in bytes (None if unknown or shared)."""
    return [*_nvidia(), *_amd_linux(), *_windows_adapters(), *_apple()]


def _nvidia() -> list[dict[str, Any]]:
    text = _output(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits"])
    found = []
    for line in text.splitlines():
        fields = [part.strip() for part in line.split(",")]
        if len(fields) == 3:
            memory = int(fields[2]) * 2**20 if fields[2].isdecimal() else None
            found.append({"name": fields[0], "driver": f"NVIDIA {fields[1]}", "memory": memory})
    return found


def _amd_linux() -> list[dict[str, Any]]:
    """AMD adapters from sysfs. On an APU the figure is the carve-out; the rest of its memory is the system's."""
    found = []
    for device in sorted(Path("/sys/class/drm").glob("card[0-9]/device")):
        if _read(device / "vendor") == "0x1002":
            vram = _read(device / "mem_info_vram_total")
            name = _read(device / "product_name") or f"AMD {_read(device / 'device')}"
            driver = f"amdgpu {_read(Path('/sys/module/amdgpu/version')) or platform.release()}"
            found.append({"name": name, "driver": driver, "memory": int(vram) if vram.isdecimal() else None})
    return found


def _windows_adapters() -> list[dict[str, Any]]:
    if sys.platform != "win32":
        return []
    query = "Get-CimInstance Win32_VideoController | Select-Object Name,DriverVersion | ConvertTo-Json"
    text = _output(["powershell", "-NoProfile", "-Command", query])
    try:
        entries = json.loads(text or "[]")
    except json.JSONDecodeError:
        return []
    entries = entries if isinstance(entries, list) else [entries]
    # nvidia-smi has told about NVIDIA's already. The memory that WMI reports stops at 4 GiB, so it is left out.
    return [
        {"name": entry.get("Name"), "driver": entry.get("DriverVersion"), "memory": None}
        for entry in entries
        if "nvidia" not in str(entry.get("Name")).lower()
    ]


def _apple() -> list[dict[str, Any]]:
    if sys.platform != "darwin" or platform.machine() != "arm64":
        return []
    return [{"name": cpu_name(), "driver": f"macOS {platform.mac_ver()[0]}", "memory": None}]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _output(command: Sequence[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True, stdin=subprocess.DEVNULL
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
