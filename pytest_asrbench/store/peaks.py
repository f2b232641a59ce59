"""The highest marks of memory in runs that were made: what models have really taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import Outcome
from pytest_asrbench.store.entries import device_kind
from pytest_asrbench.store.files import infos, read_document, saved_files
from pytest_asrbench.store.reading import read_outcome
from pytest_asrbench.store.report_folder import RUNS
from pytest_asrbench.store.results import RESULTS, read_run


@dataclass(frozen=True, slots=True)
class Peak:
    """A mark in bytes, and the seconds of the longest clip of which it is known.

    On a CPU: the process's peak less that of an empty one; on an accelerator the driver's figure, else the allocator's.
    """

    size: int
    seconds: float


Peaks = dict[tuple[str, str, str], Peak]


def read_peaks(reports: Path, storage: Path) -> tuple[Peaks, list[str]]:
    """Return the largest mark by model, kind of device and precision, and a sentence for each file that is no use.

    reports: a report folder, all runs of which are read; storage: pytest-benchmark's. Either may be absent.
    """
    problems: list[str] = []
    found: Peaks = {}
    for outcome in (*_reported(reports, problems), *_saved(storage, problems)):
        peak = peak_of(outcome)
        if peak is None:
            continue
        key = (outcome.model, device_kind(outcome.device) or "", outcome.dtype)
        other = found.get(key, peak)
        found[key] = Peak(max(peak.size, other.size), max(peak.seconds, other.seconds))
    return found, problems


def peak_of(outcome: Outcome) -> Peak | None:
    """The mark of a case; None where nobody kept any."""
    if not outcome.measured or not outcome.audio_seconds or not outcome.device:
        return None
    if device_kind(outcome.device) == "cpu":
        size = outcome.peak_ram - (outcome.empty_ram or 0) if outcome.peak_ram is not None else None
    else:
        size = max((mark for mark in (outcome.peak_vram, outcome.peak_vram_driver) if mark is not None), default=None)
    return Peak(size, outcome.audio_seconds) if size else None


def _reported(folder: Path, problems: list[str]) -> Iterator[Outcome]:
    for path in sorted([*folder.glob(RESULTS), *folder.glob(f"{RUNS}/*/{RESULTS}")]):
        try:
            yield from read_run(path).outcomes()
        except HistoryError as error:
            problems.append(str(error))


def _saved(folder: Path, problems: list[str]) -> Iterator[Outcome]:
    for path in saved_files(folder):
        try:
            outcomes = [read_outcome(info) for info in infos(read_document(path))]
        except HistoryError as error:
            problems.append(str(error))
        except ValueError as error:
            problems.append(f"{path} is damaged ({error}): restore it, or delete it")
        else:
            yield from (one for one in outcomes if one is not None)
