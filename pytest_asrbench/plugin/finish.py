"""The end of a session: results on disk, then the summary on the screen."""

from __future__ import annotations

import pytest

from pytest_asrbench.errors import ReportError
from pytest_asrbench.plugin import measure
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.report import results, summary

MAX_NAMES = 5


def write_results(session: pytest.Session, asr: AsrSession) -> None:
    """Write CSV and JSON; a failure is told in the summary and in the exit status."""
    asr.progress.clear()
    measure.drop_empty(session.config)
    measure.guard_saving(session.config, lambda error: _not_saved(session, asr, error))
    asr.finish()
    if asr.journal is None:
        return
    outcomes = list(asr.outcomes.values())
    for write in (results.write_csv, results.write_json):
        try:
            path = write(asr.report_dir, asr.info, outcomes, asr.totals())
            asr.notes.append(f"results: {path}")
        except ReportError as error:
            _complain(session, asr, str(error))
    if asr.journal.failure is not None:
        _complain(
            session,
            asr,
            f"the journal {asr.journal.path} is incomplete ({asr.journal.failure.strerror}): make room; "
            "this run cannot be resumed, its results are those above",
        )


def summarize(reporter: pytest.TerminalReporter, asr: AsrSession) -> None:
    """Write the table of totals and all that a reader must know about it."""
    totals = asr.totals()
    if not totals and not asr.problems:
        return
    reporter.section("speech recognition", sep="-")
    for line in summary.table(totals, bool(reporter.isatty), reporter._tw.fullwidth if reporter.isatty else None):
        reporter.write_line(line)
    for reason, names in asr.not_compared.items():
        shown = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
        reporter.write_line(f"not compared with the baseline ({reason}): {shown}", yellow=True)
    unstable = sum(outcome.unstable for outcome in asr.outcomes.values())
    if unstable:
        reporter.write_line(f"{unstable} snippets got different transcripts from call to call", yellow=True)
    for note in asr.notes:
        reporter.write_line(note)
    for problem in asr.problems:
        reporter.write_line(f"ERROR: {problem}", red=True)


def _not_saved(session: pytest.Session, asr: AsrSession, error: OSError) -> None:
    where = ", ".join(measure.saved_to(session.config)) or error.filename
    _complain(session, asr, f"the run could not be saved to the history {where} ({error.strerror}): make room there")


def _complain(session: pytest.Session, asr: AsrSession, text: str) -> None:
    asr.problems.append(text)
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
