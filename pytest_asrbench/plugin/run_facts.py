"""The facts of a session's run that its results are read by: what was asked, of what, on which machine, by whom."""

from __future__ import annotations

import platform
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_asrbench import __version__
from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.machine import facts
from pytest_asrbench.plugin import measure
from pytest_asrbench.plugin.plan import Plan
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.records import RunInfo
from pytest_asrbench.support.redaction import redact, redacted


def run_name() -> str:
    """Return a name that no other run has; those of one machine sort by time."""
    now = datetime.now()
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond * 4096 // 1_000_000:03x}{uuid.uuid4().hex[:3]}"


def describe(config: pytest.Config, settings: Settings, plan: Plan, run: str) -> RunInfo:
    """The facts of a run that begins now and is called `run`."""
    return RunInfo(
        run=run,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        normalizers={name: n.stamp for name, n in plan.normalizers.items()},
        settings=redacted(_settings(settings, plan)),
        machine={"node": platform.node(), **facts.facts()},
        commit=measure.commit(config),
        command=redact(" ".join(["pytest", *(str(a) for a in config.invocation_params.args)])),
    )


def _settings(settings: Settings, plan: Plan) -> dict[str, Any]:
    plain = ("device", "dtype", "rounds", "repeats", "sweeps", "warmup", "isolation", "engine")
    return {
        "models": {
            e.name: {"adapter": e.adapter, "source": e.source, "options": dict(e.options)}
            for whole in plan.entries.values()
            for e in (whole, *whole.chain)
        },
        "corpora": {c.name: _corpus(c, plan.given[c.name]) for c in plan.corpora.values()},
        "tasks": {task.name: asdict(task) for task in plan.tasks.values()},
        "ab": list(settings.ab),
        "loads": [asdict(load) for load in settings.loads if load is not None],
        **{name: getattr(settings, name) for name in plain},
    }


def _corpus(loaded: Corpus, given: str) -> dict[str, Any]:
    return {
        "version": loaded.version,
        "snippets": len(loaded.snippets),
        "language": loaded.language,
        "remarks": list(loaded.remarks),
        "source": given,
    }
