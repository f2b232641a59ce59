"""The state of one benchmark session: models, corpora, outcomes, journal, and the one model that is running."""

from __future__ import annotations

import gc
import platform
import time
import uuid
from collections.abc import Iterable, Mapping, Sized
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asrbench import __version__, machine
from pytest_asrbench.corpus import Corpus, Snippet
from pytest_asrbench.errors import AsrBenchError, ReportError
from pytest_asrbench.history import JOURNAL, Baselines, Comparison, Journal
from pytest_asrbench.history.baseline import unmeasured_record
from pytest_asrbench.plugin import comparing, corpora, measure
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.missed import Missed
from pytest_asrbench.plugin.options import Settings
from pytest_asrbench.plugin.planning import Planner
from pytest_asrbench.plugin.progress import Progress
from pytest_asrbench.plugin.resume import take_up
from pytest_asrbench.records import Outcome, RunInfo, Status
from pytest_asrbench.registry import Registry
from pytest_asrbench.runner import Policy, Runner
from pytest_asrbench.scoring import normalizers
from pytest_asrbench.speed.reference import Reference
from pytest_asrbench.totals import Totals, total

if TYPE_CHECKING:
    from pytest_asrbench.speed.slowdown import Slowdown

Key = tuple[str, str, str]
KEPT_AT_ONCE = 250  # items


