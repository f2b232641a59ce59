"""What is measured is kept at once: in the run's folder, whatever becomes of the session or of the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pytest_asrbench.errors import ReportError
from pytest_asrbench.records import Case, Outcome, RunInfo
from pytest_asrbench.store.journal import Journal
from pytest_asrbench.store.report_folder import ReportFolder

Conditions = Mapping[str, str]


class Keeper:
    """The journal of the run under way, once it is open."""

    def __init__(self, folder: ReportFolder, conditions: Callable[[Case], Conditions | None]) -> None:
        self.folder = folder
        self.journal: Journal | None = None
        self._conditions = conditions
        self._info: RunInfo | None = None

    def open(self, info: RunInfo, *, resume: bool) -> RunInfo:
        """Begin to write, or go on with the journal of the folder's last run; returns the facts of the run.

        Raises ReportError if the folder cannot be written.
        """
        last = self.folder.last_journal()
        if resume and last is not None:
            self.folder.run = last.parent
            info = replace(info, run=last.parent.name)
        self.folder.make()
        self._begin(info, resume=resume)
        return info

    def append(self, outcome: Outcome) -> None:
        """Write an outcome down, if the run is being kept."""
        if self.journal is not None:
            self.journal.append(outcome, self._conditions(outcome.case) or {})

    def restore(self, outcomes: Iterable[Outcome]) -> str:
        """Make the run's folder again if it is gone, with all that was measured; return a sentence then, else "".

        Raises ReportError if it cannot be made.
        """
        lost = self.journal
        if lost is None or self._info is None or lost.path.exists():
            return ""
        self.folder.make()
        self._begin(self._info, resume=False)
        lost.close()
        for outcome in outcomes:
            self.append(outcome)
        return (
            f"the folder {self.folder.run} was moved or removed while the run was under way: "
            "it was made again, with all that had been measured"
        )

    def close(self, *, complete: bool) -> None:
        """Close the journal; `complete`: there is nothing to resume."""
        if self.journal is not None:
            if complete:
                self.journal.finish()
            self.journal.close()

    def _begin(self, info: RunInfo, *, resume: bool) -> None:
        self._info = info
        try:
            self.journal = Journal(self.folder.journal, info, resume=resume)
        except OSError as error:
            raise ReportError(
                f"cannot write {self.folder.journal} ({error.strerror}): make the folder writable"
            ) from error
