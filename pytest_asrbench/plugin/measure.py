"""Feeds measured seconds to pytest-benchmark, and knows where its session is.

The child did the timing. Here its seconds are replayed on a virtual clock: a benchmark "runs" a function that moves
the clock by what was measured, and so pytest-benchmark's table, storage and comparison work as ever.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

_now = 0.0
_MARKER = "benchmark"


def benchmarks(config: pytest.Config) -> Any:
    """pytest-benchmark's session, under the name by which it registers it; None before it is configured."""
    return config.pluginmanager.get_plugin("pytest-benchmark")


def asr_clock() -> float:
    """Seconds on the virtual clock; its name stands in pytest-benchmark's JSON as the timer."""
    return _now


def set_clocks(items: Iterable[pytest.Item]) -> None:
    """Have pytest-benchmark read the virtual clock in `items`, by its own marker; the other settings of it stay."""
    usual = pytest.mark.benchmark(timer=asr_clock)
    for item in items:
        marker = item.get_closest_marker(_MARKER)
        own = usual if marker is None else pytest.mark.benchmark(**{**marker.kwargs, "timer": asr_clock})
        item.add_marker(own, append=False)


def replay(benchmark: Any, seconds: Sequence[float], group: str, extra_info: Mapping[str, Any]) -> Any:
    """Record `seconds`, one round each, as the result of `benchmark`.

    Return the record; None where it is disabled, or where nothing was timed: a benchmark of no rounds would cost the
    run its file.
    """
    if not seconds:
        nothing_measured(benchmark)
        return None
    laps = iter(seconds)

    def lap() -> None:
        global _now
        _now += next(laps)

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


@contextmanager
def measuring(benchmark: Any) -> Iterator[None]:
    """Keep pytest-benchmark from warning that a case, which ends within the block, has not used its fixture."""
    try:
        yield
    except BaseException:
        nothing_measured(benchmark)
        raise


def nothing_measured(benchmark: Any) -> None:
    """Use the fixture up without a record: of a case that has no seconds."""
    benchmark.disabled = True
    benchmark.pedantic(lambda: None)


@contextmanager
def told(tell: Callable[[str], None]) -> Iterator[None]:
    """Let `tell` have what pytest-benchmark warns of within the block; others' warnings are what they were.

    As warnings they come between the session and its summary, and where warnings are errors they end it in a traceback.
    """
    from pytest_benchmark.logger import PytestBenchmarkWarning

    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.filterwarnings("always", category=PytestBenchmarkWarning)
            yield
    finally:
        for one in caught:
            if issubclass(one.category, PytestBenchmarkWarning):
                # The facts of two machines, which may follow, fill a screen.
                tell(f"pytest-benchmark: {str(one.message).partition(' Current: ')[0]}")
            else:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno, source=one.source)


def save_by_default(config: pytest.Config) -> None:
    """Have the run saved to pytest-benchmark's storage unless the user named a way of saving; call it early."""
    from pytest_benchmark.utils import get_tag

    option = config.option
    if not (option.benchmark_save or option.benchmark_autosave or option.benchmark_disable):
        option.benchmark_autosave = get_tag()  # type: ignore[no-untyped-call]


def commit(config: pytest.Config) -> dict[str, Any]:
    """The state of the version control around the working folder, as pytest-benchmark saves it with a run."""
    info: dict[str, Any] = config.hook.pytest_benchmark_generate_commit_info(config=config)
    config.hook.pytest_benchmark_update_commit_info(config=config, commit_info=info)
    return info


def drop_empty(benchmarks: list[Any]) -> None:
    """Remove benchmarks without a single round: one of them would cost the whole run its JSON."""
    benchmarks[:] = [benchmark for benchmark in benchmarks if benchmark]


def tidy_machine_info(machine_info: dict[str, Any], ours: Mapping[str, Any]) -> None:
    """Add our facts; take out the momentary clock rate, which makes each run look like one of another machine."""
    cpu = machine_info.get("cpu")
    if isinstance(cpu, dict):
        for name in [name for name in cpu if re.match(r"hz_actual", name)]:
            del cpu[name]
    machine_info["asrbench"] = dict(ours)


def saved_to(config: pytest.Config) -> Iterator[str]:
    """Where the run is kept, in words for the summary."""
    session = benchmarks(config)
    if session is not None and (session.save or session.autosave) and not session.disabled:
        yield str(session.storage)
