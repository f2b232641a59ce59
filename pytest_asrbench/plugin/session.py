"""The state of one benchmark session: models, corpora, outcomes, journal, and the one model that is running."""

from __future__ import annotations

import math
import platform
import uuid
from collections.abc import Iterable, Mapping, Sized
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asrbench import __version__
from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.reference_workload import Reference
from pytest_asrbench.engine.runner import Policy, Runner
from pytest_asrbench.errors import ReportError
from pytest_asrbench.machine import facts
from pytest_asrbench.machine.system_load import Watch, usable_cores
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.totals import Standing, Totals, counts_as, total
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.plugin import comparing, conditions, corpora, deadline, measure, untold
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.keeping import Keeper
from pytest_asrbench.plugin.missed import Missed
from pytest_asrbench.plugin.planning import Planner
from pytest_asrbench.plugin.progress import Progress
from pytest_asrbench.plugin.report_folder import ReportFolder
from pytest_asrbench.plugin.resume import take_up
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.records import Case, Outcome, RunInfo
from pytest_asrbench.store import Baselines, Comparison
from pytest_asrbench.store.baseline import unmeasured_record
from pytest_asrbench.support.redaction import redact, redacted

if TYPE_CHECKING:
    from pytest_asrbench.statistics.speed.slowdown import Slowdown


