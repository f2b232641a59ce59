"""Who measures in a session, as its settings have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.engine import setup
from pytest_asrbench.engine.beside import Beside
from pytest_asrbench.engine.hosting import Policy
from pytest_asrbench.engine.pipelines.handing import HandingOn
from pytest_asrbench.engine.planning import Conduct, Planner
from pytest_asrbench.engine.protocol import Engine, Events
from pytest_asrbench.engine.transcripts import engine as transcripts
from pytest_asrbench.models import runtimes
from pytest_asrbench.models.entry import PIPELINE, TRANSCRIPTS
from pytest_asrbench.models.interpreters import Interpreters
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.plugin.loads import check_alone, check_engine, check_limits
from pytest_asrbench.plugin.models import project_paths
from pytest_asrbench.plugin.option_checks import check_shared_machine
from pytest_asrbench.plugin.plan import Plan
from pytest_asrbench.plugin.settings import Settings


def planner(config: pytest.Config, settings: Settings, registry: Registry, logs: Callable[[], Path]) -> Planner:
    """Return who knows how each model is started; logs: tells the folder of their output."""
    paths = project_paths(config)

    def info(adapter: str) -> AdapterInfo | None:
        if adapter in (TRANSCRIPTS, PIPELINE):
            return None
        said = runtimes.infos({adapter: registry.adapter(adapter)}, paths)[adapter]
        return said if isinstance(said, AdapterInfo) else None

    s, root = settings, config.rootpath
    conduct = Conduct(s.device, s.dtype, paths, s.isolation != "none", s.download, s.offline, s.vram_budget)
    return Planner(root, conduct, registry, Interpreters(s.interpreters, root, info), logs)


def engine(settings: Settings, plan: Plan, planner: Planner, events: Events, tell: Callable[[str], None]) -> Engine:
    """Return the engine that the user has chosen; raises UsageError, also for what it cannot be asked.

    Beside it stands one that knows the answers which were made elsewhere; `tell` is told what is amiss with them.
    """
    s = settings
    policy = Policy(s.warmup, s.timeout, s.load_timeout, beside=frozenset(s.ab))
    made = setup.engine(s.engine, setup.Setup(planner, policy, events))
    gated = s.rules is not None and s.rules.slowdown is not None
    if not made.exclusive:
        check_shared_machine(s.engine, ab=bool(s.ab), sweeps=bool(s.sweeps), gated=gated)
    if any(s.loads):
        apart = {
            "--asr-ab": s.ab,
            "--asr-sweeps": s.sweeps,
            "--asr-rounds": s.rounds > 1,
            "--asr-repeats": s.repeats > 1,
        }
        check_alone({**apart, "the limit rtf of --asr-compare-fail": gated})
        check_engine(
            s.engine, exclusive=made.exclusive, known=[name for name, e in plan.entries.items() if not e.hosted]
        )
        check_limits(s.command_line_limits, plan.sets.values())
    firsts = {name: entry.parts[0] for name, entry in plan.entries.items() if not entry.parts[0].hosted}
    corpora = list(plan.corpora.values())
    given = {name: transcripts.load(first, corpora) for name, first in firsts.items()}
    for remark in (remark for one in given.values() for remark in one.remarks):
        tell(remark)
    heard = {name: one for name, one in given.items() if plan.entries[name].hosted}
    read = {name: one for name, one in given.items() if name not in heard}
    made = HandingOn(heard, made) if heard else made
    return Beside(transcripts.Transcripts(read), read, made) if read else made
