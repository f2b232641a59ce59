"""From a model's entry to a host that can be started: interpreter, import paths, weights, log file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from pytest_asrbench.adapter import REMOTE_CODE
from pytest_asrbench.engine.host.inline import InlineHost
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan
from pytest_asrbench.engine.host.protocol import Host
from pytest_asrbench.engine.pipelines.host import Listening, PipelineHost
from pytest_asrbench.errors import AsrBenchError, UnsuitedError
from pytest_asrbench.models import own_code, runtimes, sources
from pytest_asrbench.models.budget import over_budget
from pytest_asrbench.models.interpreters import Interpreters
from pytest_asrbench.models.pipelines import RESIDENT
from pytest_asrbench.models.registry import ModelEntry, Registry
from pytest_asrbench.models.sources import Source
from pytest_asrbench.support.redaction import redact

# Weights are local by the time a model is loaded; a library that looks for newer ones would cost repeatability.
_NO_NETWORK = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


@dataclass(frozen=True, slots=True)
class Conduct:
    """How all models of a session are started.

    device, dtype: as the user asked ("auto" included). paths: entries that the project adds to sys.path. isolated:
    whether each has a process of its own. download: whether weights that are not there may be fetched; offline: nothing
    may go out. vram_budget: bytes of device memory, beyond which weights are neither fetched nor loaded.
    """

    device: str = "auto"
    dtype: str = "auto"
    paths: Sequence[str] = ()
    isolated: bool = True
    download: bool = False
    offline: bool = False
    vram_budget: int | None = None


class Planner:
    """Knows how each model of a session is started on this machine. logs: tells the folder of the models' output."""

    def __init__(
        self, project: Path, conduct: Conduct, registry: Registry, interpreters: Interpreters, logs: Callable[[], Path]
    ) -> None:
        self._project = project
        self._conduct = conduct
        self._registry = registry
        self._interpreters = interpreters
        self._logs = logs
        self._sources: dict[str, Source | AsrBenchError] = {}

    def source(self, entry: ModelEntry) -> Source | AsrBenchError:
        """Return where the model's weights are, or why they are not there; looked for, or downloaded, once."""
        if entry.name not in self._sources:
            try:
                self._check_budget(entry)
                own_code.check(entry, runtimes.stated(self._registry.adapter(entry.adapter)))
                self._sources[entry.name] = sources.resolve(
                    entry,
                    self._project,
                    download=self._conduct.download,
                    offline=self._conduct.offline,
                    check=runtimes.check_of(self._registry.adapter(entry.adapter), entry.options),
                )
            except AsrBenchError as error:
                self._sources[entry.name] = error
        return self._sources[entry.name]

    def _check_budget(self, entry: ModelEntry) -> None:
        """Raise UnsuitedError for a model whose weights alone are more than the budget."""
        conduct = self._conduct
        if conduct.vram_budget is not None:
            reason = over_budget(entry, conduct.device, conduct.dtype, conduct.vram_budget)
            if reason:
                raise UnsuitedError(f"{entry.name}: {reason}")

    def plan(self, entry: ModelEntry) -> HostPlan:
        """Return how to start the model's host, or those of a pipeline; raises UsageError."""
        if not entry.chain:
            return self._of_model(entry, self.log(entry.name))
        stages = [
            replace(
                self._of_model(one, self.log(entry.name, number)), name=f"{entry.name}, stage {number} ({one.name})"
            )
            for number, one in enumerate(entry.chain, 1)
            if one.hosted
        ]
        if len(stages) < len(entry.chain):  # the other one's answers are known
            return stages[-1]
        return replace(
            stages[-1],
            name=entry.name,
            origin=" + ".join(filter(None, (one.origin for one in stages))),
            stages=tuple(stages),
            resident=entry.options.get(RESIDENT, True),
        )

    def _of_model(self, entry: ModelEntry, log: Path) -> HostPlan:
        conduct, source = self._conduct, self.source(entry)
        interpreter = self._interpreters.of_model(entry)
        # Another interpreter has libraries of its own; ours must not get among them.
        paths = [*(sys.path if interpreter == sys.executable else []), *conduct.paths]
        return HostPlan(
            name=entry.name,
            adapter=self._registry.adapter(entry.adapter),
            source=source.path if isinstance(source, Source) else None,
            options=dict(source.options if isinstance(source, Source) else entry.options),
            device=conduct.device,
            dtype=conduct.dtype,
            log=log,
            interpreter=interpreter,
            paths=tuple(path for path in paths if path),
            origin=redact(source.origin) if isinstance(source, Source) else "",
            env_names=entry.env,
            server={**asdict(entry.server), "folder": str(self._project)} if entry.server is not None else None,
            env={} if REMOTE_CODE in entry.options and not conduct.offline else _NO_NETWORK,
        )

    def log(self, model: str, stage: int = 0) -> Path:
        """Return the file that takes whatever the model prints; stage: which of a pipeline's it is, from 1."""
        name = re.sub(r"[^\w.-]+", "_", model)[:80]
        return self._logs() / f"{name}{f'.stage-{stage}' * bool(stage)}.log"

    def starter(self, entry: ModelEntry, on_wait: Callable[[], None]) -> Callable[[HostPlan], Host]:
        """Return what starts the model's host; it raises what is wrong with the weights, if anything is."""
        run = [one for one in entry.parts if one.hosted]

        def start(plan: HostPlan) -> Host:
            self._check_budget(entry)
            if not plan.stages:
                return self._start(run[-1], plan, on_wait)
            first, second = (partial(self._start, *one, on_wait) for one in zip(run, plan.stages, strict=True))
            told = Listening(run[0].prompt, run[0].max_new_tokens)
            return PipelineHost((first, second), told, resident=plan.resident)

        return start

    def _start(self, entry: ModelEntry, plan: HostPlan, on_wait: Callable[[], None]) -> Host:
        """Start the process of one model; raises what is wrong with its weights."""
        source = self.source(entry)
        if isinstance(source, AsrBenchError):
            raise source
        return ChildHost(plan, on_wait) if self._conduct.isolated else InlineHost(plan)
