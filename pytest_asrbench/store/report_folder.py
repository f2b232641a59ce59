"""The report folder: a folder of its own for each run, and the last run's results under the documented names.

reports/results.csv, results.json, report.html    of the last run: copies
reports/latest                                    the last run's folder, where the system has symbolic links
reports/runs/RUN/                                 the same files, journal.jsonl and logs/
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_asrbench.errors import ReportError
from pytest_asrbench.store.journal import JOURNAL
from pytest_asrbench.support import atomic

if TYPE_CHECKING:
    from filelock import BaseFileLock

RUNS, LATEST, LOCK = "runs", "latest", ".lock"
# How files begin that this plugin wrote; others of these names are somebody's own.
_OURS = {
    "results.csv": b"Model,Snippet,Transcript,",
    "results.json": b'"run": {',
    "report.html": b'"pytest-asrbench ',
    "load.csv": b"Model,Corpus,Task,Load,",
}
_BEGINNING = 2_000  # bytes


class ReportFolder:
    """The report folder of one session. Nothing is written before `make`."""

    def __init__(self, root: Path, run: str) -> None:
        self.root = root
        self.run = root / RUNS / run
        self._lock: BaseFileLock | None = None

    @property
    def logs(self) -> Path:
        """Where the output of the models' processes goes."""
        return self.run / "logs"

    @property
    def journal(self) -> Path:
        """The journal of this run."""
        return self.run / JOURNAL

    def last_journal(self) -> Path | None:
        """The journal of the newest run in the folder, by the run's name."""
        return max(self.root.glob(f"{RUNS}/*/{JOURNAL}"), key=lambda path: path.parent.name, default=None)

    def claim(self) -> None:
        """Keep other sessions out until `release`; raises ReportError if one is at work, or nothing can be written."""
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.root / LOCK)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise ReportError(
                f"another session is writing to the report folder {self.root}: wait until it has ended, or name "
                "another folder with --asr-report-dir"
            ) from None
        except OSError as error:
            raise self._unwritable(error) from error

    def release(self) -> None:
        """Let other sessions in."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def make(self) -> None:
        """Make the run's folder, and let `latest` lead to it; raises ReportError."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        latest, new = self.root / LATEST, self.root / f".{LATEST}"
        if latest.is_symlink() or not latest.exists():
            with contextlib.suppress(OSError):  # Windows lets few users make links
                new.unlink(missing_ok=True)
                new.symlink_to(self.run.relative_to(self.root), target_is_directory=True)
                new.replace(latest)

    def publish(self, result: Path) -> Path:
        """Copy a result of this run to its documented name, and return where it is to be found.

        A file of that name that is not ours stays as it is. Raises ReportError.
        """
        place = self.root / result.name
        try:
            if not _is_ours(place):
                return result
            with atomic.beside(place) as temporary:
                shutil.copyfile(result, temporary)
        except OSError as error:
            raise ReportError(
                f"cannot write {place} ({error.strerror or error}): make room, or name another folder with "
                f"--asr-report-dir; the same is in {result}"
            ) from error
        return place

    def _unwritable(self, error: OSError) -> ReportError:
        in_the_way = next((one for one in (self.root, *self.root.parents) if one.exists() and not one.is_dir()), None)
        if in_the_way is not None:
            return ReportError(
                f"cannot write to the report folder {self.root} ({in_the_way} is a file): move it away, or name "
                "another folder with --asr-report-dir"
            )
        return ReportError(
            f"cannot write to the report folder {self.root} ({error.strerror or error}): "
            "make it writable, or name another with --asr-report-dir"
        )


def _is_ours(path: Path) -> bool:
    """Whether `path` may be replaced: it is absent, empty, or was written by this plugin."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    return not beginning or _OURS[path.name] in beginning
