"""The end of a session: results on disk, then the summary on the screen."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from pytest_asrbench.errors import ReportError
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.plugin import gates, measure, pages
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.plugin.stash import FINDINGS
from pytest_asrbench.records import Status
from pytest_asrbench.report import load, recordings, remarks, results, summary
from pytest_asrbench.report.analysis.findings import Findings
from pytest_asrbench.support.plain import some
from pytest_asrbench.support.redaction import redact

MAX_NAMES = 5
_TO_ITS_END = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def write_results(session: pytest.Session, asr: AsrSession) -> None:
    """Analyse the run, write CSV and JSON; a failure is told in the summary and in the exit status."""
    asr.progress.clear()
    asr.finish()
    journal = asr.keeper.journal
    if journal is None:
        return
    _tell_unjudged(session, asr)
    outcomes, totals = list(asr.outcomes.values()), asr.totals()
    findings = _analyse(session, asr, totals)
    as_json = partial(
        results.write_json,
        findings=findings,
        breaches=asr.missed.all(),
        speed=asr.speed,
        unmeasured=asr.unmeasured(),
        holding=list(gates.holding(asr, totals)),
    )
    for write in (results.write_csv, as_json, load.write_csv):
        if write is load.write_csv and not any(asr.settings.loads):
            continue
        try:
            _publish(asr, "results", write(asr.folder.run, asr.info, outcomes, totals))
        except ReportError as error:
            _complain(session, asr, str(error))
    if journal.failure is not None:
        _complain(
            session,
            asr,
            f"the journal {journal.path} is incomplete ({journal.failure.strerror}): make room; "
            "this run cannot be resumed, its results are those above",
        )


def _tell_unjudged(session: pytest.Session, asr: AsrSession) -> None:
    """A limit against a baseline that was asked for and of which no case was selected is no limit that was kept."""
    rule = asr.settings.rules
    tried = dict.fromkeys(case.whole for case, one in asr.outcomes.items() if one.status is not Status.NOT_RUN)
    unjudged = [f"{case.model} on {case.set_name}" for case in tried if case not in asr.judged]
    cut_short = session.shouldstop or session.shouldfail or session.exitstatus not in _TO_ITS_END
    if rule is None or asr.settings.ab or not unjudged or cut_short:
        return
    text = (
        f"{rule.origin} has judged nothing of {', '.join(unjudged)}: its test_corpus case did not run, select it, too"
    )
    if rule.origin.startswith("--") and not asr.judged:
        _complain(session, asr, text)
    else:
        asr.notes.append(text)


def write_page(session: pytest.Session, asr: AsrSession) -> None:
    """Write the page; a failure is told in the summary and in the exit status."""
    if asr.keeper.journal is None or not asr.totals():
        return
    try:
        with _own_warnings():
            _publish(asr, "report", pages.write(asr))
    except ReportError as error:
        _complain(session, asr, str(error))
    except Exception as error:  # nothing that was measured may suffer from it
        _complain(session, asr, f"the page could not be made ({type(error).__name__}: {error})")


def summarize(reporter: pytest.TerminalReporter, asr: AsrSession) -> None:
    """Write the table of totals and all that a reader must know about it."""
    totals = asr.totals()
    if not totals and not asr.problems:
        return
    reporter.section("speech recognition", sep="-")
    findings = asr.config.stash.get(FINDINGS, None)
    width = asr.config.get_terminal_writer().fullwidth if reporter.isatty else None
    for line in summary.table(totals, bool(reporter.isatty), width, findings):
        reporter.write_line(line)
    for line in load.table(totals, color=bool(reporter.isatty)):
        reporter.write_line(line)
    for line in remarks.remarks(findings) if findings is not None else ():
        reporter.write_line(line)
    listings = (remark for corpus in asr.corpora.values() for remark in corpus.remarks)
    for line in recordings.remarks(listings, asr.outcomes.values()):
        reporter.write_line(f"note: {line}", yellow=True)
    for reason, names in asr.not_compared.items():
        reporter.write_line(f"not compared with the baseline ({reason}): {some(names, MAX_NAMES)}", yellow=True)
    unstable = sum(outcome.unstable for outcome in asr.outcomes.values())
    if unstable:
        reporter.write_line(f"{unstable} snippets got different transcripts from call to call", yellow=True)
    for line in remarks.unchanged(findings) if findings is not None and asr.settings.repeats > 1 else ():
        reporter.write_line(line)
    for held in gates.holding(asr, totals):
        reporter.write_line(f"{held['sentence']}")
    for note in asr.notes:
        reporter.write_line(redact(note))
    for problem in asr.problems:
        reporter.write_line(redact(f"ERROR: {problem}"), red=True)
    for line in remarks.choices(findings) if findings is not None else ():
        reporter.write_line(line, bold=True)


def _publish(asr: AsrSession, what: str, path: Path) -> None:
    """Put a result where the docs say, and tell where it is; raises ReportError."""
    found = asr.folder.publish(path)
    if found == path:
        what = f"{asr.folder.root / path.name} is not of this plugin and stays as it is; {what}"
    asr.notes.append(f"{what}: {found}")


def _analyse(session: pytest.Session, asr: AsrSession, totals: Sequence[Totals]) -> Findings | None:
    """Return what the run's figures say, and keep it for the summary; a mistake in here costs no measurement."""
    from pytest_asrbench.report.analysis.analyse import analyse  # numpy: not while models are timed

    try:
        earlier = filter(None, (asr.compare(one.model, one.set_name) for one in totals))
        with _own_warnings():
            findings = analyse(list(asr.outcomes.values()), list(asr.entries), list(asr.plan.sets), list(earlier))
    except Exception as error:
        _complain(session, asr, f"the analysis failed ({type(error).__name__}: {error}): results.json has no findings")
        return None
    asr.config.stash[FINDINGS] = findings
    return findings


@contextmanager
def _own_warnings() -> Iterator[None]:
    """The warnings of libraries are shown as ever, whatever the project makes of warnings in its tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


def not_saved(session: pytest.Session, asr: AsrSession, error: OSError) -> None:
    """Tell that the run is not in the history, and why."""
    where = ", ".join(measure.saved_to(session.config)) or error.filename
    _complain(session, asr, f"the run could not be saved to the history {where} ({error.strerror}): make room there")


def _complain(session: pytest.Session, asr: AsrSession, text: str) -> None:
    asr.problems.append(text)
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
