"""The speed gate: sweeps until the judgement is sure or the budget is spent, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from pytest_asrbench.plugin import sweeps
from pytest_asrbench.records import Outcome
from pytest_asrbench.speed.sides import Side
from pytest_asrbench.verdict import percent

if TYPE_CHECKING:
    from pytest_asrbench.history import Comparison
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.speed.judge import Slowdown

PAIR_SWEEPS = 5  # of an A/B, if the user does not say


def run(asr: AsrSession, model: str, corpus: str) -> None:
    """Make the sweeps that the user asked for, and those that the gate needs; called when the cases are through."""
    if model in asr.settings.ab:
        return
    comparison = _to_judge(asr, model, corpus)
    if comparison is None:
        wanted = asr.settings.sweeps
        sweeps.repeat(asr, corpus, [model], lambda made: made >= wanted)
        return
    then = _then(comparison, {outcome.snippet for outcome in sweeps.sample(asr.of(model, corpus))})

    def sides() -> tuple[Side, Side]:
        return _side(o for o in sweeps.sample(asr.of(model, corpus)) if o.snippet in then.rounds), then

    slowdown = _settle(asr, corpus, [model], sides, _tolerance(asr), asr.settings.sweeps)
    _record(asr, model, corpus, comparison.source, slowdown)


def run_pair(asr: AsrSession, corpus: str) -> None:
    """Sweep over the two models of an A/B in turn, and note how much slower the second is."""
    first, second = asr.settings.ab

    def sides() -> tuple[Side, Side]:
        # Measured in turn, both have met the same machine and the same company: nothing has to be made up for.
        now, then = (_side(sweeps.sample(asr.of(model, corpus))) for model in (second, first))
        return replace(now, beats=(), others={}), replace(then, beats=(), others={})

    slowdown = _settle(asr, corpus, [first, second], sides, _tolerance(asr), asr.settings.sweeps or PAIR_SWEEPS)
    asr.notes.append(f"A/B on {corpus}, {second} against {first}: {slowdown.sentence(apart=False)}")
    _record(asr, second, corpus, first, slowdown)


def breaches(asr: AsrSession, model: str, corpus: str) -> list[str]:
    """A sentence for each judgement of this session by which `model` has become too slow."""
    from pytest_asrbench.speed.judge import State

    tolerances = asr.settings.tolerances
    found = asr.slowdowns.get((model, corpus))
    if tolerances is None or tolerances.rtf is None or found is None:
        return []
    against, slowdown = found
    if slowdown.state is State.FOREIGN:
        return [
            f"the speed of {model} on {corpus} cannot be held against {against}, as {tolerances.origin} asks: by the "
            f"reference workload this is another machine ({slowdown.sentence()}); save a new baseline on this one"
        ]
    if slowdown.state is not State.SLOWER or slowdown.estimate is None:
        return []
    return [
        f"{model} on {corpus} is {percent(slowdown.estimate)} slower than {against}; {tolerances.origin} allows "
        f"{percent(tolerances.rtf)}: {slowdown.sentence(apart=model not in asr.settings.ab)}"
    ]


def _tolerance(asr: AsrSession) -> float | None:
    return asr.settings.tolerances.rtf if asr.settings.tolerances is not None else None


def _to_judge(asr: AsrSession, model: str, corpus: str) -> Comparison | None:
    if asr.baseline is None or _tolerance(asr) is None:
        return None
    comparison = asr.baseline.compare(model, corpus, asr.of(model, corpus))
    return comparison if comparison.speed.pairs else None


def _settle(
    asr: AsrSession,
    corpus: str,
    models: list[str],
    sides: Callable[[], tuple[Side, Side]],
    tolerance: float | None,
    least: int,
) -> Slowdown:
    """Sweep at least `least` times and, with a tolerance, until the judgement is sure or the budget is spent."""
    from pytest_asrbench.speed.judge import MIN_ROUNDS, State, judge

    in_time = sweeps.within(asr.settings.speed_budget)

    def enough(made: int) -> bool:
        now, then = sides()
        if not now.rounds.keys() & then.rounds.keys():
            return True
        if tolerance is None or made < least:
            return made >= least
        slowdown = judge(now, then, tolerance)
        # Rounds may all lie in one busy moment: what looks slower is given the whole budget to prove otherwise.
        sure = slowdown.state in (State.WITHIN, State.FOREIGN) and slowdown.rounds_now >= MIN_ROUNDS
        return sure or not in_time()

    sweeps.repeat(asr, corpus, models, enough)
    return judge(*sides(), tolerance or 0.0)


def _record(asr: AsrSession, model: str, corpus: str, against: str, slowdown: Slowdown) -> None:
    from pytest_asrbench.speed.judge import State

    asr.slowdowns[model, corpus] = (against, slowdown)
    asr.speed.append({"model": model, "corpus": corpus, "against": against, **asdict(slowdown)})
    tolerance = _tolerance(asr)
    if tolerance is not None and slowdown.state is State.UNDECIDED:
        asr.notes.append(
            f"speed of {model} on {corpus} against {against}: not enough rounds to tell whether it is more than "
            f"{percent(tolerance)} slower: {slowdown.sentence()}; raise --asr-speed-budget, or measure both runs with "
            "more --asr-sweeps"
        )


def _side(outcomes: Iterable[Outcome]) -> Side:
    chosen = list(outcomes)
    return Side(
        {outcome.snippet: outcome.seconds for outcome in chosen},
        [beat for outcome in chosen for beat in outcome.reference_seconds],
        {outcome.snippet: outcome.cpu_seconds for outcome in chosen},
        {outcome.snippet: outcome.others for outcome in chosen},
    )


def _then(comparison: Comparison, snippets: set[str]) -> Side:
    entries = [then for _, then in comparison.speed.pairs if then.snippet in snippets]
    return Side(
        {entry.snippet: entry.rounds for entry in entries},
        [beat for entry in entries for beat in entry.reference_seconds],
        {entry.snippet: entry.cpu_rounds for entry in entries if entry.cpu_rounds},
        {entry.snippet: entry.others for entry in entries if entry.others},
    )
