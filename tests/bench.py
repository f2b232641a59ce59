"""A small project to run the plugin in: clips, a scripted model, and what a session left behind."""

from __future__ import annotations

import csv
import importlib
import json
import os
import pkgutil
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cpuinfo
import numpy as np
import pytest
import soundfile

import pytest_asrbench

RATE = 16_000
SPARED = ("-p", "no:anyio")  # a plugin that the hub's client brings along and that loads slowly

# For sessions in this process: what is imported while a test runs is forgotten after it, and would be there twice.
for _module in pkgutil.walk_packages(pytest_asrbench.__path__[:1], "pytest_asrbench."):
    if not _module.name.endswith((".__main__", ".boot")):
        importlib.import_module(_module.name)
# pytest-benchmark asks half a dozen programs for the processor, in each session anew.
cpuinfo.get_cpu_info = cache(cpuinfo.get_cpu_info)


def sentence(number: int) -> str:
    """The reference of clip `number`: six words."""
    return f"this is clip number {number} here"


class Bench:
    """A project folder with a corpus `clips` and scripts for the stub; apart: each session has its own process."""

    apart = False

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path

    def clips(self, count: int = 3, folder: str = "clips", seconds: float = 0.5) -> None:
        """Write clips c0, c1 ... with their transcripts."""
        (self.path / folder).mkdir(parents=True, exist_ok=True)
        samples = np.sin(np.arange(int(RATE * seconds)) * 0.1).astype("float32")
        for number in range(count):
            soundfile.write(self.path / folder / f"c{number}.wav", samples, RATE)
            (self.path / folder / f"c{number}.txt").write_text(sentence(number), "utf-8")

    def script(
        self, name: str = "good", *, count: int = 3, clips: dict[int, dict[str, Any]] | None = None, **step: Any
    ) -> str:
        """Write the stub's script `name`, which says every reference right but for `clips`. Returns its spec."""
        steps: dict[str, dict[str, Any]] = {f"clips/c{n}": {"text": sentence(n)} for n in range(count)}
        for number, change in (clips or {}).items():
            steps[f"clips/c{number}"] |= change
        (self.path / f"{name}.json").write_text(json.dumps({**step, "clips": steps}), "utf-8")
        return f"stub:./{name}.json"

    def model(self, name: str, script: str) -> None:
        """Define a project model `name` that follows the script of the spec `script`."""
        source = script.partition(":")[2]
        self.model_table(f'[models.{name}]\nadapter = "stub"\nsource = "{source}"\n')

    def model_table(self, lines: str) -> None:
        """Add lines to the project's asrbench.toml."""
        with (self.path / "asrbench.toml").open("a", encoding="utf-8") as file:
            file.write(lines)

    def run(self, *arguments: str, corpus: str = "./clips") -> pytest.RunResult:
        """Run a session over `corpus` that says no more than what is looked for; see `session`."""
        return self.session(*self._given(arguments, corpus))

    def session(self, *arguments: str) -> pytest.RunResult:
        """Run a session in this process, which spares it the start of another one; its models have theirs as ever.

        One whose packages lie on PYTHONPATH, or that `apart` says it of, has its own.
        """
        if self.apart or "PYTHONPATH" in os.environ:
            return self.pytester.runpytest_subprocess(*SPARED, *arguments, timeout=120)
        with warnings.catch_warnings():
            warnings.resetwarnings()  # a warning is an error to these tests, not to the sessions that they look into
            return self.pytester.runpytest_inprocess(*SPARED, *arguments)

    def run_apart(self, *arguments: str, corpus: str = "./clips", timeout: float = 120) -> pytest.RunResult:
        """Run a session in a process of its own: one that ends its process, or is about what a process has."""
        return self.pytester.runpytest_subprocess(*SPARED, *self._given(arguments, corpus), timeout=timeout)

    @staticmethod
    def _given(arguments: Sequence[str], corpus: str) -> list[str]:
        given = [] if any(argument.startswith("--asr-corpus") for argument in arguments) else [f"--asr-corpus={corpus}"]
        return [*given, "--benchmark-quiet", "-p", "no:cacheprovider", *arguments]

    def refused(self, *arguments: str, corpus: str = "./clips") -> pytest.RunResult:
        """Run a session that ends with a usage error; in this process, as nothing is to be started by it."""
        result = self.run(*arguments, corpus=corpus)
        assert result.ret == pytest.ExitCode.USAGE_ERROR, text(result)
        assert "Traceback" not in text(result)
        return result

    def rows(self) -> list[dict[str, str]]:
        """The rows of results.csv."""
        with (self.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def results(self) -> dict[str, Any]:
        """The content of results.json."""
        content: dict[str, Any] = json.loads((self.path / "reports" / "results.json").read_text("utf-8"))
        return content

    def saved(self) -> list[dict[str, Any]]:
        """The runs in pytest-benchmark's storage, oldest first."""
        return [json.loads(path.read_text("utf-8")) for path in sorted(self.path.glob(".benchmarks/*/*.json"))]

    def saved_outcomes(self) -> list[dict[str, Any]]:
        """The outcomes in the run that pytest-benchmark has saved last."""
        infos = [one["extra_info"] for one in self.saved()[-1]["benchmarks"]]
        return [json.loads(info["outcome"]) for info in infos if "outcome" in info]

    @property
    def runs(self) -> list[Path]:
        """The folders of the runs in the report folder, oldest first."""
        return sorted((self.path / "reports").glob("runs/*"))

    def newest(self) -> Path:
        """The file of the run that was saved last."""
        return sorted(self.path.glob(".benchmarks/*/*.json"))[-1]

    def journal(self) -> list[dict[str, Any]]:
        """The events in the journal of the last run."""
        text = (self.runs[-1] / "journal.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


def text(result: pytest.RunResult) -> str:
    """Everything that a session printed."""
    return result.stdout.str() + result.stderr.str()
