"""Takes one model through its cases: starts its host when needed, measures, and turns every fault into an outcome.

After a crash or a time-out a new host is started for the next case. A model that cannot be loaded, or that goes down
several times in a row, is given up: its remaining cases say why and cost no more time.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pytest_asrbench.adapter import Request
from pytest_asrbench.corpus import Corpus, Snippet
from pytest_asrbench.errors import (
    AdapterFailedError,
    AsrBenchError,
    CorpusError,
    HostCrashedError,
    HostError,
    HostTimeoutError,
    UnsuitedError,
)
from pytest_asrbench.host.parent import Host, HostPlan, Lap, LoadReport
from pytest_asrbench.records import Fault, Outcome, Status
from pytest_asrbench.registry import ModelEntry
from pytest_asrbench.scoring.normalizers import Normalizer
from pytest_asrbench.scoring.wer import score_normalized
from pytest_asrbench.speed.reference import Reference


@dataclass(frozen=True, slots=True)
class Policy:
    """How to measure: timed rounds per case, untimed calls per host, deadlines in seconds, patience with crashes."""

    rounds: int = 1
    warmup: int = 1
    timeout: float = 600.0
    load_timeout: float = 1_800.0
    crashes_in_a_row: int = 5
    task: str = "transcribe"


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
    ) -> None:
        self.entry = entry
        self._plan = plan
        self._policy = policy
        self._start = start
        self._on_step = on_step
        self._reference_workload = reference
        self._host: Host | None = None
        self._report: LoadReport | None = None
        self._cold = True
        self._first_seconds: float | None = None
        self._crashes = 0
        self._given_up: HostError | None = None

    def measure(
        self, corpus: Corpus, snippet: Snippet, normalizer: Normalizer, timeout: float | None = None
    ) -> Outcome:
        """Measure one case; whatever goes wrong is in the outcome. `timeout` (seconds) tightens the deadline."""
        language = snippet.language or corpus.language
        outcome = Outcome(
            self.entry.name,
            corpus.name,
            snippet.id,
            corpus_version=corpus.version,
            task=self._policy.task,
            language=language,
            speaker=snippet.speaker,
            tags=snippet.tags,
            normalizer=normalizer.stamp,
        )
        try:
            reference = self._reference(outcome, snippet, normalizer)
            transcript = self._measure(outcome, snippet, timeout or float("inf"))
            normalized = normalizer.apply(transcript, language)
            outcome.score = score_normalized(reference, normalized, outcome.reference or "", transcript)
            outcome.status = Status.OK
        except AsrBenchError as error:
            _record_fault(outcome, error, experimental=self.entry.experimental)
            outcome.audio_seconds = outcome.audio_seconds or snippet.seconds()
        except Exception as error:  # a mistake of ours, or of a normaliser: it, too, costs one case
            outcome.status, outcome.error_kind = Status.ERROR, type(error).__name__
            outcome.error = f"{outcome.error_kind} in the harness: {error}"
            outcome.log_tail = traceback.format_exc()
        return outcome

    def again(
        self, outcome: Outcome, snippet: Snippet, timeout: float | None = None, *, reference: bool = True
    ) -> None:
        """Add one timed round to a measured outcome. Raises HostError or AudioError; the outcome then is as it was.

        reference: whether the reference workload may follow; it leaves nothing of the model in the caches.
        """
        laps = self._call(outcome, snippet, 1, timeout or float("inf"), reference)
        lap = laps[-1]
        outcome.seconds += (lap.seconds,)
        outcome.cpu_seconds += (lap.cpu_seconds,)
        outcome.others += (None,)
        outcome.unstable = outcome.unstable or lap.transcripts[0]["text"] != outcome.transcript
        _note_memory(outcome, lap)

    def restrict(self, cores: Sequence[int]) -> None:
        """Let the host that is running work on these processor cores alone, until it ends."""
        if self._host is not None:
            self._host.restrict(cores)

    def start(self) -> None:
        """Have a loaded host, as the next call would; raises HostError."""
        self._loaded(float("inf"))

    def close(self) -> None:
        """End the host; its memory is free when this returns."""
        if self._host is not None:
            self._host.close()
            self._host = None

    def kill(self) -> None:
        """End the host at once, whatever it is doing."""
        if self._host is not None:
            self._host.kill()
            self._host = None

    def _reference(self, outcome: Outcome, snippet: Snippet, normalizer: Normalizer) -> str:
        """Note what was said, as far as it is known even of a clip that is not measured, and return it normalised."""
        try:
            outcome.reference = snippet.reference()
        except CorpusError:
            if snippet.problem is None:
                raise
        reference = normalizer.apply(outcome.reference or "", outcome.language)
        outcome.reference_words = len(reference.split())
        if snippet.problem is not None:
            raise CorpusError(snippet.problem)
        return reference

    def _measure(self, outcome: Outcome, snippet: Snippet, timeout: float) -> str:
        """Fill in all that the host tells and return the transcript."""
        outcome.weights = self._plan.origin
        return self._fill(outcome, self._call(outcome, snippet, self._policy.rounds, timeout))

    def _call(
        self, outcome: Outcome, snippet: Snippet, rounds: int, timeout: float, reference: bool = True
    ) -> list[Lap]:
        """Transcribe a snippet `rounds` times; a host that has just been started is warmed up before."""
        host, report = self._loaded(timeout)
        outcome.runtime, outcome.device, outcome.dtype = report.runtime, report.device, report.dtype
        outcome.versions, outcome.load_details = report.versions, report.details
        outcome.device_notes, outcome.load_seconds = tuple(report.device_notes), report.load_seconds
        audio = snippet.read(report.sample_rate, f"{outcome.corpus}/{outcome.snippet}")
        outcome.audio_seconds = audio.seconds
        request = Request(
            task=self._policy.task,
            language=outcome.language or self.entry.language,
            prompt=self.entry.prompt,
            max_new_tokens=self.entry.max_new_tokens,
        )
        try:
            laps = host.transcribe(
                [audio],
                request,
                rounds=rounds,
                warmup=self._policy.warmup if self._cold else 0,
                timeout=min(self._policy.timeout, timeout),
            )
            if reference:
                self._beat(host, outcome, laps)
        except (HostCrashedError, HostTimeoutError) as error:
            self._host = None
            self._crashes += 1
            if self._crashes >= self._policy.crashes_in_a_row:
                self._given_up = error
            raise
        self._crashes = 0
        self._cold = False
        return laps

    def _beat(self, host: Host, outcome: Outcome, laps: list[Lap]) -> None:
        """Run the reference workload if it is due: between two calls, while the model waits."""
        workload = self._reference_workload
        if workload is None or not workload.earn(sum(lap.seconds for lap in laps)):
            return
        beat = workload.beat()
        with suppress(AdapterFailedError):  # an accelerator that takes no other work than the model's
            beat |= host.reference(outcome.device)
        outcome.reference_seconds += (beat,)

    def _loaded(self, timeout: float) -> tuple[Host, LoadReport]:
        if self._given_up is not None:
            raise AdapterFailedError(f"not tried, the model was given up: {self._given_up}", kind="GivenUp")
        if self._host is not None and self._report is not None:
            return self._host, self._report
        self._on_step("loading")
        host = self._start(self._plan)
        try:
            self._report = host.load(min(self._policy.load_timeout, timeout))
        except HostError as error:
            host.kill()
            self._crashes += 1
            # An exception at load will come again; a crash or a time-out is given one more chance.
            if isinstance(error, AdapterFailedError) or self._crashes > 1:
                self._given_up = error
            raise
        except BaseException:
            host.kill()
            raise
        self._host, self._cold = host, True
        self._on_step("first call")
        return host, self._report

    def _fill(self, outcome: Outcome, laps: list[Lap]) -> str:
        timed = [lap for lap in laps if not lap.warmup]
        texts = [lap.transcripts[0]["text"] for lap in laps]
        transcript: str = timed[-1].transcripts[0]["text"]
        outcome.transcript = transcript
        outcome.transcript_details = timed[-1].transcripts[0]["details"]
        outcome.unstable = len(set(texts)) > 1
        outcome.seconds = tuple(lap.seconds for lap in timed)
        outcome.cpu_seconds = tuple(lap.cpu_seconds for lap in timed)
        outcome.others = (None,) * len(timed)
        if laps[0].warmup:
            self._first_seconds = laps[0].seconds
        outcome.first_seconds = self._first_seconds
        _note_memory(outcome, laps[-1])
        return transcript


def _note_memory(outcome: Outcome, lap: Lap) -> None:
    outcome.peak_ram, outcome.empty_ram = lap.peak_ram, lap.empty_ram
    outcome.peak_vram, outcome.peak_vram_driver = lap.peak_vram, lap.peak_vram_driver
    outcome.unified_memory = lap.unified


def _record_fault(outcome: Outcome, error: AsrBenchError, *, experimental: bool) -> None:
    outcome.error = str(error)
    outcome.error_kind = type(error).__name__.removesuffix("Error")
    outcome.status = Status.ERROR
    if isinstance(error, HostError):
        outcome.log_tail = error.log_tail
        if isinstance(error, HostTimeoutError):
            outcome.status = Status.TIMEOUT
        elif isinstance(error, HostCrashedError):
            outcome.status = Status.CRASH
        elif isinstance(error, AdapterFailedError):
            outcome.error_kind = error.kind
    outcome.fault = _fault(error)
    # What is wrong with a recording is no fault of the model's.
    if outcome.fault is Fault.UNSUITED or (experimental and outcome.fault is not Fault.INPUT):
        outcome.status = Status.SKIPPED


def _fault(error: AsrBenchError) -> Fault:
    if isinstance(error, CorpusError):
        return Fault.INPUT
    # What an adapter raised comes from its process by name.
    kind = error.kind if isinstance(error, AdapterFailedError) else type(error).__name__
    unsuited = kind == UnsuitedError.__name__
    return Fault.UNSUITED if unsuited else Fault.MODEL
