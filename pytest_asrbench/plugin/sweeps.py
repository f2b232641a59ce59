"""Further rounds over a corpus whose cases are through: rounds that lie apart tell a slow model from a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.history import extra_info
from pytest_asrbench.plugin import deadline, measure
from pytest_asrbench.speed.surroundings import Surroundings

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
    ranked = sorted(measured, key=lambda outcome: (outcome.audio_seconds or 0.0, outcome.key))
    step = len(ranked) / most
    chosen = {ranked[int((number + 0.5) * step)].key for number in range(most)}
    return [outcome for outcome in measured if outcome.key in chosen]


class Watch:
    """Notes with each round what other programs did meanwhile."""

    def __init__(self) -> None:
        self._surroundings = Surroundings()
        self._pending: list[tuple[Outcome, int]] = []

    def round(self, outcome: Outcome) -> None:
        """The last round of `outcome` has just been measured."""
        self._pending.append((outcome, len(outcome.others) - 1))
        load = self._surroundings.note(outcome.cpu_seconds[-1])
        if load is None:
            return
        for one, place in self._pending:
            one.others = (*one.others[:place], load, *one.others[place + 1 :])
        self._pending.clear()


def sweep(asr: AsrSession, corpus: str, models: Sequence[str], number: int, watch: Watch) -> None:
    """Measure the sample once more, the models in turn on each snippet.

    Who comes first changes from one sweep to the next. Raises AsrBenchError when a model fails; what was measured so
    far stands.
    """
    owner = asr.corpora[corpus]
    parts = {snippet.id: snippet for snippet in owner.snippets}
    samples = {model: {o.snippet: o for o in sample(asr.of(model, corpus))} for model in models}
    for name in samples[models[0]]:
        for model in models if number % 2 else reversed(models):
            outcome = samples[model].get(name)
            if outcome is None:
                continue
            asr.progress.case(model, f"{corpus}/{name}, round {len(outcome.seconds) + 1}")
            runner = asr.runner(model)
            try:
                runner.again(outcome, parts[name], deadline.seconds_left(asr.running))
            except AsrBenchError:
                raise
            except BaseException:  # as in a case: the host may be amidst a call
                runner.kill()
                raise
            watch.round(outcome)


def repeat(asr: AsrSession, corpus: str, models: Sequence[str], enough: Callable[[int], bool]) -> int:
    """Sweep until `enough(sweeps made)`; then journal what has become of the outcomes. Returns the number of sweeps.

    A model that fails ends it, with a note for the summary.
    """
    made = 0
    watch = Watch()
    since = time.monotonic()
    try:
        while not enough(made):
            sweep(asr, corpus, models, made + 1, watch)
            made += 1
            if time.monotonic() - since > WORTH * sum(_start_seconds(asr, model, corpus) for model in models):
                asr.end_runner()
                since = time.monotonic()
    except AsrBenchError as error:
        asr.notes.append(f"further rounds of {' and '.join(models)} on {corpus} ended early: {error}")
    finally:
        for outcome in (o for model in models for o in sample(asr.of(model, corpus))):
            if len(outcome.seconds) > asr.settings.rounds:
                measure.add_rounds(asr.recorded.get(outcome.key), outcome.seconds, extra_info(outcome))
                if asr.journal is not None:
                    asr.journal.append(outcome)
    return made


def _start_seconds(asr: AsrSession, model: str, corpus: str) -> float:
    """What a new process of the model costs: the interpreter, loading, and the call that warms it up."""
    measured = next((outcome for outcome in asr.of(model, corpus) if outcome.measured), None)
    if measured is None:
        return INTERPRETER_SECONDS
    return INTERPRETER_SECONDS + (measured.load_seconds or 0.0) + (measured.first_seconds or 0.0)


def within(seconds: float) -> Callable[[], bool]:
    """A function that tells whether `seconds` have not yet passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end
