"""Further rounds over a corpus whose cases are through: rounds that lie apart tell a slow model from a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.metrics import scoring
from pytest_asrbench.plugin import deadline, measure
from pytest_asrbench.store import extra_info

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.records import Outcome

# A process is fast or slow by a few per cent by where its memory happens to lie: further rounds are taken in several.
WORTH = 4  # a new one is started when the last has worked for so many times what starting it costs
INTERPRETER_SECONDS = 0.2
MOST = 32  # snippets in a sweep: enough for a median, and a large corpus is not measured anew for a few more rounds


def sample(outcomes: Sequence[Outcome], most: int = MOST) -> list[Outcome]:
    """Of the measured outcomes at most `most`, evenly spread over the lengths of their recordings; in their order."""
    measured = [outcome for outcome in outcomes if outcome.measured]
    if len(measured) <= most:
        return measured
    ranked = sorted(measured, key=lambda outcome: (outcome.audio_seconds or 0.0, outcome.case))
    step = len(ranked) / most
    chosen = {ranked[int((number + 0.5) * step)].case for number in range(most)}
    return [outcome for outcome in measured if outcome.case in chosen]


def repeat(asr: AsrSession, model: str, corpus: str, enough: Callable[[int], bool]) -> int:
    """Sweep over a sample of the model's outcomes until `enough(sweeps made)`; return how many were made."""
    outcomes = sample(asr.of(model, corpus))
    worth = WORTH * start_seconds(outcomes)
    made = 0
    since = time.monotonic()
    with keeping(asr, outcomes, f"further rounds of {model} on {corpus}"):
        while not enough(made):
            made += 1
            for outcome in outcomes:
                one_more(asr, outcome)
            if time.monotonic() - since > worth:
                asr.end_runner()
                since = time.monotonic()
    return made


def one_more(asr: AsrSession, outcome: Outcome, *, reference: bool = True, of: str = "") -> None:
    """Measure one more round. Raises AsrBenchError when the model fails; the outcome then is as it was.

    reference: whether the reference workload may follow. of: how long all this will take, for the progress line.
    """
    name = f"{outcome.corpus}/{outcome.snippet}"
    asr.progress.case(outcome.model, f"{name}, round {len(outcome.seconds) + 1}{of}")
    runner = asr.runner(outcome.model)
    try:
        runner.again(outcome, asr.snippets[name][1], deadline.until(asr.running), reference=reference)
    except AsrBenchError:
        raise
    except BaseException:  # as in a case: the host may be amidst a call
        runner.kill()
        raise
    scoring.count_seconds(outcome, asr.normalizers[outcome.corpus])


@contextmanager
def keeping(asr: AsrSession, outcomes: Iterable[Outcome], what: str) -> Iterator[None]:
    """Journal what has become of the outcomes when the block ends, however it ends.

    A model that fails ends it, with a note for the summary that names `what`.
    """
    try:
        yield
    except AsrBenchError as error:
        asr.notes.append(f"{what} ended early: {error}")
    finally:
        for outcome in outcomes:
            if len(outcome.seconds) > asr.settings.rounds:
                measure.add_rounds(asr.recorded.get(outcome.case), outcome.seconds, extra_info(outcome))
                asr.keeper.append(outcome)


def start_seconds(outcomes: Iterable[Outcome]) -> float:
    """What a new process of their model costs: the interpreter, loading, and the call that warms it up."""
    for outcome in outcomes:
        return INTERPRETER_SECONDS + (outcome.load_seconds or 0.0) + (outcome.first_seconds or 0.0)
    return INTERPRETER_SECONDS


def stopwatch() -> Callable[[], float]:
    """A function that tells the seconds since now."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
