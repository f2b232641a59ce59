"""The analysis of a run: of the largest that is expected, and of the first one that a user makes."""

from __future__ import annotations

import random
import subprocess
import sys
import time

from pytest_asrbench.records import Outcome, Status
from tests.benchmarks.material import counted, pairs

SPEAKERS = 400
TAGS = ("read", "noise", "accent", "short", "far")
PEAK = """
import resource, sys
from tests.benchmarks import analysis

analysis.report({snippets}, {models})
print(f", peak {{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}} MiB")
"""


def outcomes(snippets: int, models: int, seed: int = 0) -> list[Outcome]:
    """Outcomes of a run in which each model has 9 % of the words wrong, and one transcript in 500 is a loop."""
    chance = random.Random(seed)
    return [
        _outcome(f"model-{model}", number, reference, chance)
        for model in range(models)
        for number, (reference, _) in enumerate(pairs(snippets))
    ]


def _outcome(model: str, number: int, reference: str, chance: random.Random) -> Outcome:
    heard = " ".join(word if chance.random() > 0.09 else "other" for word in reference.split())
    if chance.random() < 0.002:
        heard += " thank you" * 200
    return Outcome(
        model,
        "corpus",
        f"s{number:05d}",
        Status.OK,
        language="en",
        speaker=f"speaker-{number % SPEAKERS}",
        tags=tuple({TAGS[number % len(TAGS)], TAGS[number % 3]}),
        reference_words=20,
        **counted(reference, heard),
        audio_seconds=1.0 + number % 37,
        seconds=(0.1,),
        first_seconds=0.3,
    )


def report(snippets: int, models: int) -> None:
    """Print seconds of one analysis, imports included."""
    run = outcomes(snippets, models)
    start = time.perf_counter()
    from pytest_asrbench.report.analysis.analyse import analyse

    analyse(run)
    print(f"analysis of {snippets:,} snippets × {models}: {time.perf_counter() - start:.2f} s", end="")


def main() -> None:
    """Print both, each in a process of its own."""
    for snippets, models in ((26, 1), (20_000, 5)):
        code = PEAK.format(snippets=snippets, models=models)
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        print(done.stdout, end="", flush=True)
