"""Peak memory of this process, from the operating system's own high-water mark.

Sampling would miss short peaks and cost time; the kernel's mark does neither. Linux: VmHWM (not ru_maxrss, which a
process inherits from the one that started it). macOS: ru_maxrss. Windows: PeakWorkingSetSize.
"""

from __future__ import annotations

import os
import sys
from functools import cache

METHOD = {"linux": "VmHWM", "darwin": "ru_maxrss", "win32": "PeakWorkingSetSize"}.get(sys.platform)


def peak_ram() -> int | None:
    """Largest resident size of this process so far, in bytes; None where the system keeps no such mark."""
    if sys.platform == "linux":
        return _linux_high_water()
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "win32":
        return _windows_high_water()
    return None


@cache
def _status() -> int:
    return os.open("/proc/self/status", os.O_RDONLY)  # not inheritable, as all that Python opens


def _linux_high_water() -> int | None:
    if sys.platform != "linux":
        return None
    # Read after every call of the model, so the file is opened once: a third of the time.
    return high_water(os.pread(_status(), 8_192, 0))


def high_water(status: bytes) -> int | None:
    """The mark in what Linux tells of a process, in bytes; None where it is not told (of a process that has ended)."""
    start = status.find(b"VmHWM:")
    return int(status[start:].split(maxsplit=2)[1]) * 1024 if start >= 0 else None


def _windows_high_water() -> int | None:
    if sys.platform != "win32":
        return None
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            *((name, ctypes.c_size_t) for name in ("PeakWorkingSetSize", "WorkingSetSize")),
            *((f"unused{i}", ctypes.c_size_t) for i in range(6)),
        )

    counters = Counters()
    counters.cb = ctypes.sizeof(counters)
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    kernel32.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.POINTER(Counters), wintypes.DWORD)
    if not kernel32.K32GetProcessMemoryInfo(kernel32.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        return None
    return int(counters.PeakWorkingSetSize)
