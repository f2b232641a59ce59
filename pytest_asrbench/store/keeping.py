"""What is measured is kept at once: in the run's folder, whatever becomes of the session or of the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from pytest_asrbench.errors import ReportError
from pytest_asrbench.metrics.totals import Standing, counts_as
from pytest_asrbench.records import Case, Outcome, RunInfo
from pytest_asrbench.store.journal import NOTHING, Journal, Shaped
from pytest_asrbench.store.report_folder import ReportFolder


class Keeper:
    """The run under way: its facts, its folder, and its journal once that is open.

    shaped: tells what shapes the answer of a case, which stands beside its outcome.
    """

    def __init__(self, folder: ReportFolder, info: RunInfo, shaped: Callable[[Case], Shaped | None]) -> None:
        self.folder = folder
        self.info = info
        self.journal: Journal | None = None
        self._shaped = shaped

    def open(self, *, resume: bool) -> None:
        """Begin to write, or go on with the journal of the folder's last run.

        Raises ReportError if the folder cannot be written.
        """
        last = self.folder.last_journal()
        if resume and last is not None:
            self.folder.run = last.parent
            self.info = replace(self.info, run=last.parent.name)
        self.folder.make()
        self._begin(resume=resume)

    def append(self, outcome: Outcome) -> None:
        """Write an outcome down, if the run is being kept."""
        if self.journal is not None:
            self.journal.append(outcome, self._shaped(outcome.case) or NOTHING)

    def restore(self, outcomes: Iterable[Outcome]) -> str:
        """Make the run's folder again if it is gone, with all that was measured; return a sentence then, else ""."""
        lost = self.journal
        if lost is None or lost.path.exists():
            return ""
        try:
            self.folder.make()
            self._begin(resume=False)
        except ReportError as error:
            return str(error)
        lost.close()
        for outcome in outcomes:
            self.append(outcome)
        return (
            f"the folder {self.folder.run} was moved or removed while the run was under way: "
            "it was made again, with all that had been measured"
        )

    def finish(self, outcomes: Iterable[Outcome]) -> None:
        """Complete the facts of a run of which these are all outcomes, and close the journal."""
        complete = all(counts_as(outcome) is not Standing.UNTRIED for outcome in outcomes)  # there is nothing to resume
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        self.info = replace(self.info, finished=finished, interrupted=not complete)
        if self.journal is not None:
            if complete:
                self.journal.finish()
            self.journal.close()

    def _begin(self, *, resume: bool) -> None:
        try:
            self.journal = Journal(self.folder.journal, self.info, resume=resume)
        except OSError as error:
            raise ReportError(
                f"cannot write {self.folder.journal} ({error.strerror}): make the folder writable"
            ) from error
