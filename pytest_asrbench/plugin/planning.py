"""From a model's entry to a host that can be started: interpreter, import paths, weights, log file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.engine.host.inline import InlineHost
from pytest_asrbench.engine.host.parent import Host
from pytest_asrbench.engine.host.plan import HostPlan
from pytest_asrbench.errors import AsrBenchError, UsageError
from pytest_asrbench.models import interpreters, runtimes, sources
from pytest_asrbench.models.registry import ModelEntry, Registry
from pytest_asrbench.models.sources import Source
from pytest_asrbench.plugin.report_folder import ReportFolder
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.support.checks import hint
from pytest_asrbench.support.redaction import redact, with_secrets

# Weights are local by the time a model is loaded; a library that looks for newer ones would cost repeatability.
_NO_NETWORK = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

REMOTE_CODE = "trust_remote_code"


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
        if REMOTE_CODE in entry.options:
            raise UsageError(
                f"{spec}: the option {REMOTE_CODE} is set by a file or in brackets, but only "
                "--asr-trust-remote-code=MODEL@REVISION on the command line may allow remote code; take it out"
            )
        revision = next((self._settings.trusted[name] for name in entry.names if name in self._settings.trusted), None)
        if revision is None:
            return entry
        if not any(f"@{revision}" in argument for argument in self._config.invocation_params.args):
            raise UsageError(
                "--asr-trust-remote-code comes from addopts, but only the command line itself may allow remote code; "
                "take it out of the configuration"
            )
        return replace(entry, options={**entry.options, REMOTE_CODE: revision})

    def check_names(self, entries: Iterable[ModelEntry]) -> None:
        """Raise UsageError for an option that names a model which is none: it would be without effect, in silence."""
        asked = {name for entry in entries for name in entry.names}
        for name in self._settings.trusted.keys() - asked:
            raise UsageError(f"--asr-trust-remote-code: this session has no model {name!r}; {hint(name, asked)}")
        for name in self._settings.interpreters.keys() - asked - self._registry.names:
            known = asked | self._registry.names | self._runtimes()
            if name not in known and name.partition(":")[0] not in self._registry.names:
                raise UsageError(
                    f"asr_interpreters: {name!r} is no model, adapter, runtime or extra; {hint(name, known)}"
                )

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
        interpreter = interpreters.for_model(entry, self._settings.interpreters, self._config.rootpath, self._info)
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
            env={} if REMOTE_CODE in entry.options and not self._settings.offline else _NO_NETWORK,
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

    def _info(self, adapter: str) -> AdapterInfo | None:
        """What an adapter says of itself, asked once; None where it is installed for another Python alone."""
        target = self._registry.adapter(adapter)
        if target not in self._infos:
            self._infos |= runtimes.infos({target: target}, self._project_paths())
        said = self._infos[target]
        return said if isinstance(said, AdapterInfo) else None

    def _runtimes(self) -> set[str]:
        """What all known adapters call their runtimes and extras."""
        own = {model.adapter for model in self._registry.models.values() if ":" in model.adapter}
        said = runtimes.infos({**runtimes.adapters(), **{one: one for one in own}}, self._project_paths()).values()
        return {name for one in said if isinstance(one, AdapterInfo) for name in (one.runtime, one.extra) if name}

    def _project_paths(self) -> list[str]:
        return [str(self._config.rootpath), *(str(path) for path in self._config.getini("pythonpath"))]
