"""Peak memory of a model's processes on their accelerator, by two accounts that answer different questions.

PyTorch's allocator keeps a true high-water mark of what tensors took. The driver counts everything the process holds,
the runtime's own context and other libraries included, but only when asked: its figure is the largest one seen after
a call. On a unified device both come out of the system's memory. Neither is looked at for a model on the CPU.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

KFD = Path("/sys/class/kfd/kfd/proc")


class DeviceMemory:
    """Looks after one model's device memory; `device` is the one in use ("cuda:0", "cpu" ..., "" for one not known).

    processes: those that hold it, which is ours unless the model computes in another program.
    """

    def __init__(self, device: str, processes: Callable[[], Sequence[int]] = lambda: (os.getpid(),)) -> None:
        self._kind = device.partition(":")[0]
        self._processes = processes
        self._drivers = [driver for kind, driver in _DRIVERS.items() if self._kind in (kind, "")]
        self._seen: int | None = None

    def read(self) -> dict[str, Any]:
        """Return peak_vram and peak_vram_driver (bytes, None where nobody tells) and unified (None: not known)."""
        if self._kind == "cpu":
            return {"peak_vram": None, "peak_vram_driver": None, "unified": None}
        held = [driver(self._processes()) for driver in self._drivers]
        self._seen = max((size for size in (*held, self._seen) if size is not None), default=None)
        return {"peak_vram": _allocator(), "peak_vram_driver": self._seen, "unified": _is_unified(self._kind)}


def _allocator() -> int | None:
    """PyTorch's own high-water mark over all its devices; None where it is not in use."""
    torch = sys.modules.get("torch")
    for name in ("cuda", "xpu"):
        backend = getattr(torch, name, None)
        if backend is not None and backend.is_initialized():
            return max(int(backend.max_memory_allocated(index)) for index in range(backend.device_count()))
    return None


def _is_unified(kind: str) -> bool | None:
    if kind == "mps":
        return True
    torch = sys.modules.get("torch")
    if kind in ("cuda", "rocm") and torch is not None and torch.cuda.is_initialized():
        integrated = getattr(torch.cuda.get_device_properties(0), "is_integrated", None)
        return None if integrated is None else bool(integrated)
    return None


def _nvml(processes: Sequence[int]) -> int | None:
    """What NVIDIA's driver counts for these processes; needs the package nvidia-ml-py."""
    try:
        nvml = importlib.import_module("pynvml")
        nvml.nvmlInit()
    except Exception:  # not installed, or no driver
        return None
    held = None
    for index in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle):
            # The driver does not tell inside some containers and under Windows' display driver model.
            if process.pid in processes and process.usedGpuMemory is not None:
                held = (held or 0) + int(process.usedGpuMemory)
    return held


def _kfd(processes: Sequence[int]) -> int | None:
    """What the Linux kernel's driver for AMD counts for these processes, over all devices."""
    sizes = []
    for path in (path for process in processes for path in (KFD / str(process)).glob("vram_*")):
        try:
            sizes.append(int(path.read_text("ascii")))
        except (OSError, ValueError):
            continue
    return sum(sizes) if sizes else None


_DRIVERS: dict[str, Callable[[Sequence[int]], int | None]] = {"cuda": _nvml, "rocm": _kfd}