class AsrSession:
    """Built when pytest is configured, so that a mistake in the options ends the session before anything starts."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.running: Any = None  # the item under way
        self.progress = Progress(config)
        hook = config.hook
        self.registry = Registry(config.rootpath, _merged(hook.pytest_asrbench_models(config=config)))
        self.report_dir = config.invocation_params.dir / settings.report_dir
        self.planner = Planner(config, settings, self.registry, self.report_dir / "logs")
        self.entries = {spec: self.planner.entry(spec) for spec in settings.models}
        chosen = corpora.load(config, settings, _merged(hook.pytest_asrbench_corpora(config=config)))
        self.corpora = {corpus.name: corpus for corpus in chosen.values()}
        self._sources = {corpus.name: given for given, corpus in chosen.items()}  # how the user named each
        self.snippets: dict[str, tuple[Corpus, Snippet]] = {
            f"{c.name}/{s.id}": (c, s) for c in self.corpora.values() for s in c.snippets
        }
        others = _merged(hook.pytest_asrbench_normalizers(config=config))
        self.normalizers = {
            c.name: normalizers.load(settings.normalizer or c.normalizer or "whisper", others)
            for c in self.corpora.values()
        }
        self.outcomes: dict[Key, Outcome] = {}
        self.baselines = Baselines()
        self.missed = Missed()
        self.judged: set[tuple[str, str]] = set()  # models × corpora whose totals were held against the limits
        self.not_compared: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._done: dict[Key, Outcome] = {}
        self._runners: dict[str, Runner] = {}
        self._expected: dict[Key, Snippet] = {}
        self._last: dict[str, pytest.Item] = {}  # of each model's cases
        self._items = 0
        self._reference = Reference()
        self.recorded: dict[Key, Any] = {}  # pytest-benchmark's record of each case
        self.slowdowns: dict[tuple[str, str], tuple[str, Slowdown]] = {}  # model, corpus -> held against what; how
        self.speed: list[dict[str, Any]] = []  # the same for results.json
        self.info = self._describe()
        self.journal: Journal | None = None

    def header(self) -> list[str]:
        """Lines for the report header."""
        s = self.settings
        models, snippets = _count(self.entries, "model"), _count(self.snippets, "snippet")
        stamps = ", ".join(sorted(set(self.info.normalizers.values())))
        first = (
            f"asrbench {__version__}: {models} × {snippets} ({', '.join(self.corpora)}), "
            f"device {s.device}, {s.rounds} round{'s' * (s.rounds != 1)}, normalizer {stamps}"
        )
        lines = [first]
        if self.baselines.chosen:
            lines.append(f"asrbench baseline: {self.baselines}")
        if s.isolation == "none":
            lines.append("asrbench: no isolation: memory is the whole session's, and a crash ends it")
        return lines

    def find_baselines(self) -> None:
        """Choose what to compare with; raises UsageError if a gate finds nothing, HistoryError for a damaged run."""
        measure.tell_warnings(self.config, self.notes.append)
        self.baselines = comparing.find(self)

    def compare(self, model: str, corpus: str) -> Comparison | None:
        """What was measured of a model and corpus against its baseline; None if it has none."""
        run = self.baselines.of(model, corpus)
        ids = {snippet.id for snippet in self.corpora[corpus].snippets}
        return run.compare(model, corpus, self.of(model, corpus), ids) if run is not None else None

    def open(self, cases: int) -> None:
        """Open the journal and start to show progress; raises ReportError if the report folder cannot be written."""
        if self._expected or cases:
            self.journal = self._open_journal()
            self._fetch_weights()
            keep_from_collector()  # the collected cases
        self.progress.begin(len(self._expected))

    def _fetch_weights(self) -> None:
        if not self.settings.download:
            return
        capture = self.config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            for entry in self.entries.values():
                self.planner.source(entry)

    # What is going to be measured

    def expect(self, items: Iterable[pytest.Item]) -> None:
        """Note what `items` ask for, in order: each model × snippet has a row in the results, come what may."""
        for item in items:
            asked = parameters(item)
            model = asked.get("asr_model")
            if model is None:
                continue
            self._last[model] = item
            if "asr_snippet" in asked:
                owner, part = self.snippets[asked["asr_snippet"]]
                self._expected[model, owner.name, part.id] = part

    # Measuring

    def runner(self, model: str) -> Runner:
        """Return the runner of `model`, after having ended any other: one is in memory, or the two of an A/B."""
        if model not in self._runners:
            if not {model, *self._runners} <= set(self.settings.ab):
                self.end_runner()
            entry = self.entries[model]
            start = self.planner.starter(entry, self.progress.tick)
            plan = self.planner.plan(entry)
            self._runners[model] = Runner(entry, plan, self._policy(), start, self.progress.step, self._reference)
        return self._runners[model]

    def leave(self, item: pytest.Item) -> None:
        """`item` is through: end its model if this was its last case, unless it takes turns with another.

        Now and then what the cases have left is taken from the collector.
        """
        self._items += 1
        if self._items % KEPT_AT_ONCE == 0:
            keep_from_collector()
        model = parameters(item).get("asr_model")
        if model in self._runners and self._last.get(model) is item and model not in self.settings.ab:
            self.end_runner()

    def end_runner(self) -> None:
        """End what is running."""
        while self._runners:
            self._runners.popitem()[1].close()

    def measure(self, model: str, owner: Corpus, snippet: Snippet, timeout: float | None = None) -> Outcome:
        """Return the outcome of one case: from the journal of a resumed run, or measured and journalled now."""
        key = (model, owner.name, snippet.id)
        outcome = self._done.get(key)
        if outcome is None or outcome.reference not in (None, _reference(snippet)):
            self.progress.case(model, f"{owner.name}/{snippet.id}")
            runner = self.runner(model)
            try:
                outcome = runner.measure(owner, snippet, self.normalizers[owner.name], timeout)
            except BaseException:  # Ctrl-C, pytest-timeout: the host may be amidst a call and is of no more use
                runner.kill()
                raise
            if self.journal is not None:
                self.journal.append(outcome)
        self.outcomes[key] = outcome
        self.progress.done(outcome)
        hook = self.config.hook.pytest_asrbench_outcome
        if hook.get_hookimpls():  # to ask is a tenth of a call that nobody hears
            hook(outcome=outcome, config=self.config)
        return outcome

    def of(self, model: str, corpus_name: str) -> list[Outcome]:
        """Outcomes of one model on one corpus, in the corpus's order."""
        names = [snippet.id for snippet in self.corpora[corpus_name].snippets]
        found = (self.outcomes.get((model, corpus_name, name)) for name in names)
        return [outcome for outcome in found if outcome is not None]

    def totals(self) -> list[Totals]:
        """Totals of every model on every corpus of which something was tried."""
        sums = [total(m, c, self.of(m, c)) for m in self.entries for c in self.corpora]
        return [totals for totals in sums if totals.snippets]

    def unmeasured(self) -> list[dict[str, Any]]:
        """Which snippets of its corpora the session has not measured, by model and corpus."""
        corpora = {c.name: [snippet.id for snippet in c.snippets] for c in self.corpora.values()}
        return unmeasured_record(self.outcomes.values(), corpora)

    def finish(self) -> None:
        """End the running model, complete the outcomes and the run's facts, and close the journal."""
        self.end_runner()
        self.outcomes = {
            key: self.outcomes.get(key) or _not_run(key, s) for key, s in self._expected.items()
        } | self.outcomes
        complete = all(outcome.status is not Status.NOT_RUN for outcome in self.outcomes.values())
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        self.info = replace(self.info, finished=finished, interrupted=not complete)
        if self.journal is not None:
            if complete:
                self.journal.finish()
            self.journal.close()

    # How it is set up

    def _corpus_facts(self, loaded: Corpus) -> dict[str, Any]:
        return {
            "version": loaded.version,
            "snippets": len(loaded.snippets),
            "language": loaded.language,
            "source": self._sources[loaded.name],
        }

    def _policy(self) -> Policy:
        s = self.settings
        return Policy(rounds=s.rounds, warmup=s.warmup, timeout=s.timeout, load_timeout=s.load_timeout)

    def _describe(self) -> RunInfo:
        s = self.settings
        return RunInfo(
            run=f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}",
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            version=__version__,
            normalizers={name: n.stamp for name, n in self.normalizers.items()},
            settings={
                "models": {
                    e.name: {"adapter": e.adapter, "source": e.source, "options": dict(e.options)}
                    for e in self.entries.values()
                },
                "corpora": {c.name: self._corpus_facts(c) for c in self.corpora.values()},
                "device": s.device,
                "dtype": s.dtype,
                "rounds": s.rounds,
                "sweeps": s.sweeps,
                "ab": list(s.ab),
                "warmup": s.warmup,
                "isolation": s.isolation,
            },
            machine={"node": platform.node(), **machine.facts()},
            commit=measure.commit(),
            command=" ".join(["pytest", *(str(a) for a in self.config.invocation_params.args)]),
        )

    def _open_journal(self) -> Journal:
        path = self.report_dir / JOURNAL
        outcomes: list[Outcome] | None = None
        if self.settings.resume:
            outcomes, note = take_up(path, self.info)
            self.notes.append(note)
        self._done = {outcome.key: outcome for outcome in outcomes or ()}
        try:
            (self.report_dir / "logs").mkdir(parents=True, exist_ok=True)
            return Journal(path, self.info, resume=outcomes is not None)
        except OSError as error:
            raise ReportError(
                f"cannot write to the report folder {self.report_dir} ({error.strerror}): "
                "make it writable, or name another with --asr-report-dir"
            ) from error


def keep_from_collector() -> None:
    """Take what is alive out of the garbage collector's sight: the session keeps it to the end.

    Going through thousands of cases again and again, and once more when the process ends, costs as much as a tenth of
    what the harness does for them.
    """
    gc.collect(1)  # what has just become garbage
    gc.freeze()


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"


def _merged(results: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for result in reversed(list(results)):  # the hook called first, a conftest.py for one, has the last word
        merged.update(result or {})
    return merged


def _not_run(key: Key, snippet: Snippet) -> Outcome:
    return Outcome(*key, error="not run: the session ended before its turn", language=snippet.language)


def _reference(snippet: Snippet) -> str | None:
    try:
        return snippet.reference()
    except AsrBenchError:
        return None
