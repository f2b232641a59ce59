"""Takes one model through its cases: decodes, asks the model's host, and turns what comes of it into a measurement.

After a crash or a time-out a new host is started for the next case. A model that cannot be loaded, or that goes down
several times in a row, is given up: its remaining cases say why and cost no more time. Of one that was never loaded the
first case tells what is wrong, and the others are not run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from pytest_asrbench.adapter import Audio, Passage, Utterance
from pytest_asrbench.engine import faults, under_load
from pytest_asrbench.engine.host.answers import Call, LoadReport, Memory
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.host.protocol import Host
from pytest_asrbench.engine.hosting import GIVEN_UP, Hosting, Policy, Start
from pytest_asrbench.engine.pipelines import stages
from pytest_asrbench.engine.protocol import Job
from pytest_asrbench.engine.reference_workload import Reference
from pytest_asrbench.engine.under_load import Part, Run
from pytest_asrbench.errors import (
    AdapterFailedError,
    AsrBenchError,
    HostCrashedError,
    HostTimeoutError,
    UnsuitedError,
)
from pytest_asrbench.machine.system_load import Watch
from pytest_asrbench.models import runtimes
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.records import Case, Fault, Measurement, Status, variants


class Runner:
    """One model's way through a run. `watch` notes what else goes on; `reference` is the workload, if there is one."""

    def __init__(
        self,
        entry: ModelEntry,
        plan: HostPlan,
        policy: Policy,
        start: Start,
        on_step: Callable[[str], None] = lambda _step: None,
        reference: Reference | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.entry = entry
        self._plan = plan
        self._policy = policy
        self._reference_workload = reference
        self._watch = watch or Watch()
        self._on_step = on_step
        self._hosting = Hosting(plan, policy, start, on_step, self._watch)
        self._first_seconds: float | None = None
        self._told_in = ""  # the case that tells why the model cannot be loaded

    def measure(self, job: Job, until: float = math.inf) -> Measurement:
        """Measure one case; whatever goes wrong is in the measurement.

        until: a reading of time.monotonic() at which loading and all rounds together must be done.
        """
        measured = Measurement.of(job.case)
        with self._noting(measured, job):
            self._check(job)
            measured.weights = self._plan.origin
            self._fill(measured, job, self._call(measured, job, job.rounds, until))
            measured.status = Status.OK
        return measured

    def serve(self, jobs: Sequence[Job], until: float = math.inf) -> dict[Case, Measurement]:
        """Measure the cases of one load in one run; whatever goes wrong is in the measurements. As `measure` otherwise.

        What cannot be asked, or decoded, is no part of the run.
        """
        found = {job.case: Measurement.of(job.case) for job in jobs}
        parts, room = list[Part](), under_load.MOST_BYTES
        for job in jobs:
            with self._noting(found[job.case], job):
                parts.append(self._part(found[job.case], job, until))
                room -= len(parts[-1].audio.pcm)
            if room < 0:
                return self._refused(jobs, under_load.too_large(job))
        if parts:
            run = under_load.run(parts, self._hosting, self._policy, self._on_step, until)
            self._first_seconds = run.first_seconds or self._first_seconds
            for part in parts:
                self._take(part, run)
        return found

    def _refused(self, jobs: Sequence[Job], error: AsrBenchError) -> dict[Case, Measurement]:
        """What is said of a load of which nothing is asked."""
        found = {job.case: Measurement.of(job.case, audio_seconds=job.recording.seconds()) for job in jobs}
        for measured in found.values():
            self._note(measured, error)
        return found

    def _take(self, part: Part, run: Run) -> None:
        """Write down what came of a case in a run."""
        with self._noting(part.measured, part.job):
            under_load.fill(part, run)
            part.measured.first_seconds = self._first_seconds
            part.measured.status = Status.OK
        under_load.tell_share(part.measured)
        if run.memory is not None:
            _note_memory(part.measured, run.memory)

    def _part(self, measured: Measurement, job: Job, until: float) -> Part:
        """A case as part of a run, decoded."""
        self._check(job)
        measured.weights = self._plan.origin
        _, report = self._hosting.loaded(until)
        _note_host(measured, report, self._hosting.share)
        decoded = job.recording.decode(report.sample_rate, measured.case.clip)
        measured.remarks += decoded.remarks
        measured.audio_seconds = decoded.audio.seconds
        return Part(job, measured, decoded.audio)

    @contextmanager
    def _noting(self, measured: Measurement, job: Job) -> Iterator[None]:
        """Note in `measured` whatever goes wrong within the block."""
        try:
            yield
        except AsrBenchError as error:
            self._note(measured, error)
            measured.audio_seconds = measured.audio_seconds or job.recording.seconds()
        except Exception as error:
            faults.note_ours(measured, error)

    def _check(self, job: Job) -> None:
        """Raise UnsuitedError for what no model of the adapter can be asked: nothing is loaded for that."""
        stages.check(job)
        info = runtimes.stated(self._plan.adapter) if not self._plan.stages else None
        if info is not None and (refusal := info.refusal([job.prompt], job.decoding)):
            raise UnsuitedError(f"{self.entry.name}: {refusal}")

    def again(self, job: Job, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()) -> Measurement:
        """Measure one timed round and no more; raises HostError or AudioError. As `Engine.repeat` otherwise."""
        measured = Measurement.of(job.case)
        self._fill(measured, job, self._call(measured, job, 1, until, beat=beat, cores=cores))
        measured.status = Status.OK
        return measured

    def start(self, until: float = math.inf) -> None:
        """Have a loaded host, as the next call would, at the latest at `until`; raises AsrBenchError."""
        self._hosting.loaded(until)

    def close(self, until: float = math.inf) -> None:
        """End the host, at once if it has not ended by itself at `until`; its memory is free when this returns."""
        self._hosting.close(until)

    def kill(self) -> None:
        """End the host at once, whatever it is doing."""
        self._hosting.kill()

    def _call(
        self,
        measured: Measurement,
        job: Job,
        rounds: int,
        until: float,
        *,
        beat: bool = True,
        cores: Sequence[int] = (),
    ) -> list[Call]:
        """Transcribe a recording `rounds` times; a host that has just been started is warmed up before."""
        hosting = self._hosting
        if hosting.hopeless and hosting.report is not None:  # what nobody can read is still nobody's failure
            job.recording.read(hosting.report.sample_rate, measured.snippet)
        host, report = hosting.loaded(until, cores)
        _note_host(measured, report, hosting.share)
        decoded = job.recording.decode(report.sample_rate, measured.case.clip)
        measured.remarks += decoded.remarks
        measured.audio_seconds = decoded.audio.seconds
        try:
            warmup = self._policy.warmup if hosting.cold else 0
            calls = self._asked(host, job, decoded.audio, rounds, warmup, Limit(self._policy.timeout, until))
            if beat:
                self._beat(host, measured, calls, until)
        except (HostCrashedError, HostTimeoutError) as error:
            hosting.gone(error)
            raise
        hosting.answered()
        return calls

    def _asked(self, host: Host, job: Job, audio: Audio, rounds: int, warmup: int, limit: Limit) -> list[Call]:
        """Give the host the recording, or the transcript that it is to go on from."""
        if job.heard is not None:
            passage = Passage(job.heard, job.prompt, audio.name)
            return host.rewrite([passage], job.decoding, rounds=rounds, warmup=warmup, limit=limit)
        utterance = Utterance(audio, job.language, job.prompt)
        return host.transcribe([utterance], job.decoding, rounds=rounds, warmup=warmup, limit=limit)

    def _beat(self, host: Host, measured: Measurement, calls: Sequence[Call], until: float) -> None:
        """Run the reference workload if it is due: between two calls, while the model waits."""
        workload = self._reference_workload
        if workload is None or not workload.earn(sum(call.seconds for call in calls)):
            return
        beat = workload.beat()
        with suppress(AdapterFailedError):  # an accelerator that takes no other work than the model's
            beat |= host.reference(measured.device, until)
        measured.reference_seconds += (beat,)

    def _fill(self, measured: Measurement, job: Job, calls: Sequence[Call]) -> None:
        """Take over what the calls told, but for warm-up calls, of which only the first one's seconds count."""
        timed = [call for call in calls if not call.warmup]
        answer = timed[-1].transcripts[0]
        measured.transcript, measured.transcript_details = answer.text, answer.details
        measured.unstable = len({call.transcripts[0].text for call in calls}) > 1
        measured.variants = variants([call.transcripts[0].text for call in timed])
        measured.seconds = tuple(call.seconds for call in timed)
        measured.cpu_seconds = tuple(call.cpu_seconds for call in timed)
        measured.others = measured.waiting = measured.throttled = (None,) * len(timed)
        self._watch.rounds(measured, len(timed))
        if calls[0].warmup:
            self._first_seconds = calls[0].seconds
        measured.first_seconds = self._first_seconds
        assert self._hosting.report is not None
        measured.stages = stages.told(job, self._plan, self._hosting.report, timed)
        _note_memory(measured, calls[-1].memory)

    def _note(self, measured: Measurement, error: AsrBenchError) -> None:
        experimental = self.entry.experimental
        faults.note(measured, error, loaded=self._hosting.report is not None, experimental=experimental)
        if measured.fault is not Fault.LOAD:
            return
        if measured.error_kind == GIVEN_UP:
            measured.status = Status.SKIPPED if experimental else Status.NOT_RUN
            measured.error = f"not run: {self.entry.name} could not be loaded, {self._told_in} says why"
        else:
            self._told_in = measured.case.clip


def _note_host(measured: Measurement, report: LoadReport, share: tuple[int | None, float | None]) -> None:
    measured.runtime, measured.device, measured.dtype = report.runtime, report.device, report.dtype
    measured.versions, measured.load_details = report.versions, report.details
    measured.device_notes, measured.load_seconds = tuple(report.device_notes), report.load_seconds
    measured.timing = stages.timing(report)
    measured.cores, measured.cpu_quota = share


def _note_memory(measured: Measurement, memory: Memory) -> None:
    measured.peak_ram, measured.empty_ram = memory.peak_ram, memory.empty_ram
    measured.peak_vram, measured.peak_vram_driver = memory.peak_vram, memory.peak_vram_driver
    measured.unified_memory = memory.unified
