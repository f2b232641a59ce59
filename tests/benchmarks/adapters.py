"""An adapter's time per clip against a hand-written loop around the same library call, on the same weights.

`python -m tests.benchmarks.adapters [--rounds=N] [--seconds=S] [FAMILY ...]` ends with 1 if an adapter needs more than
1.02 times the loop's time. All sides take turns on each clip, in an order that changes from turn to turn; a clip's time
is the shortest of all rounds, because whatever else the machine does only adds to it. The loop takes two turns in each
round: its ratio to itself tells what the machine's unrest makes of two equal times. First calls are not counted.
Everything computes in one thread, numpy too if OMP_NUM_THREADS and OPENBLAS_NUM_THREADS say so.

The checkpoints are tiny, so that what an adapter adds to a call, always the same fraction of a millisecond, weighs a
hundred times more here than with the weights that people use.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_asrbench.adapter import Adapter, Utterance
from tests.benchmarks.hand_written import FAMILIES, LANGUAGE, Family
from tests.checkpoints.common import Clip, audio, cached, clips

LIMIT = 1.02
WARM_UP = 2
# At least so many rounds, and at least so long: short clips need more rounds to be heard once undisturbed.
ROUNDS, SECONDS = 30, 60.0
OURS, LOOP, AGAIN = "adapter", "loop", "loop again"

Call = Callable[[Clip], str]


@dataclass(frozen=True, slots=True)
class Measured:
    """The shortest seconds per clip of each side, and the number of rounds that it took to find them."""

    shortest: Mapping[str, Sequence[float]]
    rounds: int

    def mean(self, side: str) -> float:
        """Seconds of an average clip."""
        return statistics.mean(self.shortest[side])

    def ratio(self, this: str, that: str) -> float:
        """How many times longer one side takes than another for all clips together."""
        return sum(self.shortest[this]) / sum(self.shortest[that])

    def median(self, this: str, that: str) -> float:
        """The same for the clip in the middle."""
        pairs = zip(self.shortest[this], self.shortest[that], strict=True)
        return statistics.median(one / other for one, other in pairs)


def measure(sides: Mapping[str, Call], spoken: Sequence[Clip], rounds: int, seconds: float) -> Measured:
    """Let the sides take turns for at least `rounds` rounds and `seconds`, once they are warm.

    Raises ValueError if any of them ever says something else than the clip's text.
    """
    shortest = {name: [float("inf")] * len(spoken) for name in sides}
    orders = itertools.cycle(itertools.permutations(sides))
    for clip in [*spoken] * WARM_UP:
        for name in next(orders):
            _timed(name, sides[name], clip)
    begun, done = time.perf_counter(), 0
    while done < rounds or time.perf_counter() - begun < seconds:
        for place, clip in enumerate(spoken):
            for name in next(orders):
                shortest[name][place] = min(shortest[name][place], _timed(name, sides[name], clip))
        done += 1
    return Measured(shortest, done)


def _timed(name: str, call: Call, clip: Clip) -> float:
    start = time.perf_counter()
    answer = call(clip)
    seconds = time.perf_counter() - start
    if answer != clip.text:
        raise ValueError(f"{name} on {clip.id}: {answer!r} instead of {clip.text!r}")
    return seconds


def sides(family: Family) -> tuple[Adapter, dict[str, Call]]:
    """Load the family's checkpoint and return the adapter with all that is to be timed."""
    maker = importlib.import_module(f"tests.checkpoints.{family.checkpoint}")
    folder = cached(family.checkpoint, maker.make, *getattr(maker, "SOURCES", ()))
    source = folder / family.file if family.file else folder
    module, _, name = family.adapter.partition(":")
    options = {family.threads: 1} if family.threads else {}
    adapter: Adapter = getattr(importlib.import_module(f"pytest_asrbench.model_adapters.{module}"), name)(
        str(source), options
    )
    adapter.load("cpu", "auto")
    loop = family.loop(adapter, source, family.decoding)
    received = {clip.id: Utterance(audio(clip.samples, clip.id), LANGUAGE) for clip in clips()}

    def ours(clip: Clip) -> str:
        return adapter.transcribe([received[clip.id]], family.decoding)[0].text

    def by_hand(clip: Clip) -> str:
        return loop(clip.samples)

    return adapter, {OURS: ours, LOOP: by_hand, AGAIN: by_hand}


def main(arguments: Sequence[str]) -> int:
    """Print a table; return 1 if an adapter is slower than the limit allows."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.adapters", description="adapter / loop")
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"{', '.join(FAMILIES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="at least so many for each family")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="at least so long for each family")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.families) - set(FAMILIES):
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    import torch

    torch.set_num_threads(1)
    print(
        f"{'':12}{'adapter ms':>11}{'loop ms':>10}{'ratio':>8}{'median':>8}{'loop/loop':>11}{'rounds':>8}", flush=True
    )
    ratios = []
    for name in chosen.families or FAMILIES:
        adapter, timed = sides(FAMILIES[name])
        measured = measure(timed, clips(), chosen.rounds, chosen.seconds)
        adapter.close()
        ratios.append(measured.ratio(OURS, LOOP))
        print(row(name, measured), flush=True)
    return 1 if max(ratios) > LIMIT else 0


def row(name: str, measured: Measured) -> str:
    """The table's line for one family."""
    ratio, noise = measured.ratio(OURS, LOOP), measured.ratio(AGAIN, LOOP)
    verdict = f"  more than {LIMIT}" if ratio > LIMIT else ""
    if abs(noise - 1) > LIMIT - 1:
        verdict += "  too restless a machine to tell: repeat"
    return (
        f"{name:12}{1e3 * measured.mean(OURS):11.2f}{1e3 * measured.mean(LOOP):10.2f}{ratio:8.3f}"
        f"{measured.median(OURS, LOOP):8.3f}{noise:11.3f}{measured.rounds:8}{verdict}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
