"""What shapes an answer. A resumed run takes an outcome only where all of this is as it was.

Settings and entries count with every field that is not named here as one that shapes nothing: what is added to them
later counts until somebody says that it need not. Values stand as digests: they may be long, or nobody's business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from pytest_asrbench import __version__
from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.engine.host.plan import HostPlan
from pytest_asrbench.engine.load import Load
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.metrics import scoring
from pytest_asrbench.metrics.normalizers import Normalizer
from pytest_asrbench.metrics.registry import installed
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.plugin.settings import Settings, as_written
from pytest_asrbench.store.journal import Conditions
from pytest_asrbench.tasks.task import Task

_ASIDE: Mapping[type, frozenset[str]] = {
    Settings: frozenset(
        {"models", "loads", "corpora", "tasks", "command_line_limits", "ini_limits", "rules", "baseline", "sweeps"}
        | {"speed_budget", "ab", "timeout", "load_timeout", "report_dir", "report_audio", "resume", "download"}
        | {"offline", "trusted", "interpreters", "audio_roots", "normalizer"}
    ),
    ModelEntry: frozenset(
        {"name", "source", "options", "aliases", "description", "experimental", "interpreter", "parameters", "licence"}
        | {"limits", "hub", "facts", "of", "chain"}
    ),
    Snippet: frozenset(
        {
            "id",
            "recording",
            "text",
            "transcript",
            "speaker",
            "nonspeech",
            "empty",
            "tags",
            "max_wer",
            "problem",
            "origin",
        }
        | {"others"}
    ),
}
_TASK_ASIDE = frozenset({"name", "description", "normalizer"})  # the case has the one, of the last the stamp counts


def of_model(settings: Settings, entry: ModelEntry, plan: HostPlan) -> Conditions:
    """What shapes all answers of a model: how it is asked, started and defined; its weights and its adapter's code."""
    values = {
        **{as_written(name): value for name, value in _shaping(settings).items()},
        "version of pytest-asrbench": __version__,
        **_of_entry(entry, plan),
    }
    plans = list(plan.stages or (plan,))
    for number, stage in enumerate(entry.chain, 1):
        of_stage = _of_entry(stage, plans.pop(0) if stage.hosted else plan)
        values |= {f"{name} of stage {number}": value for name, value in of_stage.items()}
    return {name: _digest(value) for name, value in values.items()}


def _of_entry(entry: ModelEntry, plan: HostPlan) -> dict[str, Any]:
    """What shapes the answers of a model, or of one that is part of it."""
    source = plan.source if entry.hosted else entry.source
    return {
        **_shaping(entry),
        "adapter": plan.adapter,
        "code of the adapter": _code(plan.adapter, plan.paths),
        "interpreter": plan.interpreter,
        "weights": [source, plan.origin, _files(Path(source)) if source else None],
        **{f"option {name}": value for name, value in entry.options.items()},
    }


def of_set(corpus: Corpus, task: Task, normalizer: Normalizer) -> Conditions:
    """What shapes the answers to all recordings of a corpus that a task is asked of, and how they are scored."""
    values = {
        **{f"{one.name} of the task": getattr(task, one.name) for one in fields(Task) if one.name not in _TASK_ASIDE},
        "language of the corpus": corpus.language,
        "version of the corpus": corpus.version,
        "normalizer": normalizer.stamp,
        "metrics": {name: metric.version for name, metric in installed().items()},
    }
    return {name: _digest(value) for name, value in values.items()}


def of_load(load: Load | None) -> Conditions:
    """What shapes what comes of a run at a rate, beside its name; nothing for single clips."""
    values = {"--asr-requests": load.requests, "--asr-seed": load.seed} if load is not None else {}
    return {name: _digest(value) for name, value in values.items()}


def of_snippet(snippet: Snippet, task: Task) -> Conditions:
    """What shapes the answer to one recording, and how it is scored."""
    own, *others = scoring.fields(task.reference, task.metrics)
    values = {
        **{f"{name} of the recording": value for name, value in _shaping(snippet).items()},
        "recording": snippet.recording.fingerprint if snippet.recording is not None else None,
        "reference": _reference(snippet, own),
        **{f"reference {name}": text for name, text in snippet.readable(others)[0].items()},
    }
    return {name: _digest(value) for name, value in values.items()}


def _shaping(record: Settings | ModelEntry | Snippet) -> dict[str, Any]:
    """The fields that count."""
    kind: type = type(record)
    return {name: getattr(record, name) for name in _counting(kind)}


@cache
def _counting(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.name not in _ASIDE[kind])


def _digest(value: Any) -> str:
    return hashlib.blake2s(_encode(value).encode(), digest_size=8).hexdigest()


_encode = json.JSONEncoder(sort_keys=True, default=str).encode  # made once: that takes longer than most values


def _files(path: Path) -> list[Any]:
    """Name, size and time of a file, or of all files in a folder: gigabytes of weights are not read for this."""
    found = []
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        try:
            state = file.stat()
        except OSError:
            continue
        if not file.is_dir():
            found.append([str(file), state.st_size, state.st_mtime_ns])
    return found


def _code(adapter: str, paths: Iterable[str]) -> str | None:
    """The file of the adapter's module, where a plain search finds it; nothing is imported."""
    parts = adapter.partition(":")[0].split(".")
    for place in paths:
        for file in (Path(place, *parts).with_suffix(".py"), Path(place, *parts, "__init__.py")):
            if file.is_file():
                return file.read_text("utf-8", "replace")
    return None


def _reference(snippet: Snippet, name: str) -> str | None:
    try:
        return snippet.reference(name)
    except AsrBenchError:
        return None
