"""Feeds measured seconds to pytest-benchmark; nothing else touches its internals.

The child did the timing. Here its seconds are replayed on a virtual clock: a benchmark "runs" a function that moves
the clock by what was measured, and so pytest-benchmark's table, storage and comparison work as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.history import Baseline, files

_now = 0.0


def asr_clock() -> float:
    """Seconds on the virtual clock; its name stands in pytest-benchmark's JSON as the timer."""
    return _now


def replay(benchmark: Any, seconds: Sequence[float], group: str, extra_info: Mapping[str, Any]) -> Any:
    """Record `seconds`, one round each, as the result of `benchmark`; return the record (None: it is disabled)."""
    laps = iter(seconds)

    def lap() -> None:
        global _now
        _now += next(laps)

    benchmark._timer = asr_clock
    benchmark.group = benchmark.group or group
    benchmark.extra_info.update(extra_info)
    # The clock starts anew: sums of floats far from zero would round the small differences.
    global _now
    _now = 0.0
    benchmark.pedantic(lap, rounds=len(seconds))
    return benchmark.stats


def add_rounds(record: Any, seconds: Sequence[float], extra_info: Mapping[str, Any]) -> None:
    """Complete what pytest-benchmark has recorded of a case by the rounds that it lacks (None: it records nothing)."""
    if record is not None:
        for lap in seconds[len(record.stats.data) :]:
            record.update(lap)
        record.extra_info.update(extra_info)


def nothing_measured(benchmark: Any) -> None:
    """Keep pytest-benchmark from warning that a failed case did not use its fixture."""
    benchmark._mode = "asrbench: nothing was measured"


def save_by_default(config: pytest.Config) -> None:
    """Have the run saved to pytest-benchmark's storage unless the user named a way of saving; call it early."""
    from pytest_benchmark.utils import get_tag

    option = config.option
    if not (option.benchmark_save or option.benchmark_autosave or option.benchmark_disable):
        option.benchmark_autosave = get_tag()  # type: ignore[no-untyped-call]


def compare_by_default(config: pytest.Config) -> None:
    """Compare with the last saved run unless the user named another; call it early."""
    if not config.option.benchmark_compare:
        config.option.benchmark_compare = True


def check_compared(config: pytest.Config) -> None:
    """Read the runs that are to be compared with before pytest-benchmark does; raises HistoryError for a damaged one.

    It would pass over such a file with a warning and compare with an older run, or end in a traceback. Where no run is
    named, the last one that holds a measurement of ours is taken: others save their benchmarks to the same storage.
    """
    from pytest_benchmark.logger import Logger
    from pytest_benchmark.storage.file import FileStorage
    from pytest_benchmark.utils import get_machine_id, load_storage

    option = config.option
    if not option.benchmark_compare:
        return
    facts = {"default_machine_id": get_machine_id(), "netrc": option.benchmark_netrc}  # type: ignore[no-untyped-call]
    storage = load_storage(option.benchmark_storage, logger=Logger(), **facts)  # type: ignore[no-untyped-call]
    if not isinstance(storage, FileStorage):
        return
    if option.benchmark_compare is not True:
        for path in _named(storage, option.benchmark_compare):
            files.check_loadable(path, files.read_document(path))
        return
    for path in reversed(_named(storage, "[0-9][0-9][0-9][0-9]_")):
        document = files.read_document(path)
        if files.holds_entries(document):
            files.check_loadable(path, document)
            option.benchmark_compare = str(path)
            return


def _named(storage: Any, name: str) -> list[Path]:
    try:
        return list(storage.query(name))
    except (ValueError, NotImplementedError) as error:  # a pattern with too many parts, or an absolute one
        raise HistoryError(f"--benchmark-compare={name} names no saved run ({error})") from None


def commit() -> dict[str, Any]:
    """The state of the version control around the working folder, as pytest-benchmark saves it with a run."""
    from pytest_benchmark.utils import get_commit_info

    info: dict[str, Any] = get_commit_info()  # type: ignore[no-untyped-call]
    return info


def baseline(config: pytest.Config) -> Baseline | None:
    """Return the run that --benchmark-compare names (the last one if it names several); None without one of ours.

    Raises HistoryError if it is damaged.
    """
    mapping: dict[Any, dict[str, Any]] = config._benchmarksession.compared_mapping or {}  # type: ignore[attr-defined]
    if not mapping:
        return None
    path = list(mapping)[-1]
    found = Baseline(Path(str(path)).name, mapping[path].values())
    return found if len(found) else None


def drop_empty(config: pytest.Config) -> None:
    """Remove benchmarks without a single round: one of them would cost the whole run its JSON."""
    session = getattr(config, "_benchmarksession", None)
    if session is not None:
        session.benchmarks[:] = [benchmark for benchmark in session.benchmarks if benchmark]


def guard_saving(
    config: pytest.Config, failed: Callable[[OSError], None], saved: Callable[[Mapping[str, Any], Path], None]
) -> None:
    """Let a full disk under pytest-benchmark's storage end in `failed`, not in a traceback that hides the results.

    saved: told of the run, and of the file in the storage that now holds it.

    Files are written piece by piece: as one text, a run of 20,000 cases takes as much memory as the whole session.
    """
    from pytest_benchmark.storage.file import FileStorage

    session = config._benchmarksession  # type: ignore[attr-defined]
    save = session.handle_saving
    storage: Any = session.storage

    def store(run: Mapping[str, Any], name: str) -> None:
        path = storage.get(f"{storage._next_num}_{name}.json")
        _stream(run, path, session)
        saved(run, path)

    if isinstance(session.storage, FileStorage):
        storage.save = store
    session.save_json = lambda run: _stream(run, Path(session.json), session)

    def handle_saving() -> None:
        try:
            save()
        except OSError as error:
            failed(error)

    session.handle_saving = handle_saving


def _stream(run: Mapping[str, Any], path: Path, session: Any) -> None:
    """Write pytest-benchmark's JSON to `path`, which holds all of it or is not there."""
    from pytest_benchmark.utils import SafeJSONEncoder

    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("w", encoding="ascii", newline="\n") as file:
            file.writelines(_pieces(run, SafeJSONEncoder().encode))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    session.logger.info(f"Saved benchmark data in: {path}")


def _pieces(run: Mapping[str, Any], encode: Callable[[Any], str]) -> Iterator[str]:
    """The run's JSON, a benchmark a line: indented it is twice as large, and takes Python's slow encoder."""
    for number, (name, value) in enumerate(run.items()):
        yield ",\n" if number else "{\n"
        yield f"    {encode(name)}: "
        if isinstance(value, list):
            yield "[\n        "
            for place, entry in enumerate(value):
                yield ",\n        " if place else ""
                yield encode(entry)
            yield "\n    ]"
        else:
            yield encode(value)
    yield "\n}\n"


def tidy_machine_info(machine_info: dict[str, Any], ours: Mapping[str, Any]) -> None:
    """Add our facts; take out the momentary clock rate, which makes each run look like one of another machine."""
    cpu = machine_info.get("cpu")
    if isinstance(cpu, dict):
        for name in [name for name in cpu if re.match(r"hz_actual", name)]:
            del cpu[name]
    machine_info["asrbench"] = dict(ours)


def saved_to(config: pytest.Config) -> Iterator[str]:
    """Where the run is kept, in words for the summary."""
    session = getattr(config, "_benchmarksession", None)
    if session is not None and (session.save or session.autosave) and not session.disabled:
        yield str(session.storage)
