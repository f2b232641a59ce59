"""What every engine is given when a session begins, and which one the user has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata

from pytest_asrbench.engine.hosting import Policy
from pytest_asrbench.engine.planning import Planner
from pytest_asrbench.engine.protocol import Engine, Events
from pytest_asrbench.errors import UsageError
from pytest_asrbench.support import entry_points
from pytest_asrbench.support.checks import hint

GROUP = "pytest_asrbench.engines"
_REMEDY = "correct the name, install its package, or put its folder on pytest's pythonpath"
_OFFERED = ("exclusive", "submit", "result", "repeat", "start", "close")


@dataclass(frozen=True, slots=True)
class Setup:
    """planner: how a model is started on this machine. policy: how to measure. events: who is told of the progress."""

    planner: Planner
    policy: Policy
    events: Events


def engine(name: str, setup: Setup) -> Engine:
    """Return the engine that is installed as `name`, or that a project has as "module:Class".

    Raises UsageError for one that is not there, does not load, or offers less than `Engine`.
    """
    installed = entry_points.offered(GROUP)
    if name not in installed and ":" not in name:
        raise UsageError(f"--asr-engine={name}: there is no such engine; {hint(name, installed)}")
    point = installed.get(name) or metadata.EntryPoint(name, name, GROUP)
    with entry_points.loading(f"--asr-engine={name}: {point.value}", _REMEDY):
        make = point.load()
    made: Engine = make(setup)
    lacking = [offered for offered in _OFFERED if not hasattr(made, offered)]
    if lacking:
        raise UsageError(f"--asr-engine={name}: {point.value} has no {', '.join(lacking)}: derive it from Engine")
    return made
