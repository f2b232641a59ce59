"""The project in which the sessions run: clips, and models of each kind whose work can be increased by a level."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

from pytest_asrbench.corpus import audio

QUICKSTART = Path(__file__).parents[3] / "corpora" / "quickstart" / "audio"
RATE = 16_000
CLIPS = 16
LISTENER = '''
"""PocketSphinx, and `more` of the processor time that it took on top."""

import time

from pytest_asrbench.model_adapters.pocketsphinx import PocketSphinx


class Listener(PocketSphinx):
    def __init__(self, source, options):
        options = dict(options)
        self._more = float(options.pop("more", 0))
        super().__init__(source, options)

    def transcribe(self, batch, decoding):
        start = time.thread_time()
        transcripts = super().transcribe(batch, decoding)
        end = start + (time.thread_time() - start) * (1 + self._more)
        while time.thread_time() < end:
            pass
        return transcripts
'''


def build(folder: Path) -> None:
    """Write speech of 0.06 to 0.12 s, cut from the quickstart corpus: PocketSphinx takes some 20 ms for it."""
    chance = random.Random(0)
    (folder / "clips").mkdir(parents=True)
    speech = sorted(path for path in QUICKSTART.iterdir() if path.suffix in (".wav", ".flac", ".ogg", ".mp3"))
    for number in range(CLIPS):
        samples = audio.decode(speech[number % len(speech)], RATE, "clip").audio.numpy()
        start = chance.randrange(RATE // 2, max(RATE // 2 + 1, len(samples) - RATE))
        part = samples[start : start + round(RATE * chance.uniform(0.06, 0.12))]
        soundfile.write(folder / "clips" / f"c{number:02d}.wav", np.clip(part, -1, 1), RATE)
        (folder / "clips" / f"c{number:02d}.txt").write_text("whatever was said", "utf-8")
    (folder / "listener.py").write_text(LISTENER, "utf-8")


def set_models(folder: Path, workload: str, levels: Mapping[str, float]) -> None:
    """Define the models, each with its work and so much (0.06: 6 %) more."""
    tables = []
    for name, level in levels.items():
        tables.append(f"[models.{name}]")
        if workload == "pocketsphinx":
            tables += ['adapter = "listener:Listener"', f"options = {{ more = {level} }}"]
        else:
            (folder / f"{name}.json").write_text(json.dumps(_script(workload, level)), "utf-8")
            tables += ['adapter = "stub"', f'source = "./{name}.json"']
    (folder / "asrbench.toml").write_text("\n".join(tables) + "\n", "utf-8")


def _script(workload: str, level: float) -> dict[str, object]:
    name, least, most = {"compute": ("compute", 50, 150), "memory": ("stream", 25, 75)}[workload]
    chance = random.Random(1)
    steps = {
        f"clips/c{number:02d}": {"text": "whatever was said", name: round(chance.randint(least, most) * (1 + level))}
        for number in range(CLIPS)
    }
    return {"threads": 2, "clips": steps}
