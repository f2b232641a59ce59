"""Cleaned dictation of two minutes a clip, with fillers, repetitions and repairs, scored by all metrics of its task.

`python -m tests.benchmarks.cleanup [CLIPS]` (default 2,000).
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pytest_asrbench.tasks.registry import load
from tests.unit.cleaned import answered
from tests.unit.labelled import clips

WORDS = 280  # of content: two minutes at an easy pace
FILLERS, REPEATED, TAKEN_BACK = 0.06, 0.05, 0.02  # of them have a filler, a repetition or a repair before them
WRONG = 0.04  # of an answer's words


def dictation(words: Sequence[str], chance: random.Random) -> tuple[str, str, str]:
    """An answer with a few words lost and a few made up, what was said, and what should come out."""
    said: list[str] = []
    clean = chance.choices(words, k=WORDS)
    for word in clean:
        kind = chance.random()
        if kind < FILLERS:
            said.append(chance.choice(("um,", "uh,", "you know,")))
        elif kind < FILLERS + REPEATED:
            said.append(word)
        elif kind < FILLERS + REPEATED + TAKEN_BACK:
            said += [chance.choice(words), "no,"]
        said.append(word)
    heard = [word for word in said if chance.random() > WRONG]
    heard += chance.choices(words, k=int(WRONG * WORDS))
    return " ".join(heard), " ".join(said), " ".join(clean)


def main(count: int) -> None:
    """Print the seconds for all, and for one."""
    metrics = load(["cleanup"], Path(), Path())["cleanup"].metrics
    words = [word for clip in clips().values() for word in clip.clean.split()]
    chance = random.Random(1)
    texts = [dictation(words, chance) for _ in range(count)]
    answered(*texts[0], metrics=metrics)  # tables are read once
    start = time.perf_counter()
    for answer, verbatim, clean in texts:
        answered(answer, verbatim, clean, metrics=metrics)
    seconds = time.perf_counter() - start
    each = seconds / count * 1e3
    print(f"cleanup: {count:,} dictations of two minutes scored in {seconds:.1f} s, {each:.1f} ms each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
