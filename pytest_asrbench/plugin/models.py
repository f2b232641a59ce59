"""The models that the user chose, and what may be said of them on the command line alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from pytest_asrbench.adapter import REMOTE_CODE, AdapterInfo
from pytest_asrbench.errors import UsageError
from pytest_asrbench.models import own_code, runtimes
from pytest_asrbench.models.registry import ModelEntry, Registry, adapters
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.support.checks import hint
from pytest_asrbench.support.redaction import with_secrets


def load(config: pytest.Config, settings: Settings, registry: Registry) -> dict[str, ModelEntry]:
    """Return each model by the specification that the user wrote; raises UsageError."""
    entries = {spec: _entry(config, settings, registry, spec) for spec in settings.models}
    _check_names(config, settings, registry, entries.values())
    for name in (name for name in settings.ab if not entries[name].hosted):
        raise UsageError(f"--asr-ab measures two models in turn, and {name} are answers made elsewhere: name another")
    return entries


def project_paths(config: pytest.Config) -> list[str]:
    """Where the project's own modules lie."""
    return [str(config.rootpath), *(str(path) for path in config.getini("pythonpath"))]


def _entry(config: pytest.Config, settings: Settings, registry: Registry, spec: str) -> ModelEntry:
    """The model that `spec` names, or the two of a pipeline."""
    entry = registry.resolve(spec)
    _check_modes(registry, entry)
    if entry.chain:
        return replace(entry, chain=tuple(_allowed(config, settings, registry, one) for one in entry.chain))
    return _allowed(config, settings, registry, entry)


def _check_modes(registry: Registry, entry: ModelEntry) -> None:
    """Raise UsageError for a model that is given what it cannot take: audio, or behind a plus a text."""
    for one, wanted in zip(entry.parts, ("batch", "text"), strict=False):
        info = runtimes.stated(registry.adapter(one.adapter)) if one.hosted else None
        fits = info is None or wanted in info.modes
        if fits and (one.hosted or wanted == "batch"):
            continue
        raise UsageError(
            f"{entry.name}: {one.name} is a language model and takes no audio: name one that listens before it, as in "
            f"faster-whisper-tiny.en+{one.name}, or transcripts:FILE+{one.name} for transcripts that are there"
            if wanted == "batch"
            else f"{entry.name}: {one.name} does not go on from a text: behind the plus name a language model"
        )


def _allowed(config: pytest.Config, settings: Settings, registry: Registry, entry: ModelEntry) -> ModelEntry:
    """The model, allowed to run remote code if the user said so."""
    spec = entry.name
    with_secrets(entry.options, f"the model {entry.name}")  # so that one that is not there is told before any work
    target = registry.adapter(entry.adapter)
    if REMOTE_CODE in entry.options:
        raise UsageError(
            f"{spec}: the option {REMOTE_CODE} is set by a file or in brackets, but only "
            "--asr-trust-remote-code=MODEL@COMMIT on the command line may allow remote code; take it out"
        )
    name = next((name for name in entry.names if name in settings.trusted), None)
    if name is None:
        return entry
    commit = settings.trusted[name]
    if not any(f"{name}@{commit}" in value for value in _typed(config, own_code.SWITCH)):
        raise UsageError(
            f"{own_code.SWITCH} comes from addopts, but only the command line itself may allow remote code; "
            "take it out of the configuration"
        )
    if settings.isolation == "none":
        raise UsageError(
            f"{own_code.SWITCH} allows {name} to run code in a process of its own alone; take --asr-isolation=none out"
        )
    return own_code.allowed(entry, runtimes.stated(target), commit)


def _typed(config: pytest.Config, switch: str) -> list[str]:
    """What was given to an option on the command line itself."""
    arguments = config.invocation_params.args
    behind = [value for option, value in pairwise(arguments) if option == switch]
    return [*behind, *(one.removeprefix(f"{switch}=") for one in arguments if one.startswith(f"{switch}="))]


def _check_names(config: pytest.Config, settings: Settings, registry: Registry, entries: Iterable[ModelEntry]) -> None:
    """Raise UsageError for an option that names a model which is none: it would be without effect, in silence."""
    asked = {name for entry in entries for one in (entry, *entry.chain) for name in one.names}
    for name in settings.trusted.keys() - asked:
        raise UsageError(f"--asr-trust-remote-code: this session has no model {name!r}; {hint(name, asked)}")
    for name in settings.interpreters.keys() - asked - registry.names:
        known = asked | registry.names | _runtimes(config, registry)
        if name not in known and name.partition(":")[0] not in registry.names:
            raise UsageError(f"asr_interpreters: {name!r} is no model, adapter, runtime or extra; {hint(name, known)}")


def _runtimes(config: pytest.Config, registry: Registry) -> set[str]:
    """What all known adapters call their runtimes and extras."""
    own = {model.adapter for model in registry.models.values() if ":" in model.adapter}
    said = runtimes.infos({**adapters(), **{one: one for one in own}}, project_paths(config)).values()
    return {name for one in said if isinstance(one, AdapterInfo) for name in (one.runtime, one.extra) if name}
