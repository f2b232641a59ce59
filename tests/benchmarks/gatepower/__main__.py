"""Run the sessions, tell the figures and draw the curve."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.gatepower.figures import draw, table
from tests.benchmarks.gatepower.load import random_load
from tests.benchmarks.gatepower.project import build, set_work

WORKLOADS = ("compute", "memory", "pocketsphinx")
TOLERANCE = 0.03
CURVE = (0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.10, 0.15)
BASELINES = 3
# Of a baseline, for some 15 s: it is measured once, and everything is held against it.
SWEEPS = {"compute": 150, "memory": 60, "pocketsphinx": 60}


def main() -> None:
    """Read the options and do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--same", type=int, default=200, help="sessions that compare equal work, per workload")
    parser.add_argument("--slower", type=int, default=100, help="sessions with 6 %% more work, per workload")
    parser.add_argument("--curve", type=int, default=10, help="sessions at each other level, per workload")
    parser.add_argument("--budget", type=float, default=20.0, help="--asr-speed-budget of each session")
    parser.add_argument("--minutes", type=float, default=1e6, help="end after so many, whatever is left")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--data", type=Path, default=Path("gatepower.jsonl"))
    parser.add_argument("--figure", type=Path, help="draw the power curve into this file (needs matplotlib)")
    options = parser.parse_args()
    if options.same or options.slower or options.curve:
        measure(options)
    records = [json.loads(line) for line in options.data.read_text("utf-8").splitlines()]
    print("\n".join(table(records)))
    if options.figure is not None:
        draw(records, options.figure)


def measure(options: argparse.Namespace) -> None:
    """Run all sessions in one random order, so that no level is measured at a better hour than another."""
    chance = random.Random(options.seed)
    levels = [0.0] * options.same + [0.06] * options.slower + [level for level in CURVE for _ in range(options.curve)]
    jobs = [(workload, level) for workload in options.workloads for level in levels]
    chance.shuffle(jobs)
    end = time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory() as name, random_load(options.seed):
        folders = {workload: Path(name) / workload for workload in options.workloads}
        for workload, folder in folders.items():
            build(folder)
            for _ in range(BASELINES):
                session(folder, workload, 0.0, f"--asr-sweeps={SWEEPS[workload]}")
        for workload, level in jobs:
            if time.monotonic() > end:
                break
            record = compare(folders[workload], workload, level, chance.randint(1, BASELINES), options.budget)
            with options.data.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")


def session(folder: Path, workload: str, level: float, *arguments: str) -> int:
    """Run a session of the plugin on the model with `level` more work; return its exit code, 0 or 1."""
    set_work(folder, workload, level)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-quiet", "--rootdir=."]
    command += ["--asr-models=mine", "--asr-corpus=./clips", "--asr-report-audio=none", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2_000:] + done.stderr[-2_000:])
    return done.returncode


def compare(folder: Path, workload: str, level: float, baseline: int, budget: float) -> dict[str, Any]:
    """One session against a baseline: what the gate said, and what two means would have said."""
    start = time.monotonic()
    code = session(
        *(folder, workload, level, f"--benchmark-compare={baseline:04d}", "--benchmark-save=x"),
        *(f"--asr-compare-fail=rtf:{TOLERANCE:.0%}", f"--asr-speed-budget={budget}"),
    )
    seconds = time.monotonic() - start
    (judgement,) = json.loads((folder / "reports" / "results.json").read_text("utf-8"))["speed"]
    then, now = (dict(_means(_saved(folder, name))) for name in (f"{baseline:04d}_*", "*_x"))
    for path in folder.glob(".benchmarks/*/*_x.json"):
        path.unlink()
    slower = [now[name] / then[name] - 1 for name in now]
    return {
        "workload": workload,
        "level": level,
        "failed": bool(code),
        "any mean": max(slower) > TOLERANCE,
        "sum of means": sum(now.values()) / sum(then.values()) - 1 > TOLERANCE,
        "mean ratio": sum(now.values()) / sum(then.values()) - 1,
        "seconds": round(seconds, 1),
        **judgement,
    }


def _saved(folder: Path, name: str) -> Mapping[str, Any]:
    (path,) = folder.glob(f".benchmarks/*/{name}.json")
    saved: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return saved


def _means(saved: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for benchmark in saved["benchmarks"]:
        if benchmark["group"] == "snippets":
            yield benchmark["name"], benchmark["stats"]["mean"]


if __name__ == "__main__":
    main()
