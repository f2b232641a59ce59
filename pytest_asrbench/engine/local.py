"""The engine of this machine: each model in a process of its own, one in memory at a time, two in an A/B."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pytest_asrbench.engine.protocol import Engine, Job
from pytest_asrbench.engine.reference_workload import Reference
from pytest_asrbench.engine.runner import Runner
from pytest_asrbench.engine.setup import Setup
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.machine.system_load import Watch
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.records import Case, Measurement

Told = TypeVar("Told")


class LocalEngine(Engine):
    """Measures when it is asked, and in that order."""

    exclusive = True

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._jobs: dict[Case, Job] = {}
        self._models: dict[str, ModelEntry] = {}
        self._runners: dict[str, Runner] = {}
        self._served: dict[Case, Measurement] = {}  # of a run at a rate, what nobody has asked for yet
        self._reference = Reference()
        self._watch = Watch()

    def submit(self, jobs: Iterable[Job]) -> None:
        """Keep the jobs until they are asked for."""
        for job in jobs:
            self._jobs[job.case] = job
            self._models[job.model.name] = job.model

    def result(self, case: Case, until: float = math.inf) -> Measurement:
        """Measure the case now, one of a load with all others of its run."""
        job = self._jobs[case]
        if job.load is None:
            return self._ask(job, lambda runner: runner.measure(job, until))
        if case not in self._served:
            together = [one for one in self._jobs.values() if one.case.whole == case.whole]
            self._served |= self._ask(job, lambda runner: runner.serve(together, until))
        return self._served.pop(case)

    def repeat(
        self, case: Case, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()
    ) -> Measurement:
        """Measure one more round now, in the process that is there."""
        job = self._jobs[case]
        return self._ask(job, lambda runner: runner.again(job, until, beat=beat, cores=cores))

    def start(self, models: Sequence[str], until: float = math.inf) -> None:
        """Load these models, one after the other."""
        for model in models:
            self._runner(self._models[model]).start(until)

    def close(self, model: str = "", until: float = math.inf) -> None:
        """End the model's process, or all."""
        for name in [model] if model else list(self._runners):
            if name in self._runners:
                self._runners.pop(name).close(until)

    def _ask(self, job: Job, ask: Callable[[Runner], Told]) -> Told:
        runner = self._runner(job.model)
        try:
            return ask(runner)
        except AsrBenchError:
            raise
        except BaseException:  # Ctrl-C, pytest-timeout: the host may be amidst a call and is of no more use
            runner.kill()
            raise

    def _runner(self, entry: ModelEntry) -> Runner:
        """The runner of a model, after any other has been ended that it may not stay beside."""
        if entry.name not in self._runners:
            setup = self._setup
            if not {entry.name, *self._runners} <= setup.policy.beside:
                self.close()
            plan, start = setup.planner.plan(entry), setup.planner.starter(entry, setup.events.tick)
            self._runners[entry.name] = Runner(
                entry, plan, setup.policy, start, setup.events.step, self._reference, self._watch
            )
        return self._runners[entry.name]
