"""The speed gate: has a model's speed settled against its baseline, and says what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pytest_asrbench.engine import settling, sweeps
from pytest_asrbench.engine.turns import Terms
from pytest_asrbench.metrics.units import FRACTION
from pytest_asrbench.records import SCENARIO, Breach
from pytest_asrbench.statistics.speed.budget import shown

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.statistics.speed.slowdown import Slowdown


def run(asr: AsrSession, model: str, name: str) -> None:
    """Make the sweeps that the user asked for, and those that the gate needs; called when the cases are through."""
    if model in asr.settings.ab or asr.plan.whole(model, name).scenario != SCENARIO:
        return
    outcomes, asked, tell = asr.of(model, name), terms(asr), asr.notes.append
    comparison = asr.compare(model, name) if asked.tolerance is not None else None
    if comparison is None or not comparison.speed.pairs:
        sweeps.repeat(asr.measuring, sweeps.sample(outcomes), lambda made: made >= asked.sweeps, tell)
        return
    slowdown = settling.settle(asr.measuring, outcomes, comparison, asked, tell)
    record(asr, model, name, comparison.source, slowdown)


def terms(asr: AsrSession) -> Terms:
    """What the user asks of judgements of speed."""
    return Terms(tolerance(asr), asr.settings.sweeps, asr.settings.speed_budget)


def breaches(asr: AsrSession, model: str, name: str) -> list[Breach]:
    """The judgement of this session by which `model` has become too slow, if there is one."""
    from pytest_asrbench.statistics.speed.slowdown import State

    rules, accepted = asr.settings.rules, tolerance(asr)
    case = asr.plan.whole(model, name)
    found = asr.slowdowns.get(case)
    if rules is None or accepted is None or found is None:
        return []
    against, slowdown = found
    if slowdown.state is State.FOREIGN:
        text = (
            f"the speed of {model} on {name} cannot be held against {against}, as {rules.origin} asks: by the "
            f"reference workload this is another machine ({slowdown.sentence()}); save a new baseline on this one"
        )
    elif slowdown.passes(accepted):
        return []
    elif slowdown.state is not State.SLOWER or slowdown.estimate is None:
        text = (
            f"it cannot be told whether {model} on {name} is more than {FRACTION.write(accepted)} slower than "
            f"{against}, as {rules.origin} asks: {slowdown.sentence()}{_remedy(slowdown)}"
        )
    else:
        text = (
            f"{model} on {name} is {FRACTION.write(slowdown.estimate)} slower than {against}; {rules.origin} allows "
            f"{FRACTION.write(accepted)}: {slowdown.sentence()}"
        )
    return [Breach(case, "slowdown", text, slowdown.estimate, accepted, rules.origin)]


def tolerance(asr: AsrSession) -> float | None:
    """The slowdown that this session accepts, as a fraction; None: it has no gate on speed."""
    return asr.settings.rules.slowdown if asr.settings.rules is not None else None


def record(asr: AsrSession, model: str, name: str, against: str, slowdown: Slowdown) -> None:
    """Keep a judgement for the gate, the results and the summary."""
    from pytest_asrbench.statistics.speed.slowdown import State

    asr.slowdowns[asr.plan.whole(model, name)] = (against, slowdown)
    asr.speed.append({"model": model, "corpus": name, "against": against, **asdict(slowdown)})
    accepted = terms(asr).tolerance
    if accepted is not None and slowdown.state is State.UNDECIDED and slowdown.passes(accepted):
        asr.notes.append(
            f"speed of {model} on {name} against {against}: not enough rounds to be sure that it is not more than "
            f"{FRACTION.write(accepted)} slower, and passed for its estimate: {slowdown.sentence()}{_remedy(slowdown)}"
        )


def _remedy(slowdown: Slowdown) -> str:
    """What would bring a judgement, if anything of ours would."""
    if slowdown.needed is not None:
        return f"; after {slowdown.spent:.0f} s, give it more time with {shown(slowdown.needed)}, or another limit"
    if slowdown.estimate is not None:
        return "; it lies so near the limit that no time would be enough: give another limit"
    if slowdown.processes is None:
        return "; measure when other programs are quiet, both runs with --asr-sweeps=20, or take --asr-ab"
    return ""
