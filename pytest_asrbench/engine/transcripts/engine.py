"""The engine that looks answers up: it decodes the recordings as any other does, and runs nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.engine import faults
from pytest_asrbench.engine.protocol import Engine, Job
from pytest_asrbench.engine.transcripts import files
from pytest_asrbench.engine.transcripts.matching import Matched, match
from pytest_asrbench.engine.transcripts.rows import Content, Row
from pytest_asrbench.errors import AsrBenchError, UsageError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.records import Case, Fault, Measurement, Status
from pytest_asrbench.support.plain import some

RATE = 16_000  # at which the recordings are looked at
MAX_NAMES = 20
_MODEL = "model"  # the option that says whose answers are meant


@dataclass(frozen=True, slots=True)
class Given:
    """The answers of one model. remarks: what is amiss with its file, a sentence for each kind."""

    source: str
    answers: Matched
    remarks: Sequence[str] = ()

    def answer(self, case: Case) -> Measurement:
        """What the case was answered with; without an answer, or with two that differ, what is wrong with that."""
        measured, rows = Measurement.of(case, timing="", weights=self.source), self.answers.of(case)
        if len({row.text for row in rows}) == 1:
            measured.status, measured.transcript = Status.OK, rows[0].text
        else:
            measured.status, measured.fault = Status.ERROR, Fault.MODEL
            measured.error_kind, measured.error = "NotAnswered", _lacking(self, case, rows)
        return measured


def load(entry: ModelEntry, corpora: Sequence[Corpus]) -> Given:
    """Read the file of a model's answers and find the clips that they are of; raises UsageError."""
    if not entry.source:
        raise UsageError(f"{entry.name} names no file: write transcripts:FILE, or the source of the model")
    path = Path(entry.source)
    found = _chosen(entry, path, files.read(path))
    matched = match(found.rows, corpora, _simplified)
    return Given(str(path), matched, tuple(_remarks(entry.name, found, matched)))


class Transcripts(Engine):
    """Knows what each clip was answered with. Nobody timed it here: seconds and memory are not known."""

    exclusive = True  # there is nothing that others could slow down

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = given
        self._jobs: dict[Case, Job] = {}

    def submit(self, jobs: Iterable[Job]) -> None:
        """Keep the jobs until they are asked for."""
        self._jobs.update((job.case, job) for job in jobs)

    def result(self, case: Case, until: float = math.inf) -> Measurement:
        """Look the answer up; a clip without one, or with two that differ, is not answered."""
        given, job = self._given[case.model], self._jobs[case]
        try:
            decoded = job.recording.decode(RATE, case.clip)
        except AsrBenchError as error:
            measured = Measurement.of(case, timing="", weights=given.source)
            faults.note(measured, error)
            return measured
        measured = given.answer(case)
        measured.audio_seconds, measured.remarks = decoded.audio.seconds, decoded.remarks
        return measured

    def repeat(
        self, case: Case, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()
    ) -> Measurement:
        """There are no further rounds; raises AsrBenchError."""
        raise AsrBenchError(f"{case.model} cannot be asked again: its answers were made elsewhere")

    def start(self, models: Sequence[str], until: float = math.inf) -> None:
        """Nothing has to be loaded."""

    def close(self, model: str = "", until: float = math.inf) -> None:
        """Nothing is at work."""


def _simplified(text: str) -> str:
    """What is left of a reference when two spellings of it are to be found the same."""
    return normalizers.load("whisper").apply(text, None)


def _chosen(entry: ModelEntry, path: Path, found: Content) -> Content:
    """The answers of the one model that is meant; raises UsageError where that is not told."""
    for name in entry.options:
        if name != _MODEL:
            raise UsageError(f"{entry.name}: there is no option {name!r} here, only {_MODEL} for whose answers it is")
    models, wanted = found.models, entry.options.get(_MODEL)
    shown = some(models, MAX_NAMES)
    if wanted is None and len(models) > 1:
        raise UsageError(
            f"{path} holds the answers of {len(models)} models ({shown}): name one, "
            f"transcripts:{path}[{_MODEL}={models[0]}]"
        )
    if wanted is None:
        return found
    if wanted not in models:
        raise UsageError(f"{path} holds no answers of {wanted!r}; it has those of {shown or 'nobody that it names'}")
    return found.of(str(wanted))


def _remarks(name: str, found: Content, matched: Matched) -> Iterable[str]:
    if found.problems:
        yield f"{name}: {_count(found.problems, 'line')} cannot be used: {some(found.problems, MAX_NAMES)}"
    if matched.unknown:
        clips = [row.clip for row in matched.unknown]
        yield f"{name}: {_count(clips, 'answer')} of clips that are in none of the corpora: {some(clips, MAX_NAMES)}"
    doubled = [f"{corpus}/{snippet}" for (corpus, snippet), rows in matched.rows.items() if _doubled(rows)]
    if doubled:
        yield f"{name}: {_count(doubled, 'clip')} answered more than once: {some(doubled, MAX_NAMES)}"


def _doubled(rows: Sequence[Row]) -> bool:
    return len({row.task for row in rows}) < len(rows)


def _lacking(given: Given, case: Case, rows: Sequence[Row]) -> str:
    if not rows:
        return f"{given.source} has no answer for {case.clip}: add one; until then it counts as not answered"
    places = " and ".join(row.where.rpartition(", ")[2] for row in rows[:MAX_NAMES])
    return f"{given.source} has two answers for {case.clip} ({places}): leave one; until then it counts as not answered"


def _count(some: Sequence[str], name: str) -> str:
    return f"{len(some)} {name}{'s' * (len(some) != 1)}"
