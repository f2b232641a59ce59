"""What the harness adds to a case, beside the parts it is made of, all in one run on one machine.

The raw loop decodes the same files and calls the same stub in one process: what remains is the harness. pytest alone
(a parametrized no-op), with pytest-benchmark, normalising and scoring are measured in the same way for comparison.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import soundfile
from pytest_asrbench.model_adapters.stub import Stub

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.metrics import normalizers
from tests.benchmarks.material import RATE, counted, pairs, project

REPEATS = 3
MANY = 10_000  # cases, of which a run is so long that it is measured once
NO_OP = """
import pytest

@pytest.mark.parametrize("name", [f"case-{{n}}" for n in range({count})])
def test_nothing(name{fixture}):
    {body}
"""
PEAK = """
import resource, sys, pytest

code = pytest.main(sys.argv[1:])
print("peak_kib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def pytest_session(folder: Path, *arguments: str) -> tuple[float, int]:
    """Wall seconds and peak memory (KiB) of a pytest session in a process of its own; it must pass."""
    command = [sys.executable, "-c", PEAK, "-q", "-p", "no:cacheprovider", "--benchmark-quiet", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stdout[-2_000:] + done.stderr[-2_000:])
    return elapsed, int(done.stdout.rsplit("peak_kib", 1)[1].split()[0])


def raw_loop(folder: Path, files: list[Path]) -> float:
    """Decode each file and call the stub, in this process."""
    stub = Stub(str(folder / "script.json"), {})
    stub.load("cpu", "auto")
    decoding = Decoding()

    def run() -> None:
        for path in files:
            samples, _ = soundfile.read(path, dtype="float32")
            stub.transcribe([Utterance(Audio(samples.tobytes(), RATE, f"many/{path.stem}"))], decoding)

    return seconds(run)


def measure(count: int, repeats: int) -> dict[str, float]:
    """Milliseconds per case of everything, and the session's peak memory in MiB. Fixed costs are subtracted.

    All parts are run `repeats` times in turn, and of each the least counts: other programs only ever add.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = project(folder, count)
        (folder / "few").mkdir()
        project(folder / "few", 1)
        (folder / "test_noop.py").write_text(NO_OP.format(count=count, fixture="", body="pass"))
        (folder / "test_bench.py").write_text(
            NO_OP.format(count=count, fixture=", benchmark", body="benchmark.pedantic(int, rounds=1)")
        )
        (folder / "few" / "test_one.py").write_text(NO_OP.format(count=1, fixture="", body="pass"))
        runs = [parts(folder, files) for _ in range(repeats)]
    least = {part: min(run[part] for run in runs) for part in runs[0]}
    each = {part: seconds * 1e3 / count for part, seconds in least.items()}
    session = each["session"] - each["start of a session"]
    made_of = {
        "raw loop": each["raw loop"],
        "pytest alone": each["pytest alone"] - each["start of pytest"],
        "pytest-benchmark": each["with pytest-benchmark"] - each["pytest alone"],
        "normalising": each["normalising"],
        "scoring": each["scoring"],
    }
    return {
        "cases": count,
        **made_of,
        "session": session,
        "added by the harness": session - each["raw loop"],
        "of that beside the parts": session - sum(made_of.values()),
        "start of a session (s)": least["start of a session"],
        "peak of the session (MiB)": least["peak"] / 1024,
    }


def parts(folder: Path, files: list[Path]) -> dict[str, float]:
    """Seconds of each part, and the session's peak memory in KiB."""
    models = ["--asr-models=stub:./script.json", "--asr-corpus=./many.jsonl"]
    found = {"raw loop": raw_loop(folder, files)}
    found["start of pytest"], _ = pytest_session(folder / "few", "test_one.py")
    found["start of a session"], _ = pytest_session(folder / "few", *models)
    found["pytest alone"], _ = pytest_session(folder, "test_noop.py")
    found["with pytest-benchmark"], _ = pytest_session(folder, "test_bench.py", "--benchmark-json=bench.json")
    found["session"], found["peak"] = pytest_session(folder, *models)
    normalizer = normalizers.load("whisper")
    texts = pairs(len(files))
    found["normalising"] = seconds(lambda: [normalizer.apply(t, "en") for pair in texts for t in pair])
    normal = [(normalizer.apply(r, "en"), normalizer.apply(h, "en")) for r, h in texts]
    found["scoring"] = seconds(lambda: [counted(r, h) for r, h in normal])
    return found


def main(counts: list[int]) -> None:
    """Print the figures for each number of cases."""
    for count in counts:
        figures = measure(count, REPEATS if count < MANY else 1)
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=1), flush=True)
