"""Ends a server when the model's process that started it is gone: `python keeper.py SERVER_PID`.

That process holds the other end of our standard input and never writes. However it ends, killed at once or not, the
system closes its end, and we see it. Standard library alone, run as a script.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys


def main(server: int) -> None:
    """Wait for the end of our input, and kill the server with what it started."""
    sys.stdin.buffer.read()
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(server)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(server, signal.SIGKILL)  # it leads a group of its own


if __name__ == "__main__":
    main(int(sys.argv[1]))
