"""One benchmark session: its plan, its engine, and what has come of both so far."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.load import Load
from pytest_asrbench.engine.measuring import Measuring
from pytest_asrbench.machine import facts
from pytest_asrbench.machine.system_load import usable_cores
from pytest_asrbench.metrics.totals import Totals, total
from pytest_asrbench.plugin import comparing, conditions, deadline, measure, run_facts
from pytest_asrbench.plugin import engine as who
from pytest_asrbench.plugin.missed import Missed
from pytest_asrbench.plugin.plan import Plan
from pytest_asrbench.plugin.progress import Progress
from pytest_asrbench.plugin.resume import take_up, whole_runs
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.records import Case, Outcome, RunInfo
from pytest_asrbench.store import Baselines, Comparison, extra_info, places, saved_info, totals_info
from pytest_asrbench.store.baseline import unmeasured_record
from pytest_asrbench.store.journal import Conditions, Shaped
from pytest_asrbench.store.keeping import Keeper
from pytest_asrbench.store.report_folder import ReportFolder
from pytest_asrbench.tasks.task import Task

if TYPE_CHECKING:
    from pytest_asrbench.statistics.speed.slowdown import Slowdown


class AsrSession:
    """Built when pytest is configured, so that a mistake in the options ends the session before anything starts."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.running: Any = None  # the item under way
        self.progress = Progress(config)
        self.plan = Plan(config, settings)
        self.entries, self.corpora, self.snippets = self.plan.entries, self.plan.corpora, self.plan.snippets
        self.folder = ReportFolder(config.invocation_params.dir / settings.report_dir, run_facts.run_name())
        info = run_facts.describe(config, settings, self.plan, self.folder.run.name)
        self.keeper = Keeper(self.folder, info, self._shaped)
        self.planner = who.planner(config, settings, self.plan.registry, lambda: self.folder.logs)
        self.notes: list[str] = []
        engine = who.engine(settings, self.plan, self.planner, self.progress, self.notes.append)
        self.measuring = Measuring(
            engine, self.progress, self.keeper.append, self._grown, self.plan.normalizers, self._until
        )
        self.outcomes = self.measuring.outcomes
        self.baselines = Baselines()
        self.missed = Missed()
        self.judged: set[Case] = set()  # whole corpora whose totals were held against the limits
        self.not_compared: dict[str, list[str]] = {}
        self.problems: list[str] = []
        self._done: dict[Case, Outcome] = {}
        self._totals: list[Totals] | None = None  # of the session that is over
        self._whole_conditions: dict[Case, Conditions] = {}  # of all cases of a model and a set
        self.recorded: dict[Case, Any] = {}  # pytest-benchmark's record of each case
        self.slowdowns: dict[Case, tuple[str, Slowdown]] = {}  # whole corpus -> held against what; how
        self.speed: list[dict[str, Any]] = []  # the same for results.json
        quota, cores = facts.cpu_quota(), usable_cores()
        if quota is not None and quota < cores:
            self.notes.append(f"a quota of the container leaves this session the time of {quota:g} of {cores} cores")

    @property
    def info(self) -> RunInfo:
        """The facts of the run."""
        return self.keeper.info

    def find_baselines(self) -> None:
        """Choose what to compare with; see `comparing.find`."""
        self.baselines = comparing.find(self)

    def compare(self, model: str, name: str) -> Comparison | None:
        """What was measured of a model and a set (see `Plan.sets`) against its baseline; None if it has none."""
        run = self.baselines.of(model, name)
        if run is None:
            return None
        return run.compare(model, name, self.of(model, name), set(self.plan.ids(name)), places.here(self.info.machine))

    def open(self) -> None:
        """Open the journal, tell the engine what will be asked, and start to show progress.

        Raises ReportError if the report folder cannot be written or another session is at work in it, HistoryError
        for a journal that cannot be resumed.
        """
        self.folder.claim()
        self._fetch_weights()
        resumed = None
        if self.settings.resume:
            last = self.folder.last_journal()
            resumed, notes = take_up(last, self.info, self._shaped, self._interpreter)
            self.notes.extend(notes)
        self._done = whole_runs(resumed or {}, self.plan.expected)
        self.keeper.open(resume=resumed is not None)
        self.measuring.engine.submit(self.plan.jobs())
        self.progress.begin(len(self.plan.expected))

    def leave(self, item: pytest.Item) -> None:
        """`item` is through: end its model if this was its last case, unless it takes turns with another."""
        model = self.plan.through_with(item)
        if model is not None and model not in self.settings.ab:
            self.measuring.engine.close(model, self._until())

    def end_models(self) -> None:
        """End all that is at work."""
        self.measuring.engine.close(until=self._until())

    def measure(
        self,
        model: str,
        owner: Corpus,
        snippet: Snippet,
        task: Task,
        until: float = math.inf,
        load: Load | None = None,
    ) -> Outcome:
        """Return the outcome of one case: from the journal of a resumed run, or measured and journalled now.

        until: a reading of time.monotonic() at which the model must be done.
        """
        asked = self.plan.asked(model, owner, snippet, task, load)
        outcome = self._done.get(asked.job.case)
        if outcome is None:
            self._restore_folder()
            if asked.job.case not in self.plan.expected:
                self.measuring.engine.submit([asked.job])
            outcome = self.measuring.measure(asked, until)
        self.outcomes[asked.job.case] = outcome
        self.progress.done(outcome)
        hook = self.config.hook.pytest_asrbench_outcome
        if hook.get_hookimpls():  # to ask is a tenth of a call that nobody hears
            hook(outcome=outcome, config=self.config)
        return outcome

    def of(self, model: str, name: str) -> list[Outcome]:
        """Outcomes of one model on one set, in its corpus's order."""
        whole = self.plan.whole(model, name)
        found = (self.outcomes.get(whole.of(part)) for part in self.plan.ids(name))
        return [outcome for outcome in found if outcome is not None]

    def total(self, model: str, name: str) -> Totals:
        """Totals of one model on one set, as far as it was tried."""
        whole = self.plan.whole(model, name)
        return total(model, whole.corpus, self.of(model, name), whole.task, whole.scenario)

    def totals(self) -> list[Totals]:
        """Totals of every model on every set of which something was tried; those of a session that is over are kept."""
        if self._totals is not None:
            return self._totals
        sums = [self.total(model, name) for model in self.entries for name in self.plan.sets]
        return [totals for totals in sums if totals.snippets]

    def unmeasured(self) -> list[dict[str, Any]]:
        """Which snippets of its sets the session has not measured, by model and set."""
        return unmeasured_record(self.outcomes.values(), {name: self.plan.ids(name) for name in self.plan.sets})

    def untimed(self) -> list[dict[str, Any]]:
        """What a saved run holds of answers that have no seconds, and of their totals."""
        cases = [saved_info(one) for one in self.outcomes.values() if one.measured and not one.seconds]
        return cases + [totals_info(one) for one in self.totals() if one.untimed]

    def logs(self, model: str) -> str:
        """The files that take whatever the model, or each of a pipeline's, prints."""
        plan = self.planner.plan(self.entries[model])
        return " and ".join(str(one.log) for one in plan.stages or (plan,))

    def finish(self) -> None:
        """End the running model, complete the outcomes and the run's facts, and close the journal."""
        self.end_models()
        self.measuring.finish()  # what went on meanwhile is known some cases later
        self.outcomes = {
            case: self.outcomes.get(case) or _not_run(case, self.snippets[case.clip][1]) for case in self.plan.expected
        } | self.outcomes
        self._totals = self.totals()
        self._restore_folder()
        self.keeper.finish(self.outcomes.values())

    def _restore_folder(self) -> None:
        note = self.keeper.restore(self.outcomes.values())
        if note and note not in self.notes:
            self.notes.append(note)

    def _fetch_weights(self) -> None:
        if not self.settings.download:
            return
        capture = self.config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            for entry in (part for whole in self.entries.values() for part in whole.parts if part.hosted):
                self.planner.source(entry)

    def _grown(self, outcome: Outcome) -> None:
        """An outcome has got further rounds."""
        measure.add_rounds(self.recorded.get(outcome.case), outcome.seconds, extra_info(outcome))

    def _until(self) -> float:
        """When what the running item asks for must be done."""
        return deadline.until(self.running) if self.running is not None else math.inf

    # How it is set up

    def _shaped(self, case: Case) -> Shaped | None:
        """What shapes the answer of a case; None for one that this session does not have."""
        entry, found, task = self.entries.get(case.model), self.snippets.get(case.clip), self.plan.tasks.get(case.task)
        if entry is None or found is None or task is None or case.set_name not in self.plan.sets:
            return None
        (corpus, snippet), whole = found, case.whole
        if whole not in self._whole_conditions:
            self._whole_conditions[whole] = {
                **conditions.of_model(self.settings, entry, self.planner.plan(entry)),
                **conditions.of_set(corpus, task, self.plan.normalizers[case.set_name]),
                **conditions.of_load(self.plan.sets[case.set_name][2]),
            }
        return Shaped(self._whole_conditions[whole], conditions.of_snippet(snippet, task))

    def _interpreter(self, model: str) -> str:
        return self.planner.plan(self.entries[model]).interpreter


def _not_run(case: Case, snippet: Snippet) -> Outcome:
    return Outcome.of(case, error="not run: the session ended before its turn", language=snippet.language)
