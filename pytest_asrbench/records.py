"""The data that flows: one versioned schema for journal, CSV, JSON and history. Plain values, no behaviour.

Units: seconds, bytes; error rates as fractions (0.031 is 3.1 %). None means "not known" or "undefined", never zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from statistics import median
from typing import Any, Self

SCHEMA = 2
TIMING = "child-wall-1"  # changes whenever the timed region does: figures of different definitions do not compare
REMOTE_TIMING = "client-wall-1"  # of a model that computes on another machine: the network is part of it


TASK = "transcribe"
VERBATIM = "verbatim"  # the field of a snippet's references that holds what is said, as it is said
CLEAN = "clean"  # the field of what should come out: the verbatim one without fillers, repetitions and repairs
FIELD = re.compile(r"[a-z][a-z0-9_]*")  # what a field may be called
SCENARIO = "single-stream"  # one clip at a time, in the words of MLPerf Inference
SERVER = "server"  # requests that arrive by a schedule: "server@2rps", "server@4clients"
WORDS = "wer"  # the metric that counts words
Number = int | float  # what is counted stays whole, in files, too


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """What is measured: a model on a snippet of a corpus, asked for a task, in a scenario of how the work arrives.

    Without a snippet: all cases of the model on the corpus together, as totals and their limits are of them.
    """

    model: str
    corpus: str
    snippet: str = ""
    task: str = TASK
    scenario: str = SCENARIO

    @property
    def set_name(self) -> str:
        """What totals and comparisons are of; see `set_name`."""
        return set_name(self.corpus, self.task, self.scenario)

    @property
    def whole(self) -> Case:
        """All cases of its model on its corpus together."""
        return self.of("")

    def of(self, snippet: str) -> Case:
        """The case of one of its snippets."""
        return Case(self.model, self.corpus, snippet, self.task, self.scenario)

    @property
    def clip(self) -> str:
        """Its snippet, among those of all corpora: "CORPUS/SNIPPET"."""
        return f"{self.corpus}/{self.snippet}"


def set_name(corpus: str, task: str | None, scenario: str | None = None) -> str:
    """What the cases of a corpus, a task and a scenario are called together.

    The corpus, with `-TASK` and `-SCENARIO` behind it where they are not the default; None: not known, and so that.
    """
    others = (name for name, usual in ((task, TASK), (scenario, SCENARIO)) if name not in (usual, None))
    return "-".join((corpus, *filter(None, others)))


class Status(StrEnum):
    """How the measurement of a case ended; a missed limit is no matter of status."""

    OK = "OK"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    CRASH = "CRASH"
    SKIPPED = "SKIPPED"
    NOT_RUN = "NOT_RUN"


class Fault(StrEnum):
    """Whose fault it is that a case has no transcript; only the model's counts as deleted words.

    INPUT: the recording or its reference cannot be used, by no model. LOAD: the model was never there to be asked.
    UNSUITED: the model is not made for this, a language that it does not have for one.
    """

    NONE = ""
    INPUT = "input"
    LOAD = "load"
    MODEL = "model"
    UNSUITED = "unsuited"


@dataclass(frozen=True, slots=True)
class Breach:
    """A missed limit: of which case, of what, what was measured, the limit, who set it, and the sentence for people.

    case: without a snippet, a whole corpus. metric: the name of one, "peak_ram_mb" or "peak_vram_mb", and against a
    baseline "NAME_loss" and "slowdown" (differences), "transcripts" (changed ones) and "compared" (snippets that could
    be, of those that should). value and limit are in the metric's unit, None where there is no number.
    details: lines below the sentence for who looks into it, such as a word diff of each snippet.
    """

    case: Case
    metric: str
    text: str
    value: float | None = None
    limit: float | None = None
    origin: str = ""
    details: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The sentence and the details below it, as a failing case shows them."""
        return "\n".join((self.text, *self.details))


@dataclass(frozen=True, slots=True)
class Counts:
    """What a metric has counted, in one case or in many: their sum is the counts of all, their quotient the rate.

    parts: what errors or total are made of, or what else the metric needs to know of a sum, by name. found: what was
    wrong in one case, word for word ('lost "not"'); a sum has none.
    """

    errors: Number = 0
    total: Number = 0
    parts: Mapping[str, Number] = field(default_factory=dict)
    found: tuple[str, ...] = ()

    def __add__(self, other: Counts) -> Counts:
        names = self.parts if self.parts.keys() == other.parts.keys() else {**self.parts, **other.parts}
        parts = {name: self.parts.get(name, 0) + other.parts.get(name, 0) for name in names}
        return Counts(self.errors + other.errors, self.total + other.total, parts)

    @property
    def rate(self) -> float | None:
        """Errors / total; None without a total."""
        return rate(self.errors, self.total)

    def part(self, name: str) -> float:
        """One of the parts, or "errors" or "total"; 0 for what was not counted."""
        return {"errors": self.errors, "total": self.total}.get(name, self.parts.get(name, 0))


