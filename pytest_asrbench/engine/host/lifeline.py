"""A model's process must not outlive the session that started it, however that ended.

When the parent dies while the child waits for work, the child sees the end of the stream. While it computes it sees
nothing, so: on Linux the kernel delivers SIGKILL (that ends native code that holds the GIL, too); elsewhere a thread
watches the parent, which works as soon as native code lets the interpreter run.
"""

from __future__ import annotations

import os
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 1.0


def tie_to(parent_pid: int) -> None:
    """End this process when `parent_pid` ends."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:  # it died before the call above
            os._exit(1)
        return
    threading.Thread(target=_watch, args=(parent_pid,), name="asrbench-lifeline", daemon=True).start()


def _watch(parent_pid: int) -> None:
    if sys.platform == "win32":
        import ctypes

        synchronize, forever = 0x0010_0000, 0xFFFF_FFFF
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.OpenProcess.restype = ctypes.c_void_p
        handle = kernel32.OpenProcess(synchronize, False, parent_pid)
        if handle:
            kernel32.WaitForSingleObject(ctypes.c_void_p(handle), forever)
    else:
        while os.getppid() == parent_pid:
            time.sleep(_POLL_SECONDS)
    os._exit(1)
