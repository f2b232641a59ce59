"""Two engines in one session: some models are run, of others the answers are known."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from pytest_asrbench.engine.protocol import Engine, Job
from pytest_asrbench.records import Case, Measurement


class Beside(Engine):
    """Asks `known` of the models that it was given for, and `others` of all other ones."""

    def __init__(self, known: Engine, models: Collection[str], others: Engine) -> None:
        self.exclusive = others.exclusive
        self._known = known
        self._models = models
        self._others = others

    def submit(self, jobs: Iterable[Job]) -> None:
        """Hand each job on."""
        every = list(jobs)
        self._known.submit(job for job in every if job.case.model in self._models)
        self._others.submit(job for job in every if job.case.model not in self._models)

    def result(self, case: Case, until: float = math.inf) -> Measurement:
        """Ask who knows."""
        return self._of(case.model).result(case, until)

    def repeat(
        self, case: Case, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()
    ) -> Measurement:
        """Ask who knows."""
        return self._of(case.model).repeat(case, until, beat=beat, cores=cores)

    def start(self, models: Sequence[str], until: float = math.inf) -> None:
        """Have those loaded that are run."""
        self._others.start([model for model in models if model not in self._models], until)

    def close(self, model: str = "", until: float = math.inf) -> None:
        """End what is at work."""
        self._others.close(model, until)

    def _of(self, model: str) -> Engine:
        return self._known if model in self._models else self._others
