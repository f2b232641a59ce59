"""What the report header says of a session: what is going to be measured, against what, and what might be amiss."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import TYPE_CHECKING

from pytest_asrbench import __version__
from pytest_asrbench.records import TASK

if TYPE_CHECKING:
    from pytest_asrbench.engine.load import Load
    from pytest_asrbench.plugin.session import AsrSession


def lines(asr: AsrSession) -> list[str]:
    """Lines for the report header."""
    s, plan = asr.settings, asr.plan
    models, snippets = _count(plan.entries, "model"), _count(plan.snippets, "snippet")
    stamps = ", ".join(sorted(set(asr.info.normalizers.values())))
    asked = _tasks(plan.tasks) + _loads(s.loads)
    found = [
        f"asrbench {__version__}: {models} × {snippets} ({', '.join(plan.corpora)}){asked}, "
        f"device {s.device}, {s.rounds} round{'s' * (s.rounds != 1)}, normalizer {stamps}"
    ]
    if asr.baselines.chosen:
        found.append(f"asrbench baseline: {asr.baselines}")
    elif asr.baselines.damage:
        found.append(f"asrbench baseline: none: {asr.baselines.damage}")
    found += _untold(asr)
    if s.isolation == "none":
        found.append("asrbench: no isolation: memory is the whole session's, and a crash ends it")
    return found


def _tasks(names: Iterable[str]) -> str:
    """The tasks, where they are not the default one alone."""
    told = ", ".join(names)
    return f", task {told}" if told != TASK else ""


def _loads(asked: Iterable[Load | None]) -> str:
    """The requests at a rate, where there are any."""
    loads = [load for load in asked if load is not None]
    if not loads:
        return ""
    names = ", ".join(load.scenario for load in loads)
    return f", {names} with {loads[0].requests} requests (seed {loads[0].seed})"


def _untold(asr: AsrSession) -> list[str]:
    """One line if any model that may know several languages is not told which one it will hear; else nothing.

    Finding it out takes a model's time.
    """
    plan = asr.plan
    several = [model for model, entry in plan.entries.items() if len(entry.languages) != 1 and entry.hosted]
    if not several:
        return []
    told = [all(plan.told(model, *one).asked is not None for model in several) for one in plan.snippets.values()]
    if all(told):
        return []
    return [
        f"asrbench language not told for {told.count(False)} of {len(told)} snippets: a model that knows several "
        "finds it out, in its own time; tell it with --asr-language=CODE or in corpus.toml"
    ]


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"
