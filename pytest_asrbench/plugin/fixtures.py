"""Fixtures for users' own tests, and for the plugin's cases, which are written with nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asrbench.plugin.stash import active

if TYPE_CHECKING:
    from pytest_asrbench.corpus import Corpus, Snippet
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.records import Outcome
    from pytest_asrbench.totals import Totals


@pytest.fixture(scope="session")
def asr_model(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of the model under test. Its process starts with the first transcription and ends with the last."""
    yield request.param
    session = active(request.config)
    if session is not None:
        session.end_runner()


@pytest.fixture
def asr_snippet(request: pytest.FixtureRequest) -> Snippet:
    """One snippet of the chosen corpora: `id`, `audio` (path), `reference()`, `language`, `tags` ..."""
    return _session(request).snippets[request.param][1]


@pytest.fixture
def asr_corpus(request: pytest.FixtureRequest) -> Corpus:
    """The corpus of the snippet under test, or each of the chosen corpora in a test without snippets."""
    session = _session(request)
    callspec: Any = request.node.callspec
    if "asr_snippet" in callspec.params:
        return session.snippets[callspec.params["asr_snippet"]][0]
    corpus: Corpus = session.corpora[request.param]
    return corpus


@pytest.fixture
def asr_transcribe(request: pytest.FixtureRequest, asr_model: str) -> Callable[[Corpus, Snippet], Outcome]:
    """A function (corpus, snippet) -> Outcome that measures with the model under test, journalled like any case.

    A fault of the model fails the test with its cause (an experimental model's skips it).
    """

    from pytest_asrbench.plugin import deadline

    def transcribe(corpus: Corpus, snippet: Snippet) -> Outcome:
        session = _session(request)
        outcome = session.measure(asr_model, corpus, snippet, deadline.seconds_left(request.node))
        _raise_fault(session, outcome)
        return outcome

    return transcribe


@pytest.fixture
def asr_outcome(request: pytest.FixtureRequest, asr_model: str, asr_snippet: Snippet, benchmark: Any) -> Outcome:
    """What came of transcribing the snippet with the model: transcript, score, seconds, memory.

    Measured during the set-up, so that a fault of the model or of the input shows as an ERROR of the test and a
    missed limit as its failure. The seconds are recorded by pytest-benchmark.
    """
    from pytest_asrbench.history import extra_info
    from pytest_asrbench.plugin import deadline, measure

    session = _session(request)
    corpus, snippet = session.snippets[request.node.callspec.params["asr_snippet"]]
    outcome = session.measure(asr_model, corpus, snippet, deadline.seconds_left(request.node))
    if not outcome.measured:
        measure.nothing_measured(benchmark)
    _raise_fault(session, outcome)
    measure.replay(benchmark, outcome.seconds, "snippets", extra_info(outcome))
    request.node.user_properties.append(("asr", _figures(outcome)))
    return outcome


@pytest.fixture
def asr_totals(request: pytest.FixtureRequest, asr_model: str, asr_corpus: Corpus, benchmark: Any) -> Totals:
    """The model's totals over the snippets of the corpus that this session has tried so far."""
    from pytest_asrbench.plugin import measure
    from pytest_asrbench.totals import total

    session = _session(request)
    totals = total(asr_model, asr_corpus.name, session.of(asr_model, asr_corpus.name))
    if not totals.snippets:
        measure.nothing_measured(benchmark)
        pytest.skip(f"no snippet of {asr_corpus.name} was tried with {asr_model} in this session")
    if totals.measured:
        figures = {
            name: getattr(totals, name) for name in ("wer", "wer_measured", "rtf", "measured", "failed", "skipped")
        }
        info = {"model": totals.model, "corpus": totals.corpus, **figures}
        measure.replay(benchmark, [totals.compute_seconds], "corpora", info)
    else:
        measure.nothing_measured(benchmark)
    return totals


@pytest.fixture
def asr_check(request: pytest.FixtureRequest) -> Callable[[Outcome | Totals], None]:
    """A function that holds an outcome or totals against every limit that applies, and fails with all breaches."""
    from pytest_asrbench.plugin import gates

    session = _session(request)

    def check(result: Outcome | Totals) -> None:
        __tracebackhide__ = True
        breaches = gates.breaches(session, request.node, result)
        if breaches:
            pytest.fail("\n".join(breaches), pytrace=False)

    return check


def _session(request: pytest.FixtureRequest) -> AsrSession:
    session = active(request.config)
    if session is None:
        pytest.skip("no --asr-models given")
    return session


def _raise_fault(session: AsrSession, outcome: Outcome) -> None:
    __tracebackhide__ = True
    if outcome.measured:
        return
    if outcome.status == "SKIPPED":
        pytest.skip(f"experimental: {outcome.error}")
    text = f"{outcome.status}: {outcome.error}"
    if outcome.log_tail:
        text += f"\n--- last lines of the model's log ({session.report_dir / 'logs'}) ---\n{outcome.log_tail}"
    pytest.fail(text, pytrace=False)


def _figures(outcome: Outcome) -> str:
    wer = outcome.score.wer if outcome.score is not None else None
    return f"WER {'-' if wer is None else f'{wer:.1%}'} RTF {outcome.rtf or 0:.3f}"
