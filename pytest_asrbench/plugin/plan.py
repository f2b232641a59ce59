"""What is going to be measured: models, corpora, and the cases that were selected, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import pytest

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.load import Load, scenario
from pytest_asrbench.engine.measuring import Asked
from pytest_asrbench.engine.protocol import Job
from pytest_asrbench.errors import MissingDependencyError, UsageError
from pytest_asrbench.metrics import registry as metrics
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.plugin import corpora, models
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.parts import Parts
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.records import Case, set_name
from pytest_asrbench.support import languages
from pytest_asrbench.support.checks import hint
from pytest_asrbench.support.languages import Told
from pytest_asrbench.tasks import registry
from pytest_asrbench.tasks.task import Task


class Plan:
    """A session's models, corpora and tasks. Building it raises UsageError or CorpusError for what cannot be meant.

    entries: models by specification; corpora, tasks: by name; given: how the user named each corpus; snippets: by
    "CORPUS/SNIPPET"; sets: each corpus with each task and load, by `records.set_name`; parts: snippets with each of
    these, by the names that they have in ids; normalizers: by set; expected: the selected cases, in order.
    """

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        hook = config.hook
        self._settings = settings
        self.registry = Registry(config.rootpath, _merged(hook.pytest_asrbench_models(config=config)))
        self.entries = models.load(config, settings, self.registry)
        chosen = corpora.load(config, settings, _merged(hook.pytest_asrbench_corpora(config=config)))
        self.corpora = {corpus.name: corpus for corpus in chosen.values()}
        self.given = {corpus.name: given for given, corpus in chosen.items()}
        self.snippets = corpora.Snippets(self.corpora.values())
        self.tasks = registry.load(settings.tasks, config.rootpath, config.invocation_params.dir)
        check_metrics(self.tasks.values())
        kinds = [(task, load) for load in settings.loads for task in self.tasks.values()]
        self.sets = {
            set_name(c.name, task.name, scenario(load)): (c, task, load)
            for task, load in kinds
            for c in chosen.values()
        }
        self.parts = Parts(self.snippets, kinds)
        if len(self.sets) < len(self.corpora) * len(kinds):
            raise UsageError("a corpus is called like another one with a task or scenario behind its name: rename it")
        others = _merged(hook.pytest_asrbench_normalizers(config=config))
        self.normalizers = {
            name: corpora.normalizer(corpus, task, settings, others) for name, (corpus, task, _) in self.sets.items()
        }
        self.expected: dict[Case, None] = {}
        self._last: dict[str, pytest.Item] = {}  # of each model's cases

    def expect(self, items: Iterable[pytest.Item]) -> None:
        """Note what `items` ask for, in order: each model × snippet has a row in the results, come what may."""
        for item in items:
            asked = parameters(item)
            model = asked.get("asr_model")
            if model is None:
                continue
            self._last[model] = item
            if "asr_snippet" in asked:
                corpus, name, task, load = self.parts.split(asked["asr_snippet"])
                self.expected[Case(model, corpus.name, name, task.name, scenario(load))] = None

    def through_with(self, item: pytest.Item) -> str | None:
        """The model whose last case `item` is, if it is that of any."""
        model = parameters(item).get("asr_model", "")
        return model if self._last.get(model) is item else None

    def asked(self, model: str, corpus: Corpus, snippet: Snippet, task: Task, load: Load | None = None) -> Asked:
        """What is asked of a model about a snippet, and how its answer will be judged."""
        entry, told = self.entries[model], self.told(model, corpus, snippet)
        case = Case(model, corpus.name, snippet.id, task.name, scenario(load))
        decoding = Decoding(task.asks, **{"max_new_tokens": entry.max_new_tokens, **task.decoding})
        rounds = max(self._settings.rounds, self._settings.repeats)
        prompt = task.prompt or entry.prompt
        job = Job(case, entry, snippet, decoding, told.asked, prompt, rounds, load=load)
        return Asked(job, corpus, task, told, self.normalizers[case.set_name])

    def jobs(self) -> Iterator[Job]:
        """All selected cases, as an engine wants them."""
        for case in self.expected:
            yield self.asked(case.model, *self.snippets[case.clip], *self.sets[case.set_name][1:]).job

    def told(self, model: str, corpus: Corpus, snippet: Snippet) -> Told:
        """What is told of a snippet's language, and who has the say."""
        return languages.of_case(
            command_line=self._settings.language,
            snippet=snippet.language,
            corpus=corpus.language,
            model=self.entries[model].language,
            ini=self._settings.usual_language,
        )

    def ids(self, name: str) -> Sequence[str]:
        """The snippets of a set, in its corpus's order."""
        return self.sets[name][0].ids

    def whole(self, model: str, name: str) -> Case:
        """All cases of a model on a set together."""
        corpus, task, load = self.sets[name]
        return Case(model, corpus.name, task=task.name, scenario=scenario(load))


def _merged(results: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for result in reversed(list(results)):  # the hook called first, a conftest.py for one, has the last word
        merged.update(result or {})
    return merged


def check_metrics(tasks: Iterable[Task]) -> None:
    """Raise UsageError for a metric of a task that there is not, MissingDependencyError for one without its library."""
    for task in tasks:
        for name in task.metrics:
            if name not in metrics.installed():
                known = hint(name, metrics.installed())
                raise UsageError(f"the task {task.name!r} has an unknown metric {name!r}; {known}")
            if (metric := metrics.get(name)).module and find_spec(metric.module) is None:
                raise MissingDependencyError(
                    f"the task {task.name!r} counts {metric.title} by {metric.module}, which is not installed: "
                    f'pip install "pytest-asrbench[{metric.extra}]"'
                )