class Worded:
    """What has `scores`, and so words and errors in them; nothing where none were counted."""

    __slots__ = ()
    scores: Mapping[str, Counts]

    @property
    def errors(self) -> float:
        """Word errors, in the answers that were given."""
        return self.scores.get(WORDS, Counts()).errors

    @property
    def reference_words(self) -> float:
        """Words of the normalised references of these."""
        return self.scores.get(WORDS, Counts()).total


class Score:
    """What the metrics say of one answer, by name: `score.wer`, and parts of the counts such as `score.insertions`.

    errors, reference_words: of the word error rate.
    """

    __slots__ = ("_metrics", "_scores")

    def __init__(self, scores: Mapping[str, Counts], metrics: Iterable[str] = ()) -> None:
        self._scores = scores
        self._metrics = frozenset(metrics)

    @property
    def errors(self) -> float:
        """Word errors."""
        return self._scores[WORDS].errors

    @property
    def reference_words(self) -> float:
        """Words of the normalised reference."""
        return self._scores[WORDS].total

    def __getattr__(self, name: str) -> float | None:
        if name.startswith("_"):  # of a copy that has no fields yet
            raise AttributeError(name)
        if name in self._scores or name in self._metrics:
            return self._scores.get(name, Counts()).rate
        found = (counts.parts[name] for counts in self._scores.values() if name in counts.parts)
        value = next(found, None)
        if value is None:
            raise AttributeError(f"no metric is called {name!r}, and none counts it")
        return value


@dataclass(frozen=True, slots=True)
class Stage:
    """One model of a pipeline in one case; no seconds, and no memory, where its text was made elsewhere.

    transcript: what it answered in the last round, which the next stage was given; details: what it told beside that.
    seconds, cpu_seconds: of each timed round, by the clock that `timing` names.
    """

    model: str
    transcript: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    seconds: tuple[float, ...] = ()
    cpu_seconds: tuple[float, ...] = ()
    timing: str = ""
    load_seconds: float | None = None
    load_details: Mapping[str, Any] = field(default_factory=dict)
    weights: str = ""
    runtime: str = ""
    device: str = ""
    dtype: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    peak_ram: int | None = None
    peak_vram: int | None = None

    @property
    def time(self) -> float | None:
        """Its compute seconds: the median of its rounds."""
        return middle(self.seconds)

    def __add__(self, later: Stage) -> Stage:
        """The same with the rounds of `later` behind its own; text and memory are those of the later ones."""
        rounds = {name: getattr(self, name) + getattr(later, name) for name in ("seconds", "cpu_seconds")}
        return replace(later, **rounds)


@dataclass(frozen=True, slots=True)
class Request:
    """One request in the scenario `server`, in seconds since the first call could be made.

    due: when it arrived, by the schedule. started, finished: when it was sent, and when its answer was there; None
    where that never was. late: by how much its sender was late. error: why it has no answer, "" for one that has.
    """

    due: float
    started: float | None = None
    finished: float | None = None
    late: float = 0.0
    error: str = ""

    @property
    def latency(self) -> float:
        """From its arrival to its answer; without end where none came, as an error is no fast answer."""
        return inf if self.error or self.finished is None else self.finished - self.due


