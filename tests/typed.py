"""The type checker for each system that the package runs on, all at once: `python -m tests.typed`."""

from __future__ import annotations

import subprocess
import sys

PLATFORMS = ("linux", "win32", "darwin")


def main() -> int:
    """Print what mypy says for each platform; return 1 if it has failed for one of them."""
    command = [sys.executable, "-m", "mypy", *sys.argv[1:]]
    running = {
        platform: subprocess.Popen(
            [*command, f"--platform={platform}", f"--cache-dir=.mypy_cache/{platform}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for platform in PLATFORMS
    }
    said = {platform: process.communicate()[0] for platform, process in running.items()}
    print("\n".join(f"{platform}: {found.rstrip()}" for platform, found in said.items()))
    return int(any(process.returncode for process in running.values()))


if __name__ == "__main__":
    sys.exit(main())
