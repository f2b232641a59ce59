"""Make every layout of the named models, or of all: `python -m tests.checkpoints.real [base] [tiny.en]`."""

from __future__ import annotations

import sys
import time

from tests.checkpoints.real import LAYOUTS, NAMES, whisper

for name in sys.argv[1:] or NAMES:
    for layout in LAYOUTS:
        started = time.perf_counter()
        path = whisper(name, layout)
        print(f"{name:8} {layout:10} {time.perf_counter() - started:6.1f} s  {path}", flush=True)