@dataclass(slots=True)
class Measurement:
    """What an engine tells of one case, whatever came of it: what the model answered, how long it took, what it needed.

    remarks: what a reader should know of the case's input or answer, one sentence each ("the channels cancel" ...).
    unstable: whether calls were answered differently; variants: the answer of each timed round then, () where all of
    them are the same.
    seconds, cpu_seconds: of each timed round, by the child's clocks; others, waiting, throttled: what went on meanwhile
    (see `machine.system_load.Company`), known some cases later where an engine watches the machine; cores: those that
    the model could run on; cpu_quota: of how many its container could use the time, None without a quota;
    reference_seconds: of the parts of the reference workload, each time that it ran after a call. timing: whose clock
    it was, "" where nobody timed anything. stages: of a pipeline, whose seconds and memory are theirs together.
    requests: those for this clip in the scenario `server`, each of which is a round where it was answered.
    """

    model: str
    corpus: str
    snippet: str
    status: Status = Status.NOT_RUN
    task: str = TASK
    scenario: str = SCENARIO
    error: str = ""
    error_kind: str = ""
    fault: Fault = Fault.NONE
    remarks: tuple[str, ...] = ()
    log_tail: str = ""
    transcript: str | None = None
    transcript_details: Mapping[str, Any] = field(default_factory=dict)
    unstable: bool = False
    variants: tuple[str, ...] = ()
    audio_seconds: float | None = None
    seconds: tuple[float, ...] = ()
    cpu_seconds: tuple[float, ...] = ()
    others: tuple[float | None, ...] = ()
    waiting: tuple[float | None, ...] = ()
    throttled: tuple[float | None, ...] = ()
    cores: int | None = None
    cpu_quota: float | None = None
    reference_seconds: tuple[Mapping[str, float], ...] = ()
    first_seconds: float | None = None
    load_seconds: float | None = None
    weights: str = ""
    runtime: str = ""
    device: str = ""
    device_notes: tuple[str, ...] = ()
    dtype: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    load_details: Mapping[str, Any] = field(default_factory=dict)
    peak_ram: int | None = None
    empty_ram: int | None = None
    peak_vram: int | None = None
    peak_vram_driver: int | None = None
    unified_memory: bool | None = None
    timing: str = TIMING
    stages: tuple[Stage, ...] = ()
    requests: tuple[Request, ...] = ()

    @classmethod
    def of(cls, case: Case, **facts: Any) -> Self:
        """The record of a case, with what is known of it so far."""
        return cls(case.model, case.corpus, case.snippet, task=case.task, scenario=case.scenario, **facts)

    @property
    def case(self) -> Case:
        """What was measured."""
        return Case(self.model, self.corpus, self.snippet, self.task, self.scenario)

    @property
    def set_name(self) -> str:
        """What totals and comparisons of this are of; see `set_name`."""
        return set_name(self.corpus, self.task, self.scenario)

    @property
    def measured(self) -> bool:
        """Whether the model delivered a transcript."""
        return self.status is Status.OK

    @property
    def time(self) -> float | None:
        """Compute seconds of the case: the median of its rounds."""
        return middle(self.seconds)

    @property
    def on_cpu(self) -> bool:
        """Whether the process that was timed did the work itself, on the processor: what that spent is the model's."""
        return self.device.startswith("cpu") and self.timing == TIMING

    @property
    def cores_allowed(self) -> float | None:
        """Of how many cores the model could use the time."""
        return min(self.cores, self.cpu_quota or self.cores) if self.cores is not None else None

    @property
    def rtf(self) -> float | None:
        """Compute seconds / audio seconds."""
        return rate(self.time, self.audio_seconds)


@dataclass(slots=True)
class Outcome(Measurement):
    """A measurement, and how it was judged: what should have been said, and how far the answer is from it.

    language: the one that is spoken, as far as it is known; language_source: who says so ("snippet", "detected" ...;
    "script": its letters alone); language_told: what the model was told of it, None if it had to find out.
    base: the model that this one is a form of. task_version: that of the task; prompt: what the model was told, None:
    nothing, or the adapter's own words; decoding: the settings that it was given, the others being the adapter's.
    reference: what the task holds the answer against, reference_field: the field of that; other_references: those that
    metrics need beside it, by field.
    variant_errors: word errors of each variant. scores: what each metric counted in the answer; lost: what the lack of
    one costs; metrics: their versions.
    """

    base: str = ""
    task_version: str = ""
    prompt: str | None = None
    prompt_digest: str = ""
    decoding: Mapping[str, Any] = field(default_factory=dict)
    corpus_version: str | None = None
    language: str | None = None
    language_source: str = ""
    language_told: str | None = None
    speaker: str | None = None
    tags: tuple[str, ...] = ()
    reference: str | None = None
    reference_field: str = VERBATIM
    other_references: Mapping[str, str] = field(default_factory=dict)
    normalized_reference: str | None = None
    normalized_transcript: str | None = None
    reference_words: int = 0
    variant_errors: tuple[float, ...] = ()
    scores: Mapping[str, Counts] = field(default_factory=dict)
    lost: Mapping[str, Counts] = field(default_factory=dict)
    metrics: Mapping[str, int | str] = field(default_factory=dict)
    normalizer: str = ""

    @property
    def score(self) -> Score | None:
        """The same as `scores`, by attributes; None without an answer."""
        return Score(self.scores, self.metrics) if self.scores else None


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What must be known about a run to read its figures."""

    run: str
    started: str
    version: str
    normalizers: Mapping[str, str]
    settings: Mapping[str, Any]
    machine: Mapping[str, Any]
    command: str
    commit: Mapping[str, Any] = field(default_factory=dict)
    finished: str | None = None
    interrupted: bool = False
    schema: int = SCHEMA
    timing: str = TIMING


def middle(seconds: Sequence[float]) -> float | None:
    """The median; None of nothing. Most cases have one round, and are asked for it dozens of times."""
    return seconds[0] if len(seconds) == 1 else median(seconds) if seconds else None


def variants(texts: Sequence[str]) -> tuple[str, ...]:
    """Several answers to one clip, () where they are all the same."""
    return tuple(texts) if len(set(texts)) > 1 else ()


def rate(part: float | None, whole: float | None) -> float | None:
    """`part / whole`, or None where that says nothing."""
    return part / whole if part is not None and whole else None
