"""Which graphics processors the system shows, without any runtime: by nvidia-smi, sysfs, WMI or the platform's name.

What a runtime can really use is another question; see `devices` and `environment`.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROBE_SECONDS = 10
Run = Callable[[Sequence[str]], str]

# AMD's PCI device ids -> the compiler's name of the processor, where no driver tells (pci.ids, LLVM's AMDGPU guide).
_GFX_OF_PCI = {
    "gfx1030": ("73a2", "73a3", "73a5", "73ab", "73ae", "73af", "73bf"),
    "gfx1031": ("73c3", "73ce", "73df"),
    "gfx1032": ("73e0", "73e1", "73e3", "73ef", "73ff"),
    "gfx1034": ("7421", "7422", "7423", "7424", "743f"),
    "gfx1035": ("1681",),
    "gfx1036": ("164e",),
    "gfx1100": ("7448", "7449", "744a", "744b", "744c", "745e"),
    "gfx1101": ("7460", "7461", "7470", "747e"),
    "gfx1102": ("73f0", "7480", "7481", "7483", "7487", "7489", "748b", "7499", "749f"),
    "gfx1103": ("15bf", "15c8", "1900", "1901"),
    "gfx1150": ("150e",),
    "gfx1151": ("1586",),
    "gfx1152": ("1114",),
    "gfx1200": ("7590",),
    "gfx1201": ("7550", "7551"),
}
_TARGETS = {device: target for target, devices in _GFX_OF_PCI.items() for device in devices}
# Processors that share the system's memory.
_UNIFIED = ("gfx90c", "gfx1033", "gfx1035", "gfx1036", "gfx1103", "gfx1150", "gfx1151", "gfx1152", "gfx1153")
_VENDORS = {"10de": "nvidia", "1002": "amd", "8086": "intel"}


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One graphics processor.

    vendor: "nvidia", "amd", "intel", "apple" or "". memory: bytes of its own, None if unknown; with `unified` memory
    that is the part set aside for it (None: no such part), and the rest is the system's. target: AMD's name of the
    instruction set, such as "gfx1151", None if unknown.
    """

    vendor: str
    name: str
    driver: str
    memory: int | None = None
    unified: bool = False
    target: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON-ready values."""
        return asdict(self)


def find() -> list[Accelerator]:
    """Return the graphics processors of this machine."""
    found = nvidia(output)
    if sys.platform == "linux":
        found += linux(Path("/sys"), platform.release())
    elif sys.platform == "win32":
        found += windows(output)
    elif sys.platform == "darwin":
        found += apple(output)
    return found


def nvidia(run: Run) -> list[Accelerator]:
    """What nvidia-smi lists; it comes with the driver on every system."""
    text = run(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits"])
    found = []
    for line in text.splitlines():
        fields = [part.strip() for part in line.split(",")]
        if len(fields) == 3:
            memory = int(fields[2]) * 2**20 if fields[2].isdecimal() else None
            # Where it shares the system's memory (Grace, Spark, Jetson), nvidia-smi says [N/A].
            found.append(Accelerator("nvidia", fields[0], f"NVIDIA {fields[1]}", memory, unified=memory is None))
    return found


def linux(sys_folder: Path, release: str) -> list[Accelerator]:
    """AMD's and Intel's adapters from sysfs. NVIDIA's are nvidia-smi's business."""
    targets = _kfd_targets(sys_folder)
    found = []
    for device in sorted(sys_folder.glob("class/drm/card[0-9]*/device")):
        vendor = _VENDORS.get(_read(device / "vendor").removeprefix("0x"), "")
        identity = _read(device / "device").removeprefix("0x")
        if vendor == "amd":
            found.append(_amd(device, identity, targets, _read(sys_folder / "module/amdgpu/version") or release))
        elif vendor == "intel" and _driver(device) in ("i915", "xe"):
            found.append(Accelerator("intel", f"Intel {identity}", f"{_driver(device)} {release}"))
    return found


def windows(run: Run) -> list[Accelerator]:
    """What WMI lists, except NVIDIA's. The memory that it reports stops at 4 GiB, so it is left out."""
    query = "Get-CimInstance Win32_VideoController | Select-Object Name,DriverVersion,PNPDeviceID | ConvertTo-Json"
    try:
        entries = json.loads(run(["powershell", "-NoProfile", "-NonInteractive", "-Command", query]) or "[]")
    except json.JSONDecodeError:
        return []
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        match = re.search(r"VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})", str(entry.get("PNPDeviceID")), re.IGNORECASE)
        if match is None or _VENDORS.get(match[1].lower()) == "nvidia":
            continue  # remote desktops and virtual displays have no PCI identity
        target = _TARGETS.get(match[2].lower()) if match[1] == "1002" else None
        found.append(
            Accelerator(
                _VENDORS.get(match[1].lower(), ""),
                str(entry.get("Name")),
                str(entry.get("DriverVersion")),
                unified=target in _UNIFIED,
                target=target,
            )
        )
    return found


def apple(run: Run) -> list[Accelerator]:
    """The GPU of an Apple chip; Intel Macs have none that today's runtimes support."""
    if platform.machine() != "arm64":
        return []
    name = run(["sysctl", "-n", "machdep.cpu.brand_string"]) or "Apple GPU"
    return [Accelerator("apple", name, f"macOS {platform.mac_ver()[0]}", unified=True)]


def gfx_target(version: int) -> str | None:
    """Return the name behind the kernel's `gfx_target_version`: 110501 is "gfx1151", 90010 is "gfx90a"."""
    major, minor, stepping = version // 10_000, version // 100 % 100, version % 100
    return f"gfx{major}{minor:x}{stepping:x}" if major > 0 else None


def output(command: Sequence[str]) -> str:
    """Return what a command prints, "" if it is absent, fails or takes more than ten seconds."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=True, stdin=subprocess.DEVNULL
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""


def _amd(device: Path, identity: str, targets: Mapping[str, str], version: str) -> Accelerator:
    vram = _read(device / "mem_info_vram_total")
    target = targets.get(identity) or _TARGETS.get(identity)
    return Accelerator(
        "amd",
        _read(device / "product_name") or f"AMD {identity}",
        f"amdgpu {version}",
        int(vram) if vram.isdecimal() else None,
        unified=target in _UNIFIED,
        target=target,
    )


def _kfd_targets(sys_folder: Path) -> dict[str, str]:
    """PCI device id (hexadecimal) -> target, as the compute driver knows it."""
    found = {}
    for properties in sorted(sys_folder.glob("class/kfd/kfd/topology/nodes/*/properties")):
        facts = dict(line.split(None, 1) for line in _read(properties).splitlines() if " " in line)
        try:
            target = gfx_target(int(facts.get("gfx_target_version", "0")))
            identity = f"{int(facts.get('device_id', '0')):04x}"
        except ValueError:
            continue
        if target is not None:
            found[identity] = target
    return found


def _driver(device: Path) -> str:
    link = device / "driver"
    return link.resolve().name if link.exists() else ""


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
