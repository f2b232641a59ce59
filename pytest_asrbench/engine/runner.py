"""Takes one model through its cases: starts its host when needed, measures, and turns every fault into an outcome.

After a crash or a time-out a new host is started for the next case. A model that cannot be loaded, or that goes down
several times in a row, is given up: its remaining cases say why and cost no more time. Of one that was never loaded the
first case tells what is wrong, and the others are not run.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pytest_asrbench.adapter import Request
from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.host.answers import MAX_SENTENCE, Lap, LoadReport
from pytest_asrbench.engine.host.log import TAIL_BYTES
from pytest_asrbench.engine.host.parent import Host
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.engine.reference_workload import Reference
from pytest_asrbench.errors import (
    AdapterFailedError,
    AsrBenchError,
    CorpusError,
    HostCrashedError,
    HostError,
    HostTimeoutError,
    UnsuitedError,
)
from pytest_asrbench.machine import cgroups
from pytest_asrbench.machine.system_load import Watch, usable_cores
from pytest_asrbench.metrics.normalizers import Normalizer
from pytest_asrbench.metrics.scoring import Judge
from pytest_asrbench.models.registry import ModelEntry
from pytest_asrbench.records import Fault, Outcome, Status
from pytest_asrbench.support import languages
from pytest_asrbench.support.languages import Told
from pytest_asrbench.support.plain import printable
from pytest_asrbench.support.redaction import redact

_GIVEN_UP = "GivenUp"


@dataclass(frozen=True, slots=True)
class Policy:
    """How to measure: timed rounds per case, untimed calls per host, deadlines in seconds, patience with crashes.

    language: told for all snippets, whatever else is known; usual_language: where nothing else tells.
    """

    rounds: int = 1
    warmup: int = 1
    timeout: float = 600.0
    load_timeout: float = 1_800.0
    crashes_in_a_row: int = 5
    task: str = "transcribe"
    language: str | None = None
    usual_language: str | None = None


class Runner:
    """One model's way through a run."""

    def __init__(
        self,
        entry: ModelEntry,
        plan: HostPlan,
        policy: Policy,
        start: Callable[[HostPlan], Host],
        on_step: Callable[[str], None] = lambda _step: None,
        reference: Reference | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.entry = entry
        self._plan = plan
        self._policy = policy
        self._start = start
        self._on_step = on_step
        self._reference_workload = reference
        self._watch = watch or Watch()
        self._host: Host | None = None
        self._report: LoadReport | None = None
        self._share: tuple[int | None, float | None] = (None, None)  # of the machine: cores, quota
        self._cold = True
        self._first_seconds: float | None = None
        self._crashes = 0
        self._given_up: AsrBenchError | None = None
        self._told_in = ""  # the case that tells why the model cannot be loaded

    def measure(self, corpus: Corpus, snippet: Snippet, normalizer: Normalizer, until: float = math.inf) -> Outcome:
        """Measure one case; whatever goes wrong is in the outcome.

        until: a reading of time.monotonic() at which loading and all rounds together must be done.
        """
        outcome = Outcome(
            self.entry.name,
            corpus.name,
            snippet.id,
            corpus_version=corpus.version,
            task=self._policy.task,
            speaker=snippet.speaker,
            tags=snippet.tags,
            normalizer=normalizer.stamp,
        )
        try:
            judge = self._judge(outcome, snippet, self._told(corpus, snippet), normalizer)
            self._measure(outcome, snippet, until)
            judge.score()
            outcome.status = Status.OK
        except AsrBenchError as error:
            self._record_fault(outcome, error)
            outcome.audio_seconds = outcome.audio_seconds or snippet.seconds()
        except Exception as error:  # a mistake of ours, or of a normaliser: it, too, costs one case
            outcome.status, outcome.error_kind = Status.ERROR, type(error).__name__
            outcome.error = redact(printable(f"{outcome.error_kind} in the harness: {error}", MAX_SENTENCE))
            outcome.log_tail = redact(printable(traceback.format_exc(), TAIL_BYTES))
        return outcome

    def again(self, outcome: Outcome, snippet: Snippet, until: float = math.inf, *, reference: bool = True) -> None:
        """Add one timed round to a measured outcome. Raises HostError or AudioError; the outcome then is as it was.

        until: as in `measure`. reference: whether the reference workload may follow; it leaves nothing of the model in
        the caches.
        """
        laps = self._call(outcome, snippet, 1, until, reference)
        lap = laps[-1]
        outcome.seconds += (lap.seconds,)
        outcome.cpu_seconds += (lap.cpu_seconds,)
        outcome.others += (None,)
        outcome.waiting += (None,)
        outcome.throttled += (None,)
        self._watch.rounds(outcome, 1)
        outcome.unstable = outcome.unstable or lap.transcripts[0]["text"] != outcome.transcript
        _note_memory(outcome, lap)

    def restrict(self, cores: Sequence[int]) -> None:
        """Let the host that is running work on these processor cores alone, until it ends."""
        if self._host is not None:
            self._host.restrict(cores)

    def start(self, until: float = math.inf) -> None:
        """Have a loaded host, as the next call would, at the latest at `until`; raises HostError."""
        self._loaded(until)

    def close(self, until: float = math.inf) -> None:
        """End the host, at once if it has not ended by itself at `until`; its memory is free when this returns."""
        if self._host is not None:
            self._watch.part(self._host.pid)
            self._host.close(until)
            self._host = None

    def kill(self) -> None:
        """End the host at once, whatever it is doing."""
        if self._host is not None:
            self._watch.part(self._host.pid)
            self._host.kill()
            self._host = None

    def _told(self, corpus: Corpus, snippet: Snippet) -> Told:
        """What is told of the snippet's language, and who has the say."""
        return languages.of_case(
            command_line=self._policy.language,
            snippet=snippet.language,
            corpus=corpus.language,
            model=self.entry.language,
            ini=self._policy.usual_language,
        )

    def _judge(self, outcome: Outcome, snippet: Snippet, told: Told, normalizer: Normalizer) -> Judge:
        """Note what was said, as far as it is known even of a clip that is not measured, and return who scores it."""
        try:
            outcome.reference = snippet.reference()
        except CorpusError:
            if snippet.problem is None:
                raise
        judge = Judge(outcome, told, normalizer)
        if snippet.problem is not None:
            raise CorpusError(snippet.problem)
        return judge

    def _measure(self, outcome: Outcome, snippet: Snippet, until: float) -> None:
        """Fill in all that the host tells."""
        outcome.weights = self._plan.origin
        self._fill(outcome, self._call(outcome, snippet, self._policy.rounds, until))

    def _call(self, outcome: Outcome, snippet: Snippet, rounds: int, until: float, reference: bool = True) -> list[Lap]:
        """Transcribe a snippet `rounds` times; a host that has just been started is warmed up before."""
        if self._given_up is not None and self._report is not None:  # what nobody can read is still nobody's failure
            snippet.read(self._report.sample_rate, outcome.snippet)
        host, report = self._loaded(until)
        outcome.runtime, outcome.device, outcome.dtype = report.runtime, report.device, report.dtype
        outcome.versions, outcome.load_details = report.versions, report.details
        outcome.device_notes, outcome.load_seconds = tuple(report.device_notes), report.load_seconds
        outcome.cores, outcome.cpu_quota = self._share
        decoded = snippet.decode(report.sample_rate, f"{outcome.corpus}/{outcome.snippet}")
        outcome.remarks = tuple(dict.fromkeys((*outcome.remarks, *decoded.remarks)))
        audio = decoded.audio
        outcome.audio_seconds = audio.seconds
        request = Request(
            task=self._policy.task,
            language=outcome.language_told,
            prompt=self.entry.prompt,
            max_new_tokens=self.entry.max_new_tokens,
        )
        try:
            laps = host.transcribe(
                [audio],
                request,
                rounds=rounds,
                warmup=self._policy.warmup if self._cold else 0,
                limit=Limit(self._policy.timeout, until),
            )
            if reference:
                self._beat(host, outcome, laps, until)
        except (HostCrashedError, HostTimeoutError) as error:
            self._watch.part(host.pid)
            self._host = None
            self._crashes += 1
            if self._crashes >= self._policy.crashes_in_a_row:
                self._given_up = error
            raise
        self._crashes = 0
        self._cold = False
        return laps

    def _beat(self, host: Host, outcome: Outcome, laps: list[Lap], until: float) -> None:
        """Run the reference workload if it is due: between two calls, while the model waits."""
        workload = self._reference_workload
        if workload is None or not workload.earn(sum(lap.seconds for lap in laps)):
            return
        beat = workload.beat()
        with suppress(AdapterFailedError):  # an accelerator that takes no other work than the model's
            beat |= host.reference(outcome.device, until)
        outcome.reference_seconds += (beat,)

    def _loaded(self, until: float) -> tuple[Host, LoadReport]:
        if self._given_up is not None:
            if _is_unsuited(self._given_up):
                raise self._given_up
            raise AdapterFailedError(f"not tried, the model was given up: {self._given_up}", kind=_GIVEN_UP)
        if self._host is not None and self._report is not None:
            return self._host, self._report
        try:
            try:
                self._host, self._report = self._load(until)
            except HostCrashedError:  # it may have been chance; an exception will come again, a wait would be long
                self._host, self._report = self._load(until)
        except AsrBenchError as error:
            self._given_up = error
            raise
        self._cold = True
        self._watch.join(self._host.pid)
        quota = cgroups.quota(process=self._host.pid)
        self._share = usable_cores(self._host.pid), quota.cores if quota is not None else None
        self._on_step("first call")
        return self._host, self._report

    def _load(self, until: float) -> tuple[Host, LoadReport]:
        self._on_step("loading")
        host = self._start(self._plan)
        try:
            return host, host.load(Limit(self._policy.load_timeout, until))
        except BaseException:
            host.kill()
            raise

    def _fill(self, outcome: Outcome, laps: list[Lap]) -> None:
        timed = [lap for lap in laps if not lap.warmup]
        texts = [lap.transcripts[0]["text"] for lap in laps]
        outcome.transcript = timed[-1].transcripts[0]["text"]
        outcome.transcript_details = timed[-1].transcripts[0]["details"]
        outcome.unstable = len(set(texts)) > 1
        outcome.seconds = tuple(lap.seconds for lap in timed)
        outcome.cpu_seconds = tuple(lap.cpu_seconds for lap in timed)
        outcome.others = outcome.waiting = outcome.throttled = (None,) * len(timed)
        self._watch.rounds(outcome, len(timed))
        if laps[0].warmup:
            self._first_seconds = laps[0].seconds
        outcome.first_seconds = self._first_seconds
        _note_memory(outcome, laps[-1])

    def _record_fault(self, outcome: Outcome, error: AsrBenchError) -> None:
        outcome.error, outcome.error_kind = redact(str(error)), type(error).__name__.removesuffix("Error")
        outcome.status, outcome.fault = _status(error), self._fault(error)
        if isinstance(error, HostError):
            outcome.log_tail = redact(error.log_tail)
        if isinstance(error, AdapterFailedError):
            outcome.error_kind = error.kind
        if outcome.fault is Fault.LOAD and outcome.error_kind == _GIVEN_UP:
            outcome.status = Status.NOT_RUN
            outcome.error = f"not run: {self.entry.name} could not be loaded, {self._told_in} says why"
        elif outcome.fault is Fault.LOAD:
            self._told_in = f"{outcome.corpus}/{outcome.snippet}"
        # What is wrong with a recording is no fault of the model's.
        if outcome.fault is Fault.UNSUITED or (self.entry.experimental and outcome.fault is not Fault.INPUT):
            outcome.status = Status.SKIPPED

    def _fault(self, error: AsrBenchError) -> Fault:
        if isinstance(error, CorpusError):
            return Fault.INPUT
        if _is_unsuited(error):
            return Fault.UNSUITED
        return Fault.LOAD if self._report is None else Fault.MODEL


def _is_unsuited(error: AsrBenchError) -> bool:
    # What an adapter raises comes from the model's process by name.
    by_name = isinstance(error, AdapterFailedError) and error.kind == UnsuitedError.__name__
    return by_name or isinstance(error, UnsuitedError)


def _status(error: AsrBenchError) -> Status:
    if isinstance(error, HostTimeoutError):
        return Status.TIMEOUT
    return Status.CRASH if isinstance(error, HostCrashedError) else Status.ERROR


def _note_memory(outcome: Outcome, lap: Lap) -> None:
    outcome.peak_ram, outcome.empty_ram = lap.peak_ram, lap.empty_ram
    outcome.peak_vram, outcome.peak_vram_driver = lap.peak_vram, lap.peak_vram_driver
    outcome.unified_memory = lap.unified
