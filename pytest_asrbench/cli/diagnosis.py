"""What `pytest-asrbench doctor` finds: the machine, its runtimes, and for each model whether it can run, or why not."""

from __future__ import annotations

import importlib.util
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.machine import environment, facts, hints
from pytest_asrbench.machine.accelerators import Accelerator
from pytest_asrbench.machine.environment import Chain
from pytest_asrbench.machine.hints import Hint
from pytest_asrbench.models import own_code, runtimes, weights
from pytest_asrbench.models.fit import misfit
from pytest_asrbench.models.interpreters import Interpreters
from pytest_asrbench.models.registry import ModelEntry, Registry, adapters
from pytest_asrbench.models.runtimes import RuntimeState
from pytest_asrbench.store.peaks import Peaks
from pytest_asrbench.support import configuration

Unfit = Callable[[ModelEntry], tuple[str, str]]
HARNESS = "stub"  # tests the harness; that it runs says nothing about the machine
DOWNLOAD = "pytest-asrbench download"
PACKAGES = (
    *("torch", "torch-directml", "transcribe-cpp"),
    *("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-migraphx"),
)


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether a model can run here. reason and command say what is in the way and what mends it ("" if nothing)."""

    entry: ModelEntry
    runtime: str
    interpreter: str
    ready: bool
    reason: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was found."""

    machine: Mapping[str, Any]
    decoders: Mapping[str, str]
    runtimes: tuple[RuntimeState, ...]
    models: tuple[ModelState, ...]
    interpreters: Mapping[str, str]
    chains: Mapping[tuple[str, str], Chain] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        """Whether at least one model can run; the one that only tests the harness does not count."""
        return any(state.ready for state in self.models if state.entry.adapter != HARNESS)


def examine(project: Path, *, devices: bool = True, peaks: Peaks | None = None) -> Diagnosis:
    """Look at this machine and at the models of the catalogue and of `project`.

    devices: whether runtimes are asked for theirs. peaks: what models took in earlier runs.
    """
    registry = Registry(project)
    named = configuration.interpreters(project)
    models = {name: registry.chained(entry) for name, entry in registry.models.items()}
    hosted = {one.name: one for entry in models.values() for one in entry.parts if one.hosted}
    known = runtimes.infos({**adapters(), **{e.adapter: _target(registry, e) for e in hosted.values()}})

    def info(adapter: str) -> AdapterInfo | None:
        said = known.get(adapter)
        return said if isinstance(said, AdapterInfo) else None

    pythons = Interpreters(named, project, info)
    places = {name: pythons.of_model(entry) for name, entry in hosted.items()}
    wanted = [(entry.adapter, places[name]) for name, entry in hosted.items()]
    wanted += [(name, pythons.of_adapter(name)) for name in known]
    states = runtimes.inspect(known, wanted)
    here = facts.facts()
    unfit = partial(misfit, machine=here, peaks=peaks)

    def state(entry: ModelEntry) -> ModelState:
        if entry.chain:
            return _pipeline(entry, [state(one) for one in entry.chain], unfit)
        return _model(entry, states[entry.adapter, places[entry.name]], unfit) if entry.hosted else _given(entry)

    return Diagnosis(
        machine=here,
        decoders=decoders(),
        runtimes=tuple(states.values()),
        models=tuple(map(state, models.values())),
        interpreters=pythons.all(),
        chains=_chains(states) if devices else {},
    )


def advise(diagnosis: Diagnosis) -> list[Hint]:
    """Return the commands that set this machine up, each with its reason; the downloads come last."""
    missing: dict[str, tuple[str, ...]] = {}
    for state in diagnosis.runtimes:
        if state.missing and state.info is not None and state.info.extra and _here(state):
            mine = [model for model in diagnosis.models if model.entry.adapter == state.adapter]
            waiting = [model.entry.name for model in mine if model.command == state.command]
            if waiting or not mine:
                missing[state.info.extra] = (*missing.get(state.info.extra, ()), *(waiting or [state.adapter]))
    known_here = hints.Facts(
        system=platform.system(),
        architecture=platform.machine(),
        python=(sys.version_info.major, sys.version_info.minor),
        accelerators=tuple(Accelerator(**one) for one in diagnosis.machine["accelerators"]),
        versions=facts.library_versions(PACKAGES),
        environment=dict(os.environ),
        missing=missing,
    )
    downloads = [
        state.entry.name for state in diagnosis.models if state.command.startswith(DOWNLOAD) and not state.entry.chain
    ]
    reason = "their runtimes are ready, their weights are not here: name those that you want"
    return [*hints.hints(known_here), *([Hint(f"{DOWNLOAD} {shlex.join(downloads)}", reason)] if downloads else [])]


def _here(state: RuntimeState) -> bool:
    """Whether what an adapter lacks can be installed into this environment."""
    return state.interpreter == sys.executable and state.info is not None and not state.info.apart


