"""An adapter's time per clip against a hand-written loop around the same library call, on the same weights.

`python -m tests.benchmarks.adapters [--rounds=N] [--seconds=S] [NAME ...]` ends with 1 if an adapter needs more than
1.02 times the loop's time. All sides take turns on each clip, in an order that changes from turn to turn; a clip's time
is the shortest of all rounds, because whatever else the machine does only adds to it. The loop takes two turns in each
round: its ratio to itself tells what the machine's unrest makes of two equal times. First calls are not counted.
Everything computes in one thread, numpy too if OMP_NUM_THREADS and OPENBLAS_NUM_THREADS say so.

The checkpoints are tiny, so that what an adapter adds to a call, always the same fraction of a millisecond, weighs a
hundred times more here than with the weights that people use. With `--weights=base` or `--weights=tiny.en` it is real
ones, and the seconds that a session would write down against the loop's: see `real_weights`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from pytest_asrbench.adapter import Adapter, Utterance
from tests.benchmarks import real_weights
from tests.benchmarks.hand_written import FAMILIES, LANGUAGE, Family
from tests.benchmarks.turns import AGAIN, HEADINGS, LIMIT, LOOP, OURS, Call, clocked, measure, row
from tests.checkpoints import real
from tests.checkpoints.common import Clip, audio, cached, clips
from tests.real.models import WAYS

# At least so many rounds, and at least so long: short clips need more rounds to be heard once undisturbed.
ROUNDS, SECONDS = 30, 60.0
TINY = "tiny"  # checkpoints made for the purpose


def sides(family: Family) -> tuple[ExitStack, dict[str, Call], list[Clip]]:
    """Load the family's checkpoint; return what closes it, what is timed, and the clips with their words."""
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

    opened = ExitStack()
    opened.callback(adapter.close)
    return opened, {OURS: clocked(ours), LOOP: clocked(by_hand), AGAIN: clocked(by_hand)}, clips()


def main(arguments: Sequence[str]) -> int:
    """Print a table; return 1 if an adapter is slower than the limit allows."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.adapters", description="adapter / loop")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(FAMILIES)}; or {', '.join(WAYS)}")
    parser.add_argument("--weights", choices=(TINY, *real.NAMES), default=TINY, help="whose (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="at least so many for each")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="at least so long for each")
    parser.add_argument("--threads", type=int, default=1, help="of each side, with real weights")
    chosen = parser.parse_args(arguments)
    known = FAMILIES if chosen.weights == TINY else WAYS
    if unknown := set(chosen.names) - set(known):
        parser.error(f"none of the weights {chosen.weights} are called {', '.join(sorted(unknown))}")
    import torch

    torch.set_num_threads(1 if chosen.weights == TINY else chosen.threads)
    print(HEADINGS, flush=True)
    ratios = []
    for name in chosen.names or known:
        if chosen.weights == TINY:
            opened, timed, spoken = sides(FAMILIES[name])
        else:
            opened, timed, spoken = real_weights.sides(chosen.weights, WAYS[name], chosen.threads)
        with opened:
            measured = measure(timed, spoken, chosen.rounds, chosen.seconds)
        ratios.append(measured.ratio(OURS, LOOP))
        print(row(name, measured), flush=True)
    return 1 if max(ratios) > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
