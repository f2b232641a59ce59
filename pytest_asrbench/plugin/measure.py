"""Feeds measured seconds to pytest-benchmark; nothing else but `comparing` touches its internals.

The child did the timing. Here its seconds are replayed on a virtual clock: a benchmark "runs" a function that moves
the clock by what was measured, and so pytest-benchmark's table, storage and comparison work as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

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

    benchmark._timer, benchmark._mode = asr_clock, None
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
    """Keep pytest-benchmark from warning that a failed case did not use its fixture; `replay` may follow."""
    benchmark._mode = "asrbench: nothing was measured"


def tell_warnings(config: pytest.Config, tell: Callable[[str], None]) -> None:
    """Let `tell` have what pytest-benchmark warns of besides single tests.

    As warnings they come between the session and its summary, and where warnings are errors they end it in a traceback.
    """
    logger: Any = config._benchmarksession.logger  # type: ignore[attr-defined]
    warn = logger.warning

    def warning(text: str, warner: Any = None, suspend: bool = False) -> None:
        if warner is None:  # the facts of two machines, which may follow, fill a screen
            tell(f"pytest-benchmark: {text.partition(' Current: ')[0]}")
        else:
            warn(text, warner=warner, suspend=suspend)

    logger.warning = warning


def save_by_default(config: pytest.Config) -> None:
    """Have the run saved to pytest-benchmark's storage unless the user named a way of saving; call it early."""
    from pytest_benchmark.utils import get_tag

    option = config.option
    if not (option.benchmark_save or option.benchmark_autosave or option.benchmark_disable):
        option.benchmark_autosave = get_tag()  # type: ignore[no-untyped-call]


def commit() -> dict[str, Any]:
    """The state of the version control around the working folder, as pytest-benchmark saves it with a run."""
    from pytest_benchmark.utils import get_commit_info

    info: dict[str, Any] = get_commit_info()  # type: ignore[no-untyped-call]
    return info


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
