"""Which saved runs a session is compared with: pytest-benchmark's storage, and the file that a user names.

pytest-benchmark's own comparison, its table, is made with the same runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asrbench.errors import HistoryError, UsageError
from pytest_asrbench.plugin import measure
from pytest_asrbench.plugin.option_checks import in_command
from pytest_asrbench.plugin.settings import Named
from pytest_asrbench.store import JOURNAL, Baselines, files, own, read_journal, results
from pytest_asrbench.store.baseline import Baseline
from pytest_asrbench.store.choosing import advice, choose

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession

_COMPARE = "--benchmark-compare"
_NUMBERED = "[0-9][0-9][0-9][0-9]_"
_ASKED = pytest.StashKey[Any]()


def hold_back(config: pytest.Config) -> None:
    """Keep pytest-benchmark from loading runs when it is configured; `find` does, once the session has begun.

    It would pass over a damaged file with a warning and compare with an older run, or end in a traceback.
    """
    config.stash[_ASKED] = config.option.benchmark_compare
    config.option.benchmark_compare = []


def find(asr: AsrSession) -> Baselines:
    """Choose the runs to compare with, and have pytest-benchmark load those that it shows in its tables.

    What this very command asks for and is not to be had ends the session: HistoryError for a damaged run, UsageError if
    a limit against a baseline finds none for any model. What a configuration asks for fails the totals instead, so that
    the project's other tests run.
    """
    config, asked = asr.config, asr.config.stash[_ASKED]
    config.option.benchmark_compare = asked
    gate = asr.settings.rules is not None and not asr.settings.ab
    if not (asked or gate or asr.settings.baseline):
        return Baselines()
    wanted = {(m, name): frozenset(asr.plan.ids(name)) for m in asr.entries for name in asr.plan.sets}
    commanded = in_command(config, "asr_models", "asr_ab", "asr_compare_fail", "asr_baseline")
    try:
        chosen = choose(wanted, _runs(asr, asked))
    except HistoryError as error:
        if commanded:
            raise
        return Baselines(damage=str(error))
    if gate and commanded and not chosen.chosen:
        raise UsageError(nothing_held(asr, *next(iter(wanted))))
    shown = _shown(config, asked, chosen)
    if asked or (shown and not asr.settings.baseline):
        _load(asr, shown)
    return chosen


def nothing_held(asr: AsrSession, model: str, corpus: str) -> str:
    """Say that a model × corpus has no baseline although a limit needs one, and what to do."""
    asked, rule = asr.config.option.benchmark_compare, asr.settings.rules
    origin = rule.origin if rule is not None else "--asr-compare-fail"
    if asr.baselines.damage:
        return f"{origin} has nothing to hold {model} on {corpus} against: {asr.baselines.damage}"
    if asr.settings.baseline:
        where = f"{asr.settings.baseline.given} holds none"
    elif isinstance(asked, str):
        where = f"what --benchmark-compare={asked} names holds none"
    else:
        where = f"{str(asr.config.option.benchmark_storage).removeprefix('file://')} holds none"
    return f"{origin} needs a saved run of {model} on {corpus}, and {where}: {remedy(asr, model, corpus)}"


def remedy(asr: AsrSession, model: str, corpus: str) -> str:
    """What to do where a limit against a baseline has nothing to compare a model × corpus with."""
    rule = asr.settings.rules
    on_command_line = rule is None or rule.origin.startswith("--")
    anew = "without --asr-compare-fail" if on_command_line else "with -o asr_compare_fail="
    ids = frozenset(asr.plan.ids(corpus))
    named = asr.settings.baseline or isinstance(asr.config.option.benchmark_compare, str)
    chosen = _runs(asr, asr.config.option.benchmark_compare) if named else ()
    there = chain(chosen, _all(asr, damaged=True))
    return advice((model, corpus), ids, there, anew)


def _runs(asr: AsrSession, asked: Any) -> Iterator[Baseline]:
    """The runs among which to choose, newest first."""
    storage = _storage(asr.config)
    if asr.settings.baseline:
        yield _named(asr, asr.settings.baseline)
    elif storage is None:
        yield from _loaded(asr, asked or True)
    elif isinstance(asked, str):
        paths = storage.query(_pattern(storage, asked))
        for path in paths:  # pytest-benchmark will load all of them
            files.check_loadable(path, files.read_document(path))
        yield from _read(storage, reversed(paths))
    else:
        yield from _all(asr)


def _all(asr: AsrSession, *, damaged: bool = False) -> Iterator[Baseline]:
    """All saved runs, and then those in the report folder that pytest-benchmark has not saved; damaged: see `_saved`.

    A damaged run in the report folder is passed over, with a note: nobody has asked for it.
    """
    seen = {_under_way(asr).name}
    for run in _saved(asr.config, damaged=damaged):
        seen.add(run.facts.run)
        yield run

    def tell(reason: str) -> None:
        if (note := f"no baseline: {reason}") not in asr.notes:
            asr.notes.append(note)

    yield from own.holding(asr.folder.root, asr.entries.keys(), seen, tell)


def _named(asr: AsrSession, name: Named) -> Baseline:
    """What --asr-baseline names: a file, or one of our runs. Raises HistoryError."""
    path, option = name.path, f"{own.OPTION}={name.given}"
    found = _file(path, option) if path.exists() else own.named(asr.folder.root, name.given, but=_under_way(asr))
    if not found:
        raise HistoryError(f"{option}: this run holds no measurement of a speech recognition model; name another")
    return found


def _file(path: Path, option: str) -> Baseline | None:
    """A run by its file: one of ours, or pytest-benchmark's JSON. Raises HistoryError."""
    ours = path.is_dir() or path.name == JOURNAL
    content = None if ours else _content(option, path)
    if ours or (isinstance(content, Mapping) and "outcomes" in content):
        return results.as_baseline(results.read_run(path), option)
    return files.baseline_of(path, files.as_document(path, content), str(path), option)


