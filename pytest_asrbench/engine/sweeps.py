"""Further rounds over a corpus whose cases are through: rounds that lie apart tell a slow model from a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from pytest_asrbench.engine.measuring import Measuring
from pytest_asrbench.records import Outcome

# A process is fast or slow by a few per cent by where its memory happens to lie: further rounds are taken in several.
WORTH = 4  # a new one is started when the last has worked for so many times what starting it costs
INTERPRETER_SECONDS = 0.2
MOST = 32  # snippets in a sweep: enough for a median, and a large corpus is not measured anew for a few more rounds


def sample(outcomes: Sequence[Outcome], most: int = MOST) -> list[Outcome]:
    """Of the timed outcomes at most `most`, evenly spread over the lengths of their recordings; in their order."""
    measured = [outcome for outcome in outcomes if outcome.measured and outcome.seconds]
    if len(measured) <= most:
        return measured
    ranked = sorted(measured, key=lambda outcome: (outcome.audio_seconds or 0.0, outcome.case))
    step = len(ranked) / most
    chosen = {ranked[int((number + 0.5) * step)].case for number in range(most)}
    return [outcome for outcome in measured if outcome.case in chosen]


def repeat(
    measuring: Measuring, outcomes: Sequence[Outcome], enough: Callable[[int], bool], tell: Callable[[str], None]
) -> int:
    """Sweep over these outcomes of one model until `enough(sweeps made)`; return how many were made.

    A model that fails ends it; `tell` is told so.
    """
    worth = WORTH * start_seconds(outcomes)
    made = 0
    since = time.monotonic()
    what = "".join(f"further rounds of {one.model} on {one.corpus}" for one in outcomes[:1])
    with measuring.further(outcomes, lambda error: tell(f"{what} ended early: {error}")):
        while not enough(made):
            made += 1
            for outcome in outcomes:
                measuring.again(outcome)
            if time.monotonic() - since > worth:
                measuring.engine.close(until=measuring.until())
                since = time.monotonic()
    return made


def start_seconds(outcomes: Iterable[Outcome]) -> float:
    """What a new process of their model costs: the interpreter, loading, and the call that warms it up."""
    for outcome in outcomes:
        return INTERPRETER_SECONDS + (outcome.load_seconds or 0.0) + (outcome.first_seconds or 0.0)
    return INTERPRETER_SECONDS


def stopwatch() -> Callable[[], float]:
    """A function that tells the seconds since now."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
