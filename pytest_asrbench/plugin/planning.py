"""From a model's entry to a host that can be started: interpreter, import paths, weights, log file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_asrbench import runtimes, sources
from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.host.inline import InlineHost
from pytest_asrbench.host.parent import Host
from pytest_asrbench.host.plan import HostPlan
from pytest_asrbench.plugin.options import Settings
from pytest_asrbench.plugin.report_folder import ReportFolder
from pytest_asrbench.redaction import redact, with_secrets
from pytest_asrbench.registry import ModelEntry, Registry
from pytest_asrbench.sources import Source

# Weights are local by the time a model is loaded; a library that looks for newer ones would cost repeatability.
_NO_NETWORK = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


class Planner:
    """Knows how each model of this session is started."""

    def __init__(self, config: pytest.Config, settings: Settings, registry: Registry, folder: ReportFolder) -> None:
        self._config = config
        self._settings = settings
        self._registry = registry
        self._folder = folder
        self._sources: dict[str, Source | AsrBenchError] = {}
        self._infos: dict[str, AdapterInfo | str] = {}

    def entry(self, spec: str) -> ModelEntry:
        """Return the model that `spec` names, allowed to run remote code if the user said so; raises UsageError."""
        entry = self._registry.resolve(spec)
        with_secrets(entry.options, f"the model {entry.name}")  # so that one that is not there is told before any work
        self._registry.adapter(entry.adapter)
        revision = self._settings.trusted.get(spec) or self._settings.trusted.get(spec.partition("[")[0])
        if revision is None:
            return entry
        return replace(entry, options={**entry.options, "trust_remote_code": revision})

    def source(self, entry: ModelEntry) -> Source | AsrBenchError:
        """Return where the model's weights are, or why they are not there; looked for, or downloaded, once."""
        if entry.name not in self._sources:
            try:
                self._sources[entry.name] = sources.resolve(
                    entry,
                    self._config.rootpath,
                    download=self._settings.download,
                    offline=self._settings.offline,
                )
            except AsrBenchError as error:
                self._sources[entry.name] = error
        return self._sources[entry.name]

    def plan(self, entry: ModelEntry) -> HostPlan:
        """Return how to start the model's host; raises UsageError."""
        interpreter = self._interpreter(entry)
        # Another interpreter has libraries of its own; ours must not get among them.
        paths = [*(sys.path if interpreter == sys.executable else []), *self._project_paths()]
        source = self.source(entry)
        return HostPlan(
            name=entry.name,
            adapter=self._registry.adapter(entry.adapter),
            source=source.path if isinstance(source, Source) else None,
            options=dict(entry.options),
            device=self._settings.device,
            dtype=self._settings.dtype,
            log=self.log(entry.name),
            interpreter=interpreter,
            paths=tuple(path for path in paths if path),
            origin=redact(source.origin) if isinstance(source, Source) else "",
            env_names=entry.env,
            env={} if "trust_remote_code" in entry.options and not self._settings.offline else _NO_NETWORK,
        )

    def log(self, model: str) -> Path:
        """Return the file that takes whatever the model prints."""
        name = re.sub(r"[^\w.-]+", "_", model)[:80]
        return self._folder.logs / f"{name}.log"

    def starter(self, entry: ModelEntry, on_wait: Callable[[], None]) -> Callable[[HostPlan], Host]:
        """Return what starts the model's host; it raises what is wrong with the weights, if anything is."""

        def start(plan: HostPlan) -> Host:
            source = self.source(entry)
            if isinstance(source, AsrBenchError):
                raise source
            return InlineHost(plan) if self._settings.isolation == "none" else Host(plan, on_wait)

        return start

    def _interpreter(self, entry: ModelEntry) -> str:
        named = self._settings.interpreters
        names = [entry.name, entry.name.partition("[")[0], entry.adapter]
        if named and not any(name in named for name in names):
            info = self._info(self._registry.adapter(entry.adapter))
            names += [info.runtime, info.extra] if isinstance(info, AdapterInfo) else []
        for name in names:
            if name in named:
                return str(self._config.rootpath / named[name])
        return str(self._config.rootpath / entry.interpreter) if entry.interpreter else sys.executable

    def _info(self, target: str) -> AdapterInfo | str:
        """What an adapter says of itself, asked once; a sentence where it is installed for another Python alone."""
        if target not in self._infos:
            self._infos |= runtimes.infos({target: target}, self._project_paths())
        return self._infos[target]

    def _project_paths(self) -> list[str]:
        return [str(self._config.rootpath), *(str(path) for path in self._config.getini("pythonpath"))]
