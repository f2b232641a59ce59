"""How often is a difference called real where a few transcripts run away? On simulated corpora.

`python -m tests.benchmarks.heavy_tails [CORPORA]` (1,000 a line unless told) prints the table of docs/numbers.md: the
share of corpora on which each test calls two systems different. Corpora are those of `coverage`, with 20 to 500
snippets, and loops of a Pareto length on top: 25 words at least, the mean of what is beyond infinite but for a bound
of 400, as decoders have one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from pytest_asrbench.metrics.alignment import Alignments
from pytest_asrbench.statistics.comparing import compare
from pytest_asrbench.statistics.intervals import speaker_blocks
from pytest_asrbench.statistics.ranks import NOTHING
from pytest_asrbench.statistics.significance import ALPHA, MEANS, Comparison
from pytest_asrbench.statistics.significance import chance as chance_of
from tests.benchmarks.coverage import Chance, difficulties, spoken

SHORTEST, LONGEST = 25, 400  # words in a loop
TAIL = 1.0  # of the Pareto distribution
SEED = 5


@dataclass(frozen=True)
class Scene:
    """Two systems: how many of the first one's errors the second makes, which share of the snippets loops in each.

    size: snippets, None for 20 to 500. voices: speakers, 0 for none.
    """

    name: str
    errors: float = 1.0
    loops: tuple[float, float] = (0.0, 0.0)
    size: int | None = None
    voices: int = 0


EQUAL = (
    Scene("ordinary"),
    Scene("ordinary, 30 speakers", size=300, voices=30),
    Scene("3 % loop in both", loops=(0.03, 0.03)),
    Scene("10 % loop in both, 20 snippets", loops=(0.1, 0.1), size=20),
    Scene("3 % loop in both, 30 speakers", loops=(0.03, 0.03), size=300, voices=30),
)
WORSE = (
    Scene("15 % fewer errors, ordinary", errors=0.85),
    Scene("30 % fewer errors, ordinary", errors=0.7),
    Scene("30 % fewer errors, 3 % loop in both", errors=0.7, loops=(0.03, 0.03)),
    Scene("half the errors, 3 % loop in both", errors=0.5, loops=(0.03, 0.03)),
    Scene("3 times the errors, 10 % loop in it, 20 snippets", errors=3.0, loops=(0.0, 0.1), size=20),
    Scene("3 times the errors, 10 % loop in it, 50 snippets", errors=3.0, loops=(0.0, 0.1), size=50),
    Scene("equal but for loops in 3 % of one", loops=(0.0, 0.03)),
)


def drawn(chance: Chance, scene: Scene) -> Comparison:
    """Draw a corpus of the scene, and compare its two systems on it."""
    size = scene.size or int(np.exp(chance.uniform(np.log(20), np.log(500))))
    words = np.maximum(1, np.rint(chance.lognormal(np.log(13), 0.6, size))).astype(np.int64)
    voice = chance.choice(scene.voices, size) if scene.voices else np.arange(size)
    mean = float(chance.choice([0.02, 0.05, 0.1, 0.2]))
    shared = difficulties(chance, mean, voice)
    systems = []
    for kept, share in zip((1.0, scene.errors), scene.loops, strict=True):
        rates = np.clip(kept * (shared + difficulties(chance, mean, voice)) / 2, 0.0, 0.95)
        systems.append(_looping(chance, spoken(chance, words, rates, 0.0), share))
    blocks = speaker_blocks([f"s{number}" for number in voice]) if scene.voices else None
    (found,) = compare({"a": systems[0], "b": systems[1]}, blocks=blocks, seed=int(chance.integers(2**31)))
    return found


def _looping(chance: Chance, one: Alignments, share: float) -> Alignments:
    """The same with words invented at the end of a share of the snippets."""
    count = len(one.words)
    lengths = np.minimum(LONGEST, SHORTEST * (1 + chance.pareto(TAIL, count))).astype(np.int64)
    inserted = one.inserted.copy()
    inserted[np.cumsum(one.words + 1) - 1] += np.where(chance.random(count) < share, lengths, 0)
    return Alignments(one.words, one.wrong, inserted)


def line(scene: Scene, count: int) -> str:
    """The shares of `count` corpora on which means, ranks and both together call a difference real."""
    chance = np.random.default_rng(SEED)
    found = [drawn(chance, scene) for _ in range(count)]
    by_means = [chance_of(one.difference, one.test, NOTHING) * MEANS < ALPHA for one in found]
    by_ranks = [one.ranks.p < ALPHA for one in found]
    # The second makes fewer errors: the first minus the second is then above 0.
    wrong = [one.significant and (one.difference.estimate or 0.0) * (scene.errors - 1) > 0 for one in found]
    shares = (np.mean(some) for some in (by_means, by_ranks, [one.significant for one in found], wrong))
    return f"  {scene.name:<50}" + "".join(f"{share:9.1%}" for share in shares)


def main(count: int = 1_000) -> None:
    """Print the table."""
    for title, scenes in (("two equal systems", EQUAL), ("two that differ", WORSE)):
        print(f"{title:<52}    means    ranks together    wrong")
        for scene in scenes:
            print(line(scene, count), flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
