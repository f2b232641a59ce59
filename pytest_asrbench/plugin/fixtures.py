"""Fixtures for users' own tests, and for the plugin's cases, which are written with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.stash import running
from pytest_asrbench.records import Fault, Status, set_name

if TYPE_CHECKING:
    from pytest_asrbench.corpus.loading import Corpus, Snippet
    from pytest_asrbench.engine.load import Load
    from pytest_asrbench.metrics.totals import Totals
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.records import Outcome
    from pytest_asrbench.tasks.task import Task

AbCheck = Callable[[], None]


@pytest.fixture(scope="session")
def asr_session() -> AsrSession:
    """The benchmark session: settings, models, corpora and every outcome so far."""
    return running()


@pytest.fixture(scope="session")
def asr_model() -> str:
    """The name of the model under test. Its process starts with the first transcription and ends with its last case."""
    return parameters(running().running)["asr_model"]


@pytest.fixture
def asr_corpus() -> Corpus:
    """The corpus of the snippet under test, or each of the chosen corpora in a test without snippets."""
    session = running()
    asked = parameters(session.running)
    return _part(session)[0] if "asr_snippet" in asked else session.plan.sets[asked["asr_corpus"]][0]


@pytest.fixture
def asr_task() -> Task:
    """The task of the case: `name`, `prompt`, `reference` (the field of the snippet's references) ..."""
    return _task(running())


@pytest.fixture
def asr_snippet() -> Snippet:
    """One snippet of the chosen corpora: `id`, `audio` (path), `reference()`, `language`, `tags` ..."""
    return _part(running())[1]


@pytest.fixture
def asr_transcribe(asr_model: str) -> Callable[[Corpus, Snippet], Outcome]:
    """A function (corpus, snippet) -> Outcome that measures with the model under test, journalled like any case.

    A fault of the model fails the test with its cause (an experimental model's skips it).
    """
    from pytest_asrbench.plugin import deadline

    session = running()

    def transcribe(corpus: Corpus, snippet: Snippet) -> Outcome:
        outcome = session.measure(asr_model, corpus, snippet, _task(session), deadline.until(session.running))
        _raise_fault(session, outcome)
        return outcome

    return transcribe


@pytest.fixture
def asr_outcome(asr_snippet: Snippet, benchmark: Any) -> Outcome:
    """What came of transcribing the snippet with the model: transcript, score, seconds, memory.

    Measured during the set-up, so that a fault of the model or of the input shows as an ERROR of the test and a
    missed limit as its failure. The seconds are recorded by pytest-benchmark.
    """
    from pytest_asrbench.plugin import deadline, measure, properties
    from pytest_asrbench.store import extra_info

    session = running()
    item = session.running
    with measure.measuring(benchmark):
        model, (corpus, _, task, load) = parameters(item)["asr_model"], _part(session)
        outcome = session.measure(model, corpus, asr_snippet, task, deadline.until(item), load)
        properties.add(item, outcome)
        _raise_fault(session, outcome)
    session.recorded[outcome.case] = measure.replay(benchmark, outcome.seconds, "snippets", extra_info(outcome))
    item.user_properties.append(("asr", _figures(outcome)))
    return outcome


@pytest.fixture
def asr_totals(asr_model: str, asr_corpus: Corpus, benchmark: Any) -> Totals:
    """The model's totals over the snippets of the corpus that this session has tried so far.

    Without a single one the test is skipped; if limits are to be judged of them, it fails.
    """
    from pytest_asrbench.engine.load import scenario
    from pytest_asrbench.plugin import gates, measure, properties, speed_gate
    from pytest_asrbench.store import totals_info

    session = running()
    with measure.measuring(benchmark):
        task, load = _kind(session)
        name = set_name(asr_corpus.name, task.name, scenario(load))
        speed_gate.run(session, asr_model, name)
        totals = session.total(asr_model, name)
        if not totals.snippets:
            gates.fail_for(session, totals.case, gates.in_vain(session, session.running, totals))
            pytest.skip(f"no snippet of {name} was tried with {asr_model} in this session")
    properties.add(session.running, totals)
    seconds = [] if totals.compute_seconds is None else [totals.compute_seconds]
    measure.replay(benchmark, seconds, "corpora", totals_info(totals))
    return totals


@pytest.fixture
def asr_ab(request: pytest.FixtureRequest) -> AbCheck:
    """A function that fails if the second model of --asr-ab is too slow on the corpus; both were measured in turn."""
    from pytest_asrbench.plugin import ab, gates, speed_gate

    session = running()
    name: str = request.param
    ab.run(session, name)

    def check() -> None:
        __tracebackhide__ = True
        second = session.plan.whole(session.settings.ab[1], name)
        gates.fail_for(session, second, speed_gate.breaches(session, second.model, name))

    return check


@pytest.fixture(scope="session")
def asr_check() -> Callable[[Outcome | Totals], None]:
    """A function that holds an outcome or totals against every limit that applies, and fails with all breaches."""
    from pytest_asrbench.plugin import gates

    running()
    return gates.check


def _part(session: AsrSession) -> tuple[Corpus, Snippet, Task, Load | None]:
    """The corpus, the snippet, the task and the load of the running item, which has a snippet."""
    return session.plan.parts[parameters(session.running)["asr_snippet"]]


def _task(session: AsrSession) -> Task:
    """That of the running item, or the first of the session's where it has none."""
    return _kind(session)[0]


def _kind(session: AsrSession) -> tuple[Task, Load | None]:
    """The task and the load of the running item; where it has none, the first task, and single clips."""
    asked, plan = parameters(session.running), session.plan
    if "asr_snippet" in asked:
        return _part(session)[2:]
    return plan.sets[asked["asr_corpus"]][1:] if "asr_corpus" in asked else (next(iter(plan.tasks.values())), None)


def _raise_fault(session: AsrSession, outcome: Outcome) -> None:
    __tracebackhide__ = True
    if outcome.measured:
        return
    if outcome.status in (Status.SKIPPED, Status.NOT_RUN):
        experimental = outcome.status is Status.SKIPPED and outcome.fault is not Fault.UNSUITED
        pytest.skip(f"experimental: {outcome.error}" if experimental else outcome.error)
    text = f"{outcome.status}: {outcome.error}"
    if outcome.log_tail:
        text += f"\n--- last lines of {session.logs(outcome.model)} ---\n{outcome.log_tail}"
    pytest.fail(text, pytrace=False)


def _figures(outcome: Outcome) -> str:
    from pytest_asrbench.metrics import registry

    leading = registry.leading(outcome.scores)
    counts = outcome.scores.get(leading.name)
    value = counts.rate if counts is not None else None
    shown = "-" if value is None else f"{value:.1%}" if leading.unit == "%" else f"{value:.3g}"
    return f"{leading.title} {shown}" + ("" if outcome.rtf is None else f" RTF {outcome.rtf:.3f}")
