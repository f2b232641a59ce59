"""One session of the plugin over all ways to run a Whisper, and what it left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.real.models import project


@dataclass(frozen=True, slots=True)
class Session:
    """What a session printed, and the content of its results.json."""

    name: str
    printed: str
    results: Mapping[str, Any]

    def outcomes(self, way: str, corpus: str) -> dict[str, Mapping[str, Any]]:
        """The outcomes of a way on a corpus, by snippet."""
        model = f"{self.name}-{way}"
        found = [one for one in self.results["outcomes"] if (one["model"], one["corpus"]) == (model, corpus)]
        return {one["snippet"]: one for one in found}

    def said(self, way: str, corpus: str) -> dict[str, str]:
        """The transcripts, by snippet."""
        return {snippet: one["transcript"] for snippet, one in self.outcomes(way, corpus).items()}

    def normalised(self, way: str, corpus: str) -> list[str]:
        """The normalised transcripts of the snippets in which somebody speaks, in the corpus's order."""
        return [one["normalized_transcript"] for one in self.outcomes(way, corpus).values() if one["reference"]]

    def total(self, way: str, corpus: str) -> Mapping[str, Any]:
        """The totals of a way on a corpus."""
        wanted = (f"{self.name}-{way}", corpus)
        (found,) = [one for one in self.results["totals"] if (one["model"], one["corpus"]) == wanted]
        return dict(found)


def run(folder: Path, name: str, ways: Sequence[str], *arguments: str) -> Session:
    """Run a session in `folder` with the Whisper `name` in all ways; raise RuntimeError if it did not pass."""
    models = ",".join(project(folder, name, ways))
    plain = ["-p", "no:cacheprovider", "--benchmark-quiet"]
    command = [sys.executable, "-m", "pytest", f"--asr-models={models}", *plain, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-6000:]}")
    results = json.loads((folder / "reports" / "results.json").read_text("utf-8"))
    return Session(name, done.stdout, results)
