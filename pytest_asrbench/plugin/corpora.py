"""The corpora that the user chose: by locator, by a name that the project gives, or by the name of a bundled one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from pytest_asrbench import bundled
from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.loading import Corpus, Locator, Snippet
from pytest_asrbench.errors import CorpusError, UsageError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.normalizers import Normalize, Normalizer
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.tasks.task import Task


def load(config: pytest.Config, settings: Settings, named: Mapping[str, Path | str]) -> dict[str, Corpus]:
    """Return each corpus under what the user called it; `named` are those of the project's hook.

    One that is not there or unusable is a case that says so, beside others; alone, it raises CorpusError. Raises
    UsageError for two of one name.
    """
    found: dict[str, Corpus] = {}
    names: set[str] = set()
    failures = []
    for given in settings.corpora:
        locator = _locator(config, settings, given, named)
        try:
            loaded = loading.load(locator)
        except CorpusError as error:
            failures.append(error)
            loaded = _unusable(locator, error)
        if loaded.name in names:
            raise UsageError(
                f"two corpora are called {loaded.name!r}: give one of them another name in its corpus.toml, or in "
                f"brackets behind it, {given.partition('[')[0]}[name=...]"
            )
        names.add(loaded.name)
        found[given] = loaded
    if failures and len(failures) == len(found):
        raise failures[0]
    return found


def _unusable(locator: Locator, error: CorpusError) -> Corpus:
    """Return a corpus whose only case tells what is wrong, so that the others are measured."""
    name = str(locator.options.get("name") or PurePath(locator.place).name)
    return Corpus(name, loading.Listing([Snippet("unusable", problem=str(error), origin=locator.text)]))


def normalizer(corpus: Corpus, task: Task, settings: Settings, others: Mapping[str, Normalize]) -> Normalizer:
    """Return the normaliser of a corpus and a task; raises UsageError that names where it stands."""
    try:
        return normalizers.load(settings.normalizer or task.normalizer or corpus.normalizer or "whisper", others)
    except UsageError as error:
        where = f"the task {task.name}" if task.normalizer else corpus.origin
        raise UsageError(f"{'--asr-normalizer' if settings.normalizer else where}: {error}") from None


class Snippets(Mapping[str, tuple[Corpus, Snippet]]):
    """All snippets of some corpora, by "corpus/id" and in order; each is made when it is asked for."""

    def __init__(self, corpora: Iterable[Corpus]) -> None:
        self._corpora = {corpus.name: corpus for corpus in corpora}
        self._last: tuple[str, tuple[Corpus, Snippet]] | None = None  # many ask for the one under way

    def __getitem__(self, name: str) -> tuple[Corpus, Snippet]:
        if self._last is None or self._last[0] != name:
            corpus, part = self.split(name)
            snippet = corpus.snippets.find(part)
            if snippet is None:
                raise KeyError(name)
            self._last = name, (corpus, snippet)
        return self._last[1]

    def split(self, name: str) -> tuple[Corpus, str]:
        """Return the corpus and the snippet's id of "corpus/id"; raises KeyError."""
        for cut in (position for position, sign in enumerate(name) if sign == "/"):  # a corpus's name may have some
            corpus = self._corpora.get(name[:cut])
            if corpus is not None and corpus.snippets.has(name[cut + 1 :]):
                return corpus, name[cut + 1 :]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        try:
            self.split(str(name))
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return (f"{corpus.name}/{name}" for corpus in self._corpora.values() for name in corpus.ids)

    def __len__(self) -> int:
        return sum(len(corpus.snippets) for corpus in self._corpora.values())


def _locator(config: pytest.Config, settings: Settings, given: str, named: Mapping[str, Path | str]) -> Locator:
    # An ini file names paths from where it lies.
    folders = (config.invocation_params.dir, config.rootpath)
    locator = loading.parse(given, folders, settings.audio_roots, offline=settings.offline)
    if locator.scheme:
        return locator
    if locator.place in named:
        one = loading.parse(str(named[locator.place]), folders, settings.audio_roots, offline=settings.offline)
        return replace(one, options={"name": locator.place, **one.options, **locator.options})
    path = locator.path
    _check_list(given, path)
    if path.exists() and (path.is_file() or locator.named or not (path / "corpus.toml").exists()):
        return locator
    if "/" in locator.place:
        return locator
    return locator.at(loading.find(locator.place, bundled.corpora(config.rootpath)))


def _check_list(given: str, path: Path) -> None:
    """Raise UsageError for several corpora in one option: a path may hold commas, so they are not taken apart."""
    if "," in given and not path.exists() and "[" not in given:
        parts = [part.strip() for part in given.split(",") if part.strip()]
        again = " ".join(f"--asr-corpus={part}" for part in parts)
        raise UsageError(f"--asr-corpus={given}: there is no such path. Several corpora are named one by one: {again}")
