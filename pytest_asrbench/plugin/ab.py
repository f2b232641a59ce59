"""--asr-ab: the second model is held against the first one, which took turns with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_asrbench.engine.turns import Turns
from pytest_asrbench.plugin import speed_gate

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession


def run(asr: AsrSession, corpus: str) -> None:
    """Measure the pair on a corpus whose cases are through, and note how much slower the second is."""
    first, second = asr.settings.ab
    turns = Turns(asr.measuring, asr.of(first, corpus), asr.of(second, corpus), speed_gate.terms(asr))
    what = f"turns of {first} and {second} on {corpus}"
    with asr.measuring.further(turns.outcomes, lambda error: asr.notes.append(f"{what} ended early: {error}")):
        turns.take()
    asr.end_models()
    slowdown = turns.judged()
    asr.notes.append(f"A/B on {corpus}, {second} against {first}: {slowdown.sentence()}")
    speed_gate.record(asr, second, corpus, first, slowdown)
