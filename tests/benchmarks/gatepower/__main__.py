"""Run the sessions, tell the figures and draw the curve."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from tests.benchmarks.gatepower.figures import draw, table
from tests.benchmarks.gatepower.load import random_load
from tests.benchmarks.gatepower.sessions import METHODS, InTurn, timed

WORKLOADS = ("compute", "memory", "pocketsphinx")
CURVE = (0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.10, 0.15)


def main() -> None:
    """Read the options and do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--method", choices=METHODS, default=InTurn.name, help="in turn: --asr-ab")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--same", type=int, default=67, help="sessions that compare equal work, per workload")
    parser.add_argument("--slower", type=int, default=34, help="sessions with 6 %% more work, per workload")
    parser.add_argument("--curve", type=int, default=4, help="sessions at each other level, per workload")
    parser.add_argument("--budget", type=float, default=40.0, help="--asr-speed-budget of each session")
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
    method = METHODS[options.method]
    with tempfile.TemporaryDirectory() as name, random_load(options.seed):
        methods = {workload: method(Path(name) / workload, workload, options.budget) for workload in options.workloads}
        for number, (workload, level) in enumerate(jobs):
            if time.monotonic() > end:
                break
            record = {"method": method.name, "workload": workload, "level": level}
            record |= timed(methods[workload], level, number)
            with options.data.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
