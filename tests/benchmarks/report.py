"""The page of a large run: time and memory to build it, its size, and how fast a browser opens it.

`python -m tests.benchmarks.report [SNIPPETS ...]`: five models each (default 3,000 and 20,000), no audio.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pytest_asrbench.records import Outcome, Status
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.page.data import gather
from pytest_asrbench.report.page.document import write_page
from pytest_asrbench.report.page.findings import add_findings
from pytest_asrbench.store.results import Run
from tests.benchmarks.material import WORDS, counted, pairs
from tests.chromium import AVAILABLE, chromium
from tests.unit.outcomes import run_info

MODELS = {"large": 0.04, "medium": 0.07, "small": 0.1, "tiny": 0.16, "old": 0.4}  # and their share of wrong words
FAILED = 0.002
MIB = 2**20


def outcomes(count: int) -> Iterator[Outcome]:
    """Yield `count` snippets of 20 words for each model: one in 500 fails, tags and speakers as corpora have them."""
    words = WORDS.split()
    for place, (model, wrong) in enumerate(MODELS.items()):
        chance = random.Random(place)
        for number, (reference, _) in enumerate(pairs(count)):
            yield _outcome(model, number, reference, _heard(reference, wrong, words, chance), chance)


def _heard(reference: str, wrong: float, words: list[str], chance: random.Random) -> str:
    heard = []
    for word in reference.split():
        draw = chance.random() / wrong
        if draw < 0.3:
            continue
        heard.append(chance.choice(words) if draw < 0.8 else word)
        if 0.8 < draw < 1:
            heard.append(chance.choice(words))
    return " ".join(heard)


def _outcome(model: str, number: int, reference: str, heard: str, chance: random.Random) -> Outcome:
    facts = {
        "corpus_version": "1",
        "speaker": f"speaker {number % 200}",
        "language": "en",
        "tags": ("read", ("clean", "noisy", "far")[number % 3]),
        "reference": reference.capitalize() + ".",
        "reference_words": len(reference.split()),
        "audio_seconds": 4.0 + number % 9,
    }
    name = f"recording-{number:05d}"
    if chance.random() < FAILED:
        log = "Traceback (most recent call last):\n  ...\nRuntimeError: out of memory"
        return Outcome(model, "large", name, status=Status.ERROR, error="out of memory", log_tail=log, **facts)  # type: ignore[arg-type]
    return Outcome(
        model, "large", name, status=Status.OK, transcript=heard.capitalize() + ".", normalizer="whisper-1",
        **counted(reference, heard), seconds=(0.1 + chance.random(),), device="cpu",
        first_seconds=1.0, load_seconds=2.0, peak_ram=900 * MIB, empty_ram=20 * MIB, runtime="stub", dtype="float32",
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip


def build(count: int, path: Path) -> str:
    """Build the page of `count` snippets and return the figures in words."""
    import psutil

    made = list(outcomes(count))
    start = time.perf_counter()
    findings = analyse(made).to_dict()
    analysed = time.perf_counter()
    process = psutil.Process()
    before = process.memory_info().rss
    data = gather([Run("benchmark", _info(), lambda: made, findings)])
    add_findings(data)
    write_page(path, data)
    done = time.perf_counter()
    grown = (process.memory_info().rss - before) / MIB
    return (
        f"{count:,} snippets × {len(MODELS)} models: page {done - analysed:.2f} s (the analysis before it "
        f"{analysed - start:.2f} s), {grown:.0f} MiB more memory, file {path.stat().st_size / 1e6:.1f} MB"
    )


def _info() -> dict[str, object]:
    info = run_info(normalizers={"large": "whisper-1"}, settings={"rounds": 1, "warmup": 1, "corpora": {"large": {}}})
    return {name: getattr(info, name) for name in info.__slots__}


def opened(path: Path) -> str:
    """Open the page and return, in milliseconds since navigation began: load event, page built, first chart drawn."""
    with chromium() as browser:
        browser.open(path)
        browser.settle()
        marks = browser.evaluate(
            "[performance.getEntriesByType('navigation')[0].loadEventEnd, "
            "performance.getEntriesByName('page-built')[0].startTime, "
            "performance.getEntriesByName('chart-drawn')[0].startTime].map(Math.round)"
        )
        assert browser.problems == []
    return "opened in Chromium: load event {} ms, page built {} ms, first chart {} ms".format(*marks)


def main(counts: list[int]) -> None:
    """Print the figures of each size; each is built in a process of its own, for the sake of its memory."""
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = Path(folder) / f"{count}.html"
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.report", "build", str(count), str(path)], check=True
            )
            print(opened(path) if AVAILABLE else "no Chromium here to open it with")


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        print(build(int(sys.argv[2]), Path(sys.argv[3])), flush=True)
    else:
        main([int(argument) for argument in sys.argv[1:]] or [3_000, 20_000])
