"""From a case to its outcome: what an engine tells is judged afterwards, and completed when more becomes known."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.engine.measuring import Asked, Measuring
from pytest_asrbench.engine.protocol import Engine, Job, Silent
from pytest_asrbench.engine.sweeps import repeat
from pytest_asrbench.errors import HostCrashedError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.records import Case, Fault, Measurement, Outcome, Status
from pytest_asrbench.support.languages import Told
from pytest_asrbench.tasks.task import Task

CASE = Case("m", "c", "a")


class Scripted(Engine):
    """Says what it is told to, and what it was asked."""

    exclusive = True

    def __init__(self, text: str | None = "one two three", *, rounds: int = 9) -> None:
        self.text = text
        self.left = rounds
        self.asked: list[Case] = []
        self.told: list[Measurement] = []

    def submit(self, jobs: Iterable[Job]) -> None:
        """Nothing is done ahead."""

    def result(self, case: Case, until: float = math.inf) -> Measurement:
        """A measurement of two rounds."""
        self.asked.append(case)
        self.told.append(
            Measurement(case.model, case.corpus, case.snippet, Status.OK, transcript=self.text, audio_seconds=2.0)
        )
        self.told[-1].seconds = self.told[-1].cpu_seconds = (0.5, 0.25)
        self.told[-1].others = (None, None)
        return self.told[-1]

    def repeat(
        self, case: Case, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()
    ) -> Measurement:
        """One more of one round, as long as there are any."""
        self.left -= 1
        if self.left < 0:
            raise HostCrashedError("m: the process was killed")
        again = self.result(case)
        again.seconds, again.cpu_seconds, again.others = (0.125,), (0.125,), (None,)
        again.peak_ram = 77
        return again

    def start(self, models: Sequence[str], until: float = math.inf) -> None:
        """Nothing to load."""

    def close(self, model: str = "", until: float = math.inf) -> None:
        """Nothing at work."""


def asked(snippet: Snippet | None = None, *, experimental: bool = False) -> Asked:
    part = snippet or Snippet("a", text="one two three", duration=2.0)
    job = Job(CASE, ModelEntry("m", "stub", experimental=experimental), part, Decoding("transcribe"))
    return Asked(job, Corpus("c"), Task("transcribe"), Told(), normalizers.load("none"))


def measuring(engine: Engine) -> tuple[Measuring, list[Outcome], list[Outcome]]:
    kept: list[Outcome] = []
    grown: list[Outcome] = []
    rules = {"c": normalizers.load("none")}
    return Measuring(engine, Silent(), kept.append, grown.append, rules), kept, grown


def test_what_was_measured_is_judged_and_kept() -> None:
    engine = Scripted("one two")
    bench, kept, _ = measuring(engine)
    outcome = bench.measure(asked(), math.inf)
    assert outcome.score is not None
    assert (outcome.status, outcome.score.errors, outcome.seconds) == (Status.OK, 1, (0.5, 0.25))
    assert kept == [outcome]
    assert bench.outcomes == {CASE: outcome}
    assert not hasattr(engine.told[0], "score"), "an engine knows of no score"


@pytest.mark.parametrize(
    "snippet", [Snippet("a", text="...", duration=2.0), Snippet("a", problem="a.wav: no such file", text="one")]
)
def test_what_nobody_can_use_is_asked_of_no_engine(snippet: Snippet) -> None:
    engine = Scripted()
    bench, kept, _ = measuring(engine)
    outcome = bench.measure(asked(snippet, experimental=True), math.inf)
    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.INPUT)
    assert engine.asked == []
    assert kept == [outcome]


def test_an_answer_without_a_text_is_the_engines_mistake_and_one_cases() -> None:
    bench, _, _ = measuring(Scripted(None))
    outcome = bench.measure(asked(), math.inf)
    assert outcome.status is Status.ERROR
    assert "ValueError in the harness: the engine gave an answer without a transcript" in outcome.error


def test_further_rounds_join_the_first_and_what_is_known_late_is_put_in() -> None:
    engine = Scripted()
    bench, kept, grown = measuring(engine)
    outcome = bench.measure(asked(), math.inf)
    told: list[str] = []
    assert repeat(bench, [outcome], lambda made: made >= 2, told.append) == 2
    assert outcome.seconds == (0.5, 0.25, 0.125, 0.125)
    assert outcome.peak_ram == 77
    assert not outcome.unstable
    assert (kept[1:], grown, told) == ([outcome], [outcome], [])
    engine.told[0].others, engine.told[2].others = (0.5, 0.75), (1.0,)
    bench.complete(outcome)
    assert outcome.others == (0.5, 0.75, None, 1.0)


def test_a_model_that_fails_ends_the_sweeps_and_leaves_whole_rounds() -> None:
    bench, kept, grown = measuring(Scripted(rounds=1))
    outcome = bench.measure(asked(), math.inf)
    told: list[str] = []
    repeat(bench, [outcome], lambda made: made >= 5, told.append)
    assert outcome.seconds == (0.5, 0.25, 0.125)
    assert outcome.status is Status.OK
    assert told == ["further rounds of m on c ended early: m: the process was killed"]
    assert len(kept) == 2
    assert grown == [outcome]


def test_rounds_of_an_earlier_session_stay_the_first() -> None:
    engine = Scripted("another")
    bench, _, _ = measuring(engine)
    resumed = Outcome("m", "c", "a", Status.OK, transcript="one", seconds=(9.0,), cpu_seconds=(8.0,), others=(0.1,))
    bench.again(resumed)
    assert (resumed.seconds, resumed.cpu_seconds, resumed.others) == ((9.0, 0.125), (8.0, 0.125), (0.1, None))
    assert resumed.unstable
    assert resumed.transcript == "one"


def test_a_job_can_be_sent_away(tmp_path: Path) -> None:
    job = asked(Snippet("a", text="one", transcript=tmp_path / "a.txt", tags=("quiet",))).job
    assert pickle.loads(pickle.dumps(job)) == job
