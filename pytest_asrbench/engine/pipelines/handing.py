"""The engine before an engine: it tells the jobs of some models what was heard, from files of answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pytest_asrbench.engine.protocol import Engine, Job
from pytest_asrbench.engine.transcripts.engine import Given
from pytest_asrbench.records import TASK, Case, Measurement


class HandingOn(Engine):
    """Has the pipelines measured whose first model's answers are `given`; of a clip without one nothing is measured."""

    def __init__(self, given: Mapping[str, Given], then: Engine) -> None:
        self.exclusive = then.exclusive
        self._given = given
        self._then = then
        self._lacking: dict[Case, Measurement] = {}

    def submit(self, jobs: Iterable[Job]) -> None:
        """Hand each job on, with what was heard."""
        self._then.submit(job if job.case.model not in self._given else self._told(job) for job in jobs)

    def result(self, case: Case, until: float = math.inf) -> Measurement:
        """Have the case measured, if it is known what was heard."""
        return self._lacking[case] if case in self._lacking else self._then.result(case, until)

    def repeat(
        self, case: Case, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()
    ) -> Measurement:
        """Have one more round measured."""
        return self._then.repeat(case, until, beat=beat, cores=cores)

    def start(self, models: Sequence[str], until: float = math.inf) -> None:
        """Have these models loaded."""
        self._then.start(models, until)

    def close(self, model: str = "", until: float = math.inf) -> None:
        """End what is at work."""
        self._then.close(model, until)

    def _told(self, job: Job) -> Job:
        """The job with the transcript; where there is none, what its case will be told is noted."""
        heard = self._given[job.case.model].answer(replace(job.case, task=TASK))
        if heard.measured:
            return replace(job, heard=heard.transcript)
        self._lacking[job.case] = replace(heard, task=job.case.task, audio_seconds=job.recording.seconds())
        return job
