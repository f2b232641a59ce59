"""The corpora that the user chose: by path, by a name that the project gives one, or by the name of a bundled one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_asrbench import bundled
from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.errors import UsageError
from pytest_asrbench.plugin.settings import Settings


def load(config: pytest.Config, settings: Settings, named: Mapping[str, Path]) -> dict[str, Corpus]:
    """Return each corpus under what the user called it; `named` are those of the project's hook.

    Raises CorpusError for one that is not there or unusable, UsageError for two of one name.
    """
    found: dict[str, Corpus] = {}
    names: set[str] = set()
    for given in settings.corpora:
        loaded = loading.load(named.get(given) or _path(config, given), settings.audio_roots)
        loaded = replace(loaded, name=given) if given in named else loaded
        if loaded.name in names:
            raise UsageError(
                f"two corpora are called {loaded.name!r}: give one of them another name in its corpus.toml"
            )
        names.add(loaded.name)
        found[given] = loaded
    return found


def _path(config: pytest.Config, name: str) -> Path:
    given = config.invocation_params.dir / name
    if not given.exists():  # an ini file names paths from where it lies
        given = config.rootpath / name
    _check_list(name, given)
    if given.exists() and (given.is_file() or "/" in name or "\\" in name or not (given / "corpus.toml").exists()):
        return given
    return loading.find(name, [config.rootpath / "corpora", bundled.folder("corpora")]) if "/" not in name else given


def _check_list(name: str, given: Path) -> None:
    """Raise UsageError for several corpora in one option: a path may hold commas, so they are not taken apart."""
    if "," in name and not given.exists():
        parts = [part.strip() for part in name.split(",") if part.strip()]
        again = " ".join(f"--asr-corpus={part}" for part in parts)
        raise UsageError(f"--asr-corpus={name}: there is no such path. Several corpora are named one by one: {again}")
