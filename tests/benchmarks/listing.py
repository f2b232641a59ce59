"""What a long manifest costs until a sample of it can be measured: seconds, and the peak of memory, in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 1_000_000
_PROGRAM = """
import json, sys, time
import psutil
from pytest_asrbench.corpus import loading
loading.load(sys.argv[2] + "[limit=1]")
process, began = psutil.Process(), time.perf_counter()
before = process.memory_info().rss
corpus = loading.load(sys.argv[1] + sys.argv[3])
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
except ImportError:
    peak = process.memory_info().peak_wset
print(json.dumps([len(corpus.snippets), time.perf_counter() - began, (peak - before) / 2**20]))
"""


def main() -> None:
    """Print both for all of a manifest, and for samples of it."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = (_manifest(Path(folder) / f"{rows}.jsonl", rows) for rows in (2, ROWS))
        for options in ("", "[limit=500]", "[limit=500,by=speaker]"):
            command = [sys.executable, "-c", _PROGRAM, str(long), str(short), options]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            count, seconds, peak = json.loads(done.stdout)
            print(f"listing {ROWS:,} lines {options or 'whole'}: {count:,} snippets, {seconds:.1f} s, {peak:.0f} MiB")


def _manifest(path: Path, rows: int) -> Path:
    with path.open("w") as file:
        for number in range(rows):
            row = {
                "audio_filepath": f"audio/{number // 1_000}/clip-{number:07d}.wav",
                "text": f"words of clip {number}",
            }
            file.write(json.dumps({**row, "duration": 3.2, "speaker": f"s{number % 100}"}) + "\n")
    return path