def _under_way(asr: AsrSession) -> Path:
    """The folder of the run that this session makes, or goes on with: it is no baseline of itself."""
    last = asr.folder.last_journal() if asr.settings.resume else None
    return asr.folder.run if last is None or read_journal(last, timing=None).complete else last.parent


def _content(option: str, path: Path) -> Any:
    try:
        return files.read_json(path)
    except HistoryError as error:
        if isinstance(error.__cause__, OSError):
            raise
        raise HistoryError(
            f"{option} is damaged, it is no JSON, or no run at all: name a saved run, or a results.json or its folder"
        ) from None


def _saved(config: pytest.Config, *, damaged: bool = False) -> Iterator[Baseline]:
    """All runs of ours in the storage: those of this system and Python, then the others, each by falling number.

    damaged: whether damaged ones are passed over; otherwise they raise HistoryError.
    """
    storage = _storage(config)
    if storage is not None:
        here = storage.query(_NUMBERED)
        others = [path for path in storage.query(f"*/{_NUMBERED}") if path not in here]
        for path in [*reversed(here), *reversed(others)]:
            with suppress(HistoryError) if damaged else nullcontext():
                yield from _read(storage, [path])


def _read(storage: Any, paths: Iterable[Path]) -> Iterator[Baseline]:
    for path in paths:
        folder = "" if path.parent.name in (storage.default_machine_id, storage.path.name) else f"{path.parent.name}/"
        number = path.stem.partition("_")[0]
        name = folder + (number if number.isdigit() else path.stem)
        run = files.baseline_of(path, files.read_document(path), folder + path.name, f"{_COMPARE}={name}")
        if run is not None:
            yield run


def _pattern(storage: Any, name: str) -> str:
    """What --benchmark-compare names; where this system and Python have none of that name, the same of any."""
    try:
        return name if storage.query(name) or len(Path(name).parts) != 1 else f"*/{name}"
    except (ValueError, NotImplementedError) as error:  # a pattern with too many parts, or an absolute one
        raise HistoryError(f"--benchmark-compare={name} names no saved run ({error})") from None


def _storage(config: pytest.Config) -> Any:
    """pytest-benchmark's storage; None if its runs are not files."""
    from pytest_benchmark.storage.file import FileStorage

    storage = measure.benchmarks(config).storage
    return storage if isinstance(storage, FileStorage) else None


def _shown(config: pytest.Config, asked: Any, chosen: Baselines) -> Any:
    """What pytest-benchmark is to load: what was named, or the first of the chosen runs that it has saved, if any."""
    storage = _storage(config)
    if storage is None or not chosen.chosen:
        return asked
    if isinstance(asked, str):
        return _pattern(storage, asked)
    saved = (run.source for run in chosen.chosen.values() if run.facts.option.startswith(_COMPARE))
    return next((source.removesuffix(".json") for source in saved), asked)


def _load(asr: AsrSession, which: Any) -> None:
    session = measure.benchmarks(asr.config)
    session.compare = which
    with measure.told(asr.notes.append):
        session.handle_loading()


def _loaded(asr: AsrSession, asked: Any) -> Iterator[Baseline]:
    """Runs of a storage whose runs are not files, the newest first, as pytest-benchmark loads them."""
    _load(asr, asked)
    mapping: dict[Any, dict[str, Any]] = measure.benchmarks(asr.config).compared_mapping or {}
    for path in reversed(mapping):
        run = Baseline(Path(str(path)).name, mapping[path].values())
        if len(run):
            yield run
