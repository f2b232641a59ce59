"""From a case to its outcome: an engine measures, and then, when that is done, the answer is judged and kept."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import reduce
from itertools import chain

from pytest_asrbench.adapter import SETTINGS
from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.engine import faults
from pytest_asrbench.engine.protocol import Engine, Events, Job
from pytest_asrbench.errors import AsrBenchError, CorpusError
from pytest_asrbench.metrics import scoring
from pytest_asrbench.metrics.normalizers import Normalizer
from pytest_asrbench.metrics.scoring import Judge, count_rounds
from pytest_asrbench.records import Case, Measurement, Outcome, variants
from pytest_asrbench.support.languages import Told
from pytest_asrbench.tasks.task import Task, prompt_digest

_CASE = frozenset({"model", "corpus", "snippet", "task", "scenario", "remarks"})
_TOLD = tuple(one.name for one in fields(Measurement) if one.name not in _CASE)
_ROUNDS = ("seconds", "cpu_seconds", "others", "waiting", "throttled", "reference_seconds")
_MEMORY = ("peak_ram", "empty_ram", "peak_vram", "peak_vram_driver", "unified_memory")


@dataclass(frozen=True, slots=True)
class Asked:
    """A job, and all that its answer is judged by. told: what is told of the language, and who has the say."""

    job: Job
    corpus: Corpus
    task: Task
    told: Told
    normalizer: Normalizer


class Measuring:
    """The cases of a session, as far as they are measured.

    keep: called with each outcome before anyone else sees it. until: when the work at hand must be done, a reading of
    time.monotonic(). outcomes: what came of each case. grown: called with an outcome that has got further rounds.
    normalizers: of each corpus.
    """

    def __init__(
        self,
        engine: Engine,
        events: Events,
        keep: Callable[[Outcome], None],
        grown: Callable[[Outcome], None],
        normalizers: Mapping[str, Normalizer],
        until: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self.engine = engine
        self.events = events
        self.until = until
        self.outcomes: dict[Case, Outcome] = {}
        self._keep = keep
        self._grown = grown
        self._normalizers = normalizers
        self._parts: dict[Case, list[Measurement]] = {}  # of which each outcome was made

    def measure(self, asked: Asked, until: float) -> Outcome:
        """Measure and judge a case; whatever goes wrong is in its outcome, which is kept."""
        case = asked.job.case
        self.events.case(case.model, case.clip)
        outcome = _unmeasured(asked)
        with _noting(outcome, asked):
            judge = _judge(outcome, asked)
            with _noting(outcome, asked):
                self._answer(outcome, asked, judge, until)
            if not outcome.scores:
                judge.count_loss()
        self._keep(outcome)
        self.outcomes[case] = outcome
        return outcome

    def _answer(self, outcome: Outcome, asked: Asked, judge: Judge, until: float) -> None:
        """Have the engine measure, and the answer, if there is one, judged."""
        case, problem = asked.job.case, asked.job.recording.problem
        if problem is not None:
            raise CorpusError(problem)
        measured = self.engine.result(case, until)
        _check(measured, asked.job)
        _take(outcome, measured)
        self._parts[case] = [measured]
        if measured.measured:
            judge.score()

    def again(self, outcome: Outcome, *, beat: bool = True, cores: Sequence[int] = (), outlook: str = "") -> None:
        """Measure one more round of a case. Raises AsrBenchError when the model fails; the outcome then is as it was.

        beat, cores: as for `Engine.repeat`. outlook: how long all this will take, for the progress line.
        """
        case = outcome.case
        self.events.case(case.model, f"{case.clip}, round {len(outcome.seconds) + 1}{outlook}")
        parts = self._parts.setdefault(case, [_copy(outcome)])
        parts.append(self.engine.repeat(case, self.until(), beat=beat, cores=cores))
        last = parts[-1]
        outcome.unstable = outcome.unstable or last.transcript != outcome.transcript
        outcome.remarks = tuple(dict.fromkeys((*outcome.remarks, *last.remarks)))
        for name in _MEMORY:
            setattr(outcome, name, getattr(last, name))
        self.complete(outcome)

    def complete(self, outcome: Outcome) -> None:
        """Put its rounds together, with what has become known of them since."""
        parts = self._parts.get(outcome.case, ())
        for name in _ROUNDS if parts else ():
            setattr(outcome, name, tuple(chain.from_iterable(getattr(part, name) for part in parts)))
        if outcome.stages and len(parts) > 1:
            outcome.stages = tuple(
                reduce(operator.add, rounds) for rounds in zip(*(part.stages for part in parts), strict=True)
            )
        if outcome.measured and len(parts) > 1:
            outcome.variants = variants([text for part in parts for text in _texts(part)])
            count_rounds(outcome, self._normalizers[outcome.set_name])

    def finish(self) -> None:
        """Complete all outcomes, for the last time: there will be no further rounds."""
        for outcome in self.outcomes.values():
            self.complete(outcome)
        self._parts.clear()

    @contextmanager
    def further(self, outcomes: Iterable[Outcome], failed: Callable[[AsrBenchError], None]) -> Iterator[None]:
        """Keep what has become of the outcomes when the block ends, however it ends; `failed` is told of a fault."""
        chosen = list(outcomes)
        before = {outcome.case: len(outcome.seconds) for outcome in chosen}
        try:
            yield
        except AsrBenchError as error:
            failed(error)
        finally:
            for outcome in chosen:
                if len(outcome.seconds) > before[outcome.case]:
                    self.complete(outcome)
                    self._grown(outcome)
                    self._keep(outcome)


def _unmeasured(asked: Asked) -> Outcome:
    snippet, job = asked.job.recording, asked.job
    return Outcome.of(
        job.case,
        base=job.model.of or job.model.names[-1],
        task_version=asked.task.version,
        prompt=job.prompt,
        prompt_digest=prompt_digest(job.prompt),
        decoding={name: value for name in SETTINGS if (value := getattr(job.decoding, name)) not in (None, False)},
        corpus_version=asked.corpus.version,
        speaker=snippet.speaker,
        tags=snippet.tags,
        normalizer=asked.normalizer.stamp,
    )


@contextmanager
def _noting(outcome: Outcome, asked: Asked) -> Iterator[None]:
    """Whatever goes wrong within the block is noted in the outcome."""
    try:
        yield
    except AsrBenchError as error:
        faults.note(outcome, error, experimental=asked.job.model.experimental)
        outcome.audio_seconds = outcome.audio_seconds or asked.job.recording.seconds()
    except Exception as error:
        faults.note_ours(outcome, error)


def _judge(outcome: Outcome, asked: Asked) -> Judge:
    """Note what was said, as far as it is known even of a clip that is not measured, and return who scores it."""
    snippet, (own, *others) = asked.job.recording, scoring.fields(asked.task.reference, asked.task.metrics)
    outcome.reference_field = own
    try:
        outcome.reference = snippet.reference(own)
    except CorpusError:
        if snippet.problem is None:
            raise
    outcome.other_references, unusable = snippet.readable(others)
    outcome.remarks += tuple(unusable)
    return Judge(outcome, asked.told, asked.normalizer, asked.task.metrics, asked.task.format, asked.task.judge)


def _check(measured: Measurement, job: Job) -> None:
    """Raise ValueError for what an engine gave as an answer and is none."""
    untimed = measured.timing and not measured.seconds
    if measured.measured and (measured.transcript is None or untimed or not measured.audio_seconds):
        raise ValueError(
            "the engine gave an answer without a transcript, the seconds of a round, or those of the audio"
        )
    if measured.measured and job.load is not None and not measured.requests:
        raise ValueError(f"the engine asked for one clip at a time, where {job.case.scenario} was wanted")


def _take(outcome: Outcome, measured: Measurement) -> None:
    for name in _TOLD:
        setattr(outcome, name, getattr(measured, name))
    outcome.remarks = tuple(dict.fromkeys((*outcome.remarks, *measured.remarks)))


def _texts(part: Measurement) -> Sequence[str]:
    """What was answered in each round."""
    return part.variants or (part.transcript or "",) * len(part.seconds)


def _copy(outcome: Outcome) -> Measurement:
    """The rounds that an earlier session has measured."""
    kept = {name: getattr(outcome, name) for name in (*_ROUNDS, "transcript", "variants", "stages")}
    return Measurement(outcome.model, outcome.corpus, outcome.snippet, **kept)
