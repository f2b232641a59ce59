"""The data that flows: one versioned schema for journal, CSV, JSON and history. Plain values, no behaviour.

Units: seconds, bytes; error rates as fractions (0.031 is 3.1 %). None means "not known" or "undefined", never zero.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from statistics import median
from typing import Any

from pytest_asrbench.support.checks import lacks

SCHEMA = 1
TIMING = "child-wall-1"  # changes whenever the timed region does: figures of different definitions do not compare


TASK = "transcribe"
VERBATIM = "verbatim"  # the field of a snippet's references that holds what is said, as it is said
FIELD = re.compile(r"[a-z][a-z0-9_]*")  # what a field may be called
SCENARIO = "single-stream"  # one clip at a time, in the words of MLPerf Inference


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
        return set_name(self.corpus, self.task)

    @property
    def whole(self) -> Case:
        """All cases of its model on its corpus together."""
        return replace(self, snippet="")

    @property
    def clip(self) -> str:
        """Its snippet, among those of all corpora: "CORPUS/SNIPPET"."""
        return f"{self.corpus}/{self.snippet}"


def set_name(corpus: str, task: str | None) -> str:
    """What the cases of a corpus and a task are called together: the corpus, and `-TASK` behind any but the default."""
    return corpus if task in (TASK, None) else f"{corpus}-{task}"


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
    """A missed limit: what was measured where, the limit, who set it, and the sentence for people.

    metric: "wer", "rtf", "peak_ram_mb", "peak_vram_mb", and against a baseline "wer_loss" and "slowdown" (differences,
    as fractions), "transcripts" (changed ones) and "compared" (snippets that could be, of those that should).
    snippet is empty for a whole corpus; value and limit are in the metric's unit, None where there is no number.
    details: lines below the sentence for who looks into it, such as a word diff of each snippet.
    """

    metric: str
    text: str
    model: str
    corpus: str
    snippet: str = ""
    value: float | None = None
    limit: float | None = None
    origin: str = ""
    details: tuple[str, ...] = ()
    task: str = TASK

    @property
    def message(self) -> str:
        """The sentence and the details below it, as a failing case shows them."""
        return "\n".join((self.text, *self.details))


@dataclass(frozen=True, slots=True)
class Score:
    """Error counts of one transcript; see `metrics.wer` for the definitions.

    unspaced: most words of the reference are letters of a script without blanks: the CER says more than the WER.
    """

    normalized_reference: str
    normalized_transcript: str
    hits: int
    substitutions: int
    deletions: int
    insertions: int
    reference_words: int
    character_errors: int
    reference_characters: int
    raw_errors: int
    raw_reference_words: int
    mer: float | None = None
    wil: float | None = None
    unspaced: bool = False

    @property
    def errors(self) -> int:
        """Substitutions + deletions + insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        """Word error rate; None with an empty reference."""
        return rate(self.errors, self.reference_words)

    @property
    def cer(self) -> float | None:
        """Character error rate; None with an empty reference."""
        return rate(self.character_errors, self.reference_characters)

    @property
    def raw_wer(self) -> float | None:
        """Word error rate of the texts as they are; None with an empty reference."""
        return rate(self.raw_errors, self.raw_reference_words)


@dataclass(slots=True)
class Measurement:
    """What an engine tells of one case, whatever came of it: what the model answered, how long it took, what it needed.

    remarks: what a reader should know of the case's input or answer, one sentence each ("the channels cancel" ...).
    seconds, cpu_seconds: of each timed round, by the child's clocks; others, waiting, throttled: what went on meanwhile
    (see `machine.system_load.Company`), known some cases later where an engine watches the machine; cores: those that
    the model could run on; cpu_quota: of how many its container could use the time, None without a quota;
    reference_seconds: of the parts of the reference workload, each time that it ran after a call.
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

    @property
    def case(self) -> Case:
        """What was measured."""
        return Case(self.model, self.corpus, self.snippet, self.task, self.scenario)

    @property
    def set_name(self) -> str:
        """What totals and comparisons of this are of; see `set_name`."""
        return set_name(self.corpus, self.task)

    @property
    def measured(self) -> bool:
        """Whether the model delivered a transcript."""
        return self.status is Status.OK

    @property
    def time(self) -> float | None:
        """Compute seconds of the case: the median of its rounds."""
        return median(self.seconds) if self.seconds else None

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
    task_version: that of the task; prompt: what the model was told, None: nothing, or the adapter's own words;
    decoding: the settings that it was given, the others being the adapter's.
    """

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
    reference_words: int = 0
    reference_characters: int = 0
    score: Score | None = None
    normalizer: str = ""


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


_NAMES: Mapping[type, tuple[str, ...]] = {
    c: tuple(f.name for f in fields(c)) for c in (Breach, Score, Outcome, RunInfo)
}
_SEQUENCES = (
    *("remarks", "tags", "seconds", "cpu_seconds", "others", "waiting", "throttled", "reference_seconds"),
    "device_notes",
)


def rate(part: float | None, whole: float | None) -> float | None:
    """`part / whole`, or None where that says nothing."""
    return part / whole if part is not None and whole else None


def to_dict(record: Outcome | RunInfo | Score | Breach) -> dict[str, Any]:
    """Return the record as JSON-ready values, nested records included."""
    values = {name: getattr(record, name) for name in _NAMES[type(record)]}
    if isinstance(record, Outcome) and record.score is not None:
        values["score"] = to_dict(record.score)
    return values


def outcome_from_dict(values: Mapping[str, Any]) -> Outcome:
    """Rebuild an outcome; raises TypeError, KeyError or ValueError when `values` is no such record.

    Its names, its status and the counts of its score are needed; whatever else is not there has its default.
    """
    given = dict(values)
    _check_kinds(Outcome, given)
    given["status"] = Status(given["status"])
    given["fault"] = Fault(given.get("fault", ""))
    given |= {name: tuple(given[name]) for name in _SEQUENCES if name in given}
    if given.get("score") is not None:
        _check_kinds(Score, given["score"])
        given["score"] = Score(**given["score"])
    outcome = Outcome(**given)
    if outcome.measured and (outcome.transcript is None or outcome.score is None):
        raise ValueError("it has an answer, but no transcript or no score")
    return outcome


def breach_from_dict(values: Mapping[str, Any]) -> Breach:
    """Rebuild a breach; raises TypeError or ValueError when `values` is no such record."""
    return Breach(**{**values, "details": tuple(values.get("details", ()))})


def _check_kinds(record: type, values: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that would spoil sums, files or the page later on."""
    for one in fields(record):
        if one.name in values and (wanted := lacks(str(one.type), values[one.name])):
            raise ValueError(f"{one.name} is {reprlib.repr(values[one.name])}, not {wanted}")
