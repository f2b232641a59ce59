"""Input of the benchmarks: many short cases with references of 20 words and transcripts with 9 % of them wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from pytest_asrbench.metrics import Context, scoring
from pytest_asrbench.records import VERBATIM

RATE = 16_000
WORDS = """
the of and to in a is that for it was as with be by on not he his but at are this have from colour night reading window
letters between mountains probably evening nothing without morning
"""
# In the bundled corpora one sentence in five holds a contraction, and one in five a number.
RARE = {"doctor's": 0.2, "seventeen": 0.2}


def counted(reference: str, heard: str) -> dict[str, Any]:
    """What an outcome has of two texts that are normalised already: texts, scores and versions of the metrics."""
    metrics = scoring.chosen(())
    return {
        "normalized_reference": reference,
        "normalized_transcript": heard,
        "scores": scoring.measure(metrics, {VERBATIM: reference}, heard, Context(str, seconds=0.1, audio_seconds=4.0)),
        "metrics": {metric.name: metric.version for metric in metrics},
    }


def pairs(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """References of 20 words and what was heard."""
    chance = random.Random(seed)
    words = WORDS.split()
    found = []
    for _ in range(count):
        said = chance.choices(words, k=20)
        for rare, share in RARE.items():
            if chance.random() < share:
                said[chance.randrange(20)] = rare
        found.append((" ".join(said), " ".join(word if chance.random() > 0.09 else "other" for word in said)))
    return found


def project(folder: Path, count: int) -> list[Path]:
    """Write `count` recordings of half a second, a manifest and the stub's script; return the recordings."""
    samples = np.random.default_rng(0).normal(0, 0.1, RATE // 2).astype("float32")
    files, lines, script = [], [], {}
    for number, (reference, heard) in enumerate(pairs(count)):
        path = folder / "audio" / f"s{number:05d}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, samples, RATE)
        files.append(path)
        lines.append(json.dumps({"audio_filepath": f"audio/{path.name}", "text": reference, "duration": 0.5}))
        script[f"many/{path.stem}"] = {"text": heard}
    (folder / "many.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "script.json").write_text(json.dumps({"clips": script}), "utf-8")
    return files
