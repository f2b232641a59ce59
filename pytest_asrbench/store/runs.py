"""All saved runs, small enough to hold hundreds of them.

A file is read whole, reduced and dropped; texts are kept as digests, which is enough to see that one has changed.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.shares import shares
from pytest_asrbench.records import Case, Counts, Outcome, set_name
from pytest_asrbench.statistics.comparable import Machine, Place
from pytest_asrbench.statistics.speed.sides import MIN_BEATS
from pytest_asrbench.store.entries import Entry, case_of, entry_of
from pytest_asrbench.store.files import infos, read_document, saved_files
from pytest_asrbench.store.measurements import Column, Measurement, Snippets
from pytest_asrbench.store.places import machine_of, platform_name
from pytest_asrbench.store.reading import TotalsEntry, read_entry, read_totals


@dataclass(frozen=True, slots=True)
class Run:
    """A saved run. file: its path within the storage; datetime: ISO 8601; commit: ten digits, "" where not known;
    dirty: whether it had uncommitted changes, None where not known.
    """

    number: str
    file: str
    datetime: str
    commit: str
    dirty: bool | None
    branch: str
    place: Place
    version: str
    measurements: tuple[Measurement, ...]

    @property
    def machine(self) -> Machine:
        """What it was made on."""
        return self.place.machine


def read_runs(folder: Path) -> tuple[list[Run], list[str]]:
    """Return the runs of a storage folder, oldest first, and a sentence for each file that cannot be used.

    Well-formed files that hold no measurement of ours are passed over: others save their benchmarks there, too.
    """
    runs, problems = [], []
    names: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}  # the same in each run, so kept once
    for path in saved_files(folder):
        try:
            run = read_run(path, folder, names)
        except HistoryError as error:
            problems.append(str(error))
            continue
        if run is not None:
            runs.append(run)
    return sorted(runs, key=lambda run: (run.datetime, run.file)), problems


def read_run(path: Path, folder: Path, shared: dict[Any, Any] | None = None) -> Run | None:
    """Read one file; None if it holds nothing of ours. Raises HistoryError naming the file if it is damaged."""
    return run_of(read_document(path), path, folder, shared)


def run_of(
    document: Mapping[str, Any],
    path: Path,
    folder: Path,
    shared: dict[Any, Any] | None = None,
    known: Mapping[Case, Outcome] | None = None,
) -> Run | None:
    """Reduce what `path` below `folder` holds, read or about to be written; as `read_run` otherwise.

    known: outcomes of that run that are in memory, and need not be read.
    """
    measurements = _measurements(path, document, {} if shared is None else shared, known or {})
    if not measurements:
        return None
    commit, machine = _object(document, "commit_info"), _object(document, "machine_info")
    dirty = commit.get("dirty")
    return Run(
        number=path.name.partition("_")[0],
        file=path.relative_to(folder).as_posix(),
        datetime=_text(document, "datetime"),
        commit=_commit(_text(commit, "id")),
        dirty=dirty if isinstance(dirty, bool) else None,
        branch=_text(commit, "branch"),
        place=_place(machine),
        version=_text(_object(machine, "asrbench"), "pytest-asrbench"),
        measurements=measurements,
    )


def _measurements(
    path: Path, document: Mapping[str, Any], shared: dict[Any, Any], known: Mapping[Case, Outcome]
) -> tuple[Measurement, ...]:
    entries: dict[tuple[str, str], dict[str, Entry]] = {}
    totals: dict[tuple[str, str], TotalsEntry] = {}
    for info in infos(document):
        try:
            outcome = known.get(case_of(info))
            entry, sums = read_entry(info) if outcome is None else entry_of(outcome), read_totals(info)
        except ValueError as error:
            raise HistoryError(f"{path} is damaged ({error}): restore it, or delete it") from None
        if entry is not None:  # a snippet that was measured twice: the last one stands, as in the results
            entries.setdefault((entry.model, entry.set_name), {})[entry.snippet] = entry
        if sums is not None:
            totals[sums.model, set_name(sums.corpus, sums.task, sums.scenario)] = sums
    return tuple(_measurement(found.values(), totals.get(key), shared) for key, found in entries.items())


def _measurement(found: Iterable[Entry], totals: TotalsEntry | None, shared: dict[Any, Any]) -> Measurement:
    entries = sorted(found, key=lambda entry: entry.snippet)
    names, speakers = tuple(e.snippet for e in entries), tuple(e.speaker for e in entries)
    columns = Snippets(
        shared.setdefault(names, names),
        shared.setdefault(speakers, speakers),
        {name: _column(entries, name) for name in dict.fromkeys(name for e in entries for name in e.scores)},
        array("d", [_known(e.seconds) for e in entries]),
        array("d", [min(e.rounds, default=math.nan) for e in entries]),
        array("q", [len(e.rounds) for e in entries]),
        array("d", [_known(e.audio_seconds) for e in entries]),
        array("Q", [_digest(e.normalized_reference) for e in entries]),
        array("Q", [_digest(e.transcript or "") for e in entries]),
    )
    failed, lost = _failures(columns, totals)
    rates = {name: _rate(name, column, totals, failed, lost) for name, column in columns.counts.items()}
    kept = ("device", "dtype", "normalizer", "task", "timing", "corpus_version")
    joined = {name: ", ".join(sorted({getattr(e, name) or "" for e in entries} - {""})) for name in kept}
    unstable = sum(bool(e.unstable) for e in entries)
    beats = [beat["compute"] for e in entries for beat in e.reference_seconds if "compute" in beat]
    reference = min(beats) if len(beats) >= MIN_BEATS else None
    return Measurement(
        entries[0].model, entries[0].set_name, **joined, asked=_asked(entries), failed=failed, rates=rates, lost=lost,
        metrics=dict(item for e in entries for item in e.metrics.items()), unstable=unstable, reference=reference,
        snippets=columns,
    )  # fmt: skip


def _asked(entries: Iterable[Entry]) -> dict[str, str] | None:
    """What the model was told, the different words for different snippets joined; None where nobody tells."""
    known = [one.asked for one in entries if one.asked is not None]
    names = sorted({name for asked in known for name in asked})
    told = {name: ", ".join(sorted({str(asked[name]) for asked in known if name in asked})) for name in names}
    return told if known else None


def _column(entries: Iterable[Entry], name: str) -> Column:
    counts = [entry.scores.get(name) for entry in entries]
    if not registry.get(name).quotient:
        counted = iter(shares(registry.get(name), [one for one in counts if one is not None]))
        counts = [None if one is None else next(counted) for one in counts]
    return Column(
        array("d", [math.nan if one is None else one.errors for one in counts]),
        array("d", [math.nan if one is None else one.total for one in counts]),
    )


def _failures(columns: Snippets, totals: TotalsEntry | None) -> tuple[int | None, Mapping[str, float]]:
    """How many snippets failed, and of each metric the total that they had; {}: not known, or nothing."""
    if totals is None or totals.measured != len(columns.names) or totals.failed is None:
        return None, {}
    failed = totals.failed + (totals.skipped or 0)
    return failed, dict(totals.lost) if failed else dict.fromkeys(totals.lost, 0)


def _rate(
    name: str, column: Column, totals: TotalsEntry | None, failed: int | None, lost: Mapping[str, float]
) -> float | None:
    """The rate of a metric with what failures cost."""
    metric = registry.get(name)
    exact = metric.quotient and (name in lost or not metric.loses)
    if failed and totals is not None and not exact:
        return totals.rates.get(name)  # a version before kept no more; and other figures are known as a whole alone
    cost = metric.cost(lost.get(name, 0))
    return (column.sum + (cost or Counts())).rate


def _place(info: Mapping[str, Any]) -> Place:
    platform = platform_name(*(info.get(name) for name in ("system", "python_implementation", "python_version")))
    cpu = _text(_object(info, "cpu"), "brand_raw") or _text(info, "processor")
    return Place(platform, machine_of(_object(info, "asrbench"), _text(info, "node"), cpu))


def _commit(name: str) -> str:
    """The first ten digits of a commit; "" for "unversioned" and "unknown"."""
    return name[:10] if re.fullmatch(r"[0-9a-f]{7,}", name) else ""


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = values.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