class AsrSession:
    """Built when pytest is configured, so that a mistake in the options ends the session before anything starts."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.running: Any = None  # the item under way
        self.progress = Progress(config)
        hook = config.hook
        self.registry = Registry(config.rootpath, _merged(hook.pytest_asrbench_models(config=config)))
        self.folder = ReportFolder(config.invocation_params.dir / settings.report_dir, _run_name())
        self.keeper = Keeper(self.folder, self._conditions)
        self.planner = Planner(config, settings, self.registry, self.folder)
        self.entries = {spec: self.planner.entry(spec) for spec in settings.models}
        self.planner.check_names(self.entries.values())
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
        self.outcomes: dict[Case, Outcome] = {}
        self.baselines = Baselines()
        self.missed = Missed()
        self.judged: set[Case] = set()  # whole corpora whose totals were held against the limits
        self.not_compared: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._done: dict[Case, Outcome] = {}
        self._model_conditions: dict[str, conditions.Conditions] = {}
        self._runners: dict[str, Runner] = {}
        self._expected: dict[Case, Snippet] = {}
        self._last: dict[str, pytest.Item] = {}  # of each model's cases
        self._reference = Reference()
        self._watch = Watch()
        self.recorded: dict[Case, Any] = {}  # pytest-benchmark's record of each case
        self.slowdowns: dict[Case, tuple[str, Slowdown]] = {}  # whole corpus -> held against what; how
        self.speed: list[dict[str, Any]] = []  # the same for results.json
        self.info = self._describe()
        quota, cores = facts.cpu_quota(), usable_cores()
        if quota is not None and quota < cores:
            self.notes.append(f"a quota of the container leaves this session the time of {quota:g} of {cores} cores")

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
        elif self.baselines.damage:
            lines.append(f"asrbench baseline: none: {self.baselines.damage}")
        lines += untold.header(s, self.entries, self.snippets.values())
        if s.isolation == "none":
            lines.append("asrbench: no isolation: memory is the whole session's, and a crash ends it")
        return lines

    def find_baselines(self) -> None:
        """Choose what to compare with; see `comparing.find`."""
        measure.tell_warnings(self.config, self.notes.append)
        self.baselines = comparing.find(self)

    def compare(self, model: str, corpus: str) -> Comparison | None:
        """What was measured of a model and corpus against its baseline; None if it has none."""
        run = self.baselines.of(model, corpus)
        ids = {snippet.id for snippet in self.corpora[corpus].snippets}
        return run.compare(model, corpus, self.of(model, corpus), ids) if run is not None else None

    def open(self) -> None:
        """Open the journal and start to show progress.

        Raises ReportError if the report folder cannot be written or another session is at work in it, HistoryError
        for a journal that cannot be resumed.
        """
        self.folder.claim()
        self._fetch_weights()
        resumed = None
        if self.settings.resume:
            last = self.folder.last_journal()
            resumed, notes = take_up(last, self.info, self._conditions, self._interpreter)
            self.notes.extend(notes)
        self._done = resumed or {}
        self.info = self.keeper.open(self.info, resume=resumed is not None)
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
                self._expected[Case(model, owner.name, part.id)] = part

    # Measuring

    def runner(self, model: str) -> Runner:
        """Return the runner of `model`, after having ended any other: one is in memory, or the two of an A/B."""
        if model not in self._runners:
            if not {model, *self._runners} <= set(self.settings.ab):
                self.end_runner()
            entry = self.entries[model]
            start = self.planner.starter(entry, self.progress.tick)
            plan = self.planner.plan(entry)
            self._runners[model] = Runner(
                entry, plan, self._policy(), start, self.progress.step, self._reference, self._watch
            )
        return self._runners[model]

    def leave(self, item: pytest.Item) -> None:
        """`item` is through: end its model if this was its last case, unless it takes turns with another."""
        model = parameters(item).get("asr_model")
        if model in self._runners and self._last.get(model) is item and model not in self.settings.ab:
            self.end_runner()

    def end_runner(self) -> None:
        """End what is running."""
        until = deadline.until(self.running) if self.running is not None else math.inf
        while self._runners:
            self._runners.popitem()[1].close(until)

    def measure(self, model: str, owner: Corpus, snippet: Snippet, until: float = math.inf) -> Outcome:
        """Return the outcome of one case: from the journal of a resumed run, or measured and journalled now.

        until: a reading of time.monotonic() at which the model must be done.
        """
        case = Case(model, owner.name, snippet.id)
        outcome = self._done.get(case)
        if outcome is None:
            self._restore_folder()
            self.progress.case(model, case.clip)
            runner = self.runner(model)
            try:
                outcome = runner.measure(owner, snippet, self.normalizers[owner.name], until)
            except BaseException:  # Ctrl-C, pytest-timeout: the host may be amidst a call and is of no more use
                runner.kill()
                raise
            self.keeper.append(outcome)
        self.outcomes[case] = outcome
        self.progress.done(outcome)
        hook = self.config.hook.pytest_asrbench_outcome
        if hook.get_hookimpls():  # to ask is a tenth of a call that nobody hears
            hook(outcome=outcome, config=self.config)
        return outcome

    def of(self, model: str, corpus_name: str) -> list[Outcome]:
        """Outcomes of one model on one corpus, in the corpus's order."""
        names = [snippet.id for snippet in self.corpora[corpus_name].snippets]
        found = (self.outcomes.get(Case(model, corpus_name, name)) for name in names)
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
        for case, record in self.recorded.items():  # what went on meanwhile is known some cases later
            measure.add_rounds(record, (), {"others": list(self.outcomes[case].others)})
        self.outcomes = {
            case: self.outcomes.get(case) or _not_run(case, s) for case, s in self._expected.items()
        } | self.outcomes
        complete = all(counts_as(outcome) is not Standing.UNTRIED for outcome in self.outcomes.values())
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        self.info = replace(self.info, finished=finished, interrupted=not complete)
        self._restore_folder()
        self.keeper.close(complete=complete)

    def _restore_folder(self) -> None:
        try:
            note = self.keeper.restore(self.outcomes.values())
        except ReportError as error:
            note = str(error)
        if note and note not in self.notes:
            self.notes.append(note)

    # How it is set up

    def _conditions(self, case: Case) -> conditions.Conditions | None:
        """What shapes the answer of a case; None for one that this session does not have."""
        model = case.model
        entry, found = self.entries.get(model), self.snippets.get(case.clip)
        if entry is None or found is None:
            return None
        if model not in self._model_conditions:
            self._model_conditions[model] = conditions.of_model(self.settings, entry, self.planner.plan(entry))
        return {**self._model_conditions[model], **conditions.of_snippet(*found, self.normalizers[case.corpus])}

    def _interpreter(self, model: str) -> str:
        return self.planner.plan(self.entries[model]).interpreter

    def _corpus_facts(self, loaded: Corpus) -> dict[str, Any]:
        return {
            "version": loaded.version,
            "snippets": len(loaded.snippets),
            "language": loaded.language,
            "remarks": list(loaded.remarks),
            "source": self._sources[loaded.name],
        }

    def _policy(self) -> Policy:
        s = self.settings
        return Policy(
            rounds=s.rounds,
            warmup=s.warmup,
            timeout=s.timeout,
            load_timeout=s.load_timeout,
            language=s.language,
            usual_language=s.usual_language,
        )

    def _describe(self) -> RunInfo:
        s = self.settings
        return RunInfo(
            run=self.folder.run.name,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            version=__version__,
            normalizers={name: n.stamp for name, n in self.normalizers.items()},
            settings=redacted(
                {
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
                }
            ),
            machine={"node": platform.node(), **facts.facts()},
            commit=measure.commit(),
            command=redact(" ".join(["pytest", *(str(a) for a in self.config.invocation_params.args)])),
        )


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"


def _merged(results: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for result in reversed(list(results)):  # the hook called first, a conftest.py for one, has the last word
        merged.update(result or {})
    return merged


def _not_run(case: Case, snippet: Snippet) -> Outcome:
    return Outcome(
        case.model,
        case.corpus,
        case.snippet,
        task=case.task,
        scenario=case.scenario,
        error="not run: the session ended before its turn",
        language=snippet.language,
    )


def _run_name() -> str:
    """Return a name that no other run has; those of one machine sort by time."""
    now = datetime.now()
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond * 4096 // 1_000_000:03x}{uuid.uuid4().hex[:3]}"
