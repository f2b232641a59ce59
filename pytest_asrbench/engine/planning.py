"""From a model's entry to a host that can be started: interpreter, import paths, weights, log file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_asrbench.engine.host.inline import InlineHost
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan
from pytest_asrbench.engine.host.protocol import Host
from pytest_asrbench.errors import AsrBenchError, UnsuitedError
from pytest_asrbench.models import runtimes, sources
from pytest_asrbench.models.fit import over_budget
from pytest_asrbench.models.interpreters import Interpreters
from pytest_asrbench.models.registry import ModelEntry, Registry
from pytest_asrbench.models.sources import Source
from pytest_asrbench.support.redaction import redact

# Weights are local by the time a model is loaded; a library that looks for newer ones would cost repeatability.
_NO_NETWORK = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

REMOTE_CODE = "trust_remote_code"


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
        """Return how to start the model's host; raises UsageError."""
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
            log=self.log(entry.name),
            interpreter=interpreter,
            paths=tuple(path for path in paths if path),
            origin=redact(source.origin) if isinstance(source, Source) else "",
            env_names=entry.env,
            env={} if REMOTE_CODE in entry.options and not conduct.offline else _NO_NETWORK,
        )

    def log(self, model: str) -> Path:
        """Return the file that takes whatever the model prints."""
        name = re.sub(r"[^\w.-]+", "_", model)[:80]
        return self._logs() / f"{name}.log"

    def starter(self, entry: ModelEntry, on_wait: Callable[[], None]) -> Callable[[HostPlan], Host]:
        """Return what starts the model's host; it raises what is wrong with the weights, if anything is."""

        def start(plan: HostPlan) -> Host:
            source = self.source(entry)
            if isinstance(source, AsrBenchError):
                raise source
            return ChildHost(plan, on_wait) if self._conduct.isolated else InlineHost(plan)

        return start