def as_json(diagnosis: Diagnosis, advice: list[Hint]) -> dict[str, Any]:
    """Return everything as JSON-ready values."""
    return {
        "healthy": diagnosis.healthy,
        "machine": dict(diagnosis.machine),
        "decoders": dict(diagnosis.decoders),
        "runtimes": [
            {
                "adapter": state.adapter,
                "runtime": state.info.runtime if state.info else None,
                "interpreter": state.interpreter,
                "ready": state.ready,
                "versions": dict(state.versions),
                "missing": list(state.missing),
                "problem": state.problem,
                "command": state.command,
            }
            for state in diagnosis.runtimes
        ],
        "devices": [
            {"backend": backend, "interpreter": interpreter, "chain": list(chain.devices), "problem": chain.problem}
            for (backend, interpreter), chain in diagnosis.chains.items()
        ],
        "models": [
            {
                "name": state.entry.name,
                "adapter": state.entry.adapter,
                "interpreter": state.interpreter,
                "ready": state.ready,
                "reason": state.reason,
                "command": state.command,
            }
            for state in diagnosis.models
        ],
        "interpreters": dict(diagnosis.interpreters),
        "hints": [asdict(hint) for hint in advice],
    }


def decoders() -> dict[str, str]:
    """What can decode audio here: name -> version and formats, or what its absence means."""
    found = {}
    try:
        import soundfile

        formats = soundfile.available_formats()
        common = ", ".join(name.lower() for name in ("WAV", "FLAC", "OGG", "MP3") if name in formats)
        found["soundfile"] = f"{soundfile.__version__} ({soundfile.__libsndfile_version__}): {common}"
    except (ImportError, OSError) as error:
        found["soundfile"] = f"cannot be used ({error}): pip install --force-reinstall soundfile"
    if importlib.util.find_spec("av") is None:
        found["PyAV"] = 'absent; m4a, webm and other containers need it: pip install "pytest-asrbench[av]"'
    else:
        found["PyAV"] = f"{metadata.version('av')}: m4a, webm and whatever else FFmpeg reads"
    found["ffmpeg"] = shutil.which("ffmpeg") or "not on the PATH (not needed: PyAV carries its own)"
    return found


def _target(registry: Registry, entry: ModelEntry) -> str:
    try:
        return registry.adapter(entry.adapter)
    except LookupError as error:
        return str(error)


def _chains(states: Mapping[tuple[str, str], RuntimeState]) -> dict[tuple[str, str], Chain]:
    """Ask each backend once in each interpreter in which an adapter is ready to use it."""
    wanted = dict.fromkeys(
        (state.info.backend, state.interpreter) for state in states.values() if state.ready and state.info is not None
    )
    return {(b, place): environment.chain(b, place) for b, place in wanted if b not in ("", "none")}


def _model(entry: ModelEntry, state: RuntimeState, unfit: Unfit) -> ModelState:
    runtime = state.info.runtime if isinstance(state.info, AdapterInfo) else ""
    reason, command = _obstacle(entry, state, unfit)
    return ModelState(entry, runtime, state.interpreter, not reason, reason, command)


def _pipeline(entry: ModelEntry, parts: Sequence[ModelState], unfit: Unfit) -> ModelState:
    """A pipeline runs where both of its models do, and fit together."""
    lame = next((one for one in parts if not one.ready), None)
    runtime = "+".join(dict.fromkeys(filter(None, (one.runtime for one in parts))))
    reason, command = (f"{lame.entry.name}: {lame.reason}", lame.command) if lame is not None else unfit(entry)
    return ModelState(entry, runtime, parts[-1].interpreter, not reason, reason, command)


def _given(entry: ModelEntry) -> ModelState:
    """Answers that were made elsewhere: there is nothing to run."""
    there = entry.source is not None and Path(entry.source).exists()
    return ModelState(entry, "", "", there, "" if there else f"{entry.source or 'its file'} does not exist")


def _obstacle(entry: ModelEntry, state: RuntimeState, unfit: Unfit) -> tuple[str, str]:
    """Return what keeps a model from running and what mends it; ("", "") if nothing does."""
    too_large, instead = unfit(entry)
    if too_large:  # before what could be installed or downloaded: neither would help
        return too_large, instead
    if state.problem:
        return state.problem, ""
    if state.missing:
        return f"missing: {', '.join(state.missing)}", state.command
    if entry.server is not None and (lack := entry.server.obstacle(Path.cwd())):
        return lack, ""
    if absent := _weights(entry, state):
        return absent
    if state.info is not None and state.info.own_code == "must":
        name = shlex.quote(entry.name)
        return "its own code has to be allowed", f"pytest --asr-models={name} {own_code.SWITCH}={name}@COMMIT"
    return "", ""


def _weights(entry: ModelEntry, state: RuntimeState) -> tuple[str, str] | None:
    """What is the matter with a model's weights, and what mends it; None if they are there, or none are needed."""
    if entry.source is not None:
        served = state.info is not None and state.info.remote and entry.server is None
        return None if served or Path(entry.source).exists() else (f"{entry.source} does not exist", "")
    if entry.hub is not None and weights.locate(entry.hub.repo, entry.hub.files, entry.hub.revision) is None:
        size = f" ({entry.hub.bytes / 1e9:.1f} GB)" if entry.hub.bytes else ""
        return f"weights not downloaded{size}", f"{DOWNLOAD} {shlex.quote(entry.name)}"
    return None
