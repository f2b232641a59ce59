"""The sessions: real ones, in processes of their own, and what the gate and two means say of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.gatepower.project import build, set_models

TOLERANCE = 0.03
BASELINES = 3
# Of a baseline, for some 15 s: it is measured once, and everything is held against it.
SWEEPS = {"compute": 150, "memory": 60, "pocketsphinx": 60}
FIRST, SECOND = "then", "now"

Means = Mapping[str, float]  # by snippet


class _Method:
    """One workload's project, in which sessions of a budget (seconds) are run."""

    def __init__(self, folder: Path, workload: str, budget: float) -> None:
        self._folder = folder
        self._workload = workload
        self._budget = budget
        build(folder)


class InTurn(_Method):
    """Both models in one session: --asr-ab."""

    name = "in turn"

    def __init__(self, folder: Path, workload: str, budget: float) -> None:
        super().__init__(folder, workload, budget)
        self._before: Means = {}

    def compare(self, level: float, _number: int) -> dict[str, Any]:
        """A session; the means are held against each other, and against those of the session before."""
        set_models(self._folder, self._workload, {FIRST: 0.0, SECOND: level})
        code = run(self._folder, f"--asr-ab={FIRST},{SECOND}", *_gate(self._budget))
        found = means(self._folder, "*_x")
        clear(self._folder)
        told = {f"in turn, {judge}": said for judge, said in by_means(found[FIRST], found[SECOND]).items()}
        if self._before:
            told |= by_means(self._before, found[SECOND])
        self._before = found[FIRST]
        return {"failed": bool(code), **told, **judgement(self._folder)}


class AgainstBaseline(_Method):
    """One model, held against a run that was saved before."""

    name = "baseline"

    def __init__(self, folder: Path, workload: str, budget: float) -> None:
        super().__init__(folder, workload, budget)
        set_models(folder, workload, {SECOND: 0.0})
        for _ in range(BASELINES):
            run(folder, f"--asr-models={SECOND}", f"--asr-sweeps={SWEEPS[workload]}")

    def compare(self, level: float, number: int) -> dict[str, Any]:
        """A session against one of the baselines."""
        baseline = f"{number % BASELINES + 1:04d}"
        set_models(self._folder, self._workload, {SECOND: level})
        code = run(self._folder, f"--asr-models={SECOND}", f"--benchmark-compare={baseline}", *_gate(self._budget))
        then, now = (means(self._folder, name)[SECOND] for name in (f"{baseline}_*", "*_x"))
        clear(self._folder)
        return {"failed": bool(code), **by_means(then, now), **judgement(self._folder)}


METHODS = {method.name: method for method in (InTurn, AgainstBaseline)}


def run(folder: Path, *arguments: str) -> int:
    """Run a session of the plugin; return its exit code, 0 or 1."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-quiet", "--rootdir=."]
    command += ["--asr-corpus=./clips", "--asr-report-audio=none", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2_000:] + done.stderr[-2_000:])
    return done.returncode


def timed(method: InTurn | AgainstBaseline, level: float, number: int) -> dict[str, Any]:
    """A session's figures, and what it took."""
    start = time.monotonic()
    told = method.compare(level, number)
    return told | {"took": round(time.monotonic() - start, 1)}


def judgement(folder: Path) -> dict[str, Any]:
    """What the gate has said in the last session."""
    (said,) = json.loads((folder / "reports" / "results.json").read_text("utf-8"))["speed"]
    return dict(said)


def means(folder: Path, name: str) -> dict[str, dict[str, float]]:
    """Mean seconds of each snippet by model, as pytest-benchmark has saved them."""
    (path,) = folder.glob(f".benchmarks/*/{name}.json")
    found: dict[str, dict[str, float]] = {}
    for benchmark in json.loads(path.read_text("utf-8"))["benchmarks"]:
        if benchmark["group"] == "snippets":
            info = benchmark["extra_info"]
            found.setdefault(info["model"], {})[info["snippet"]] = benchmark["stats"]["mean"]
    return found


def by_means(then: Means, now: Means) -> dict[str, bool | float]:
    """What two means say: those of the run, and those of any snippet, as --benchmark-compare-fail=mean:3% judges."""
    whole = sum(now.values()) / sum(then.values()) - 1
    return {
        "any mean": max(now[name] / then[name] - 1 for name in now) > TOLERANCE,
        "sum of means": whole > TOLERANCE,
        "mean ratio": whole,
    }


def clear(folder: Path) -> None:
    """Forget the last session."""
    for path in folder.glob(".benchmarks/*/*_x.json"):
        path.unlink()


def _gate(budget: float) -> tuple[str, ...]:
    return (f"--asr-compare-fail=rtf:{TOLERANCE:.0%}", f"--asr-speed-budget={budget}", "--benchmark-save=x")
