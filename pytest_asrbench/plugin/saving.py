"""What surrounds pytest-benchmark's saving: a full disk, its warnings, and the page, whose history shows the run."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.plugin import finish, measure
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.plugin.stash import SAVED
from pytest_asrbench.store import files


class Saving:
    """A plugin that must be registered before the terminal's: what it tells is then in time for the summary."""

    def __init__(self, asr: AsrSession) -> None:
        self._asr = asr
        self._benchmark_done = False

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Around the hook in which pytest-benchmark saves; the page is written after it."""
        before, result = self._files(), None
        try:
            with measure.told(self._asr.notes.append):
                result = yield
            self._note(self._files() - before)
        except OSError as error:
            if self._benchmark_done:  # it is another plugin's
                raise
            self._asr.config.stash[SAVED] = None
            _remove_cut(self._files() - before)
            finish.not_saved(session, self._asr, error)
        finally:
            finish.write_page(session, self._asr)
        return result

    @pytest.hookimpl(specname="pytest_sessionfinish", tryfirst=True)
    def pytest_sessionfinish_within(self) -> None:
        """Within that hook: pytest-benchmark has done its part."""
        self._benchmark_done = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_generate_json(self, benchmarks: list[Any]) -> None:
        """Leave to pytest-benchmark what it can write."""
        measure.drop_empty(benchmarks)

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_benchmark_update_json(self, output_json: Mapping[str, Any]) -> None:
        """Keep what the page's history tells of this run: to parse it again would take more memory than all else."""
        from pytest_asrbench.store.runs import run_of

        with suppress(HistoryError, ValueError):  # the page then reads the file, and tells what is wrong with it
            folder = self._storage()
            self._asr.config.stash[SAVED] = run_of(
                output_json, folder / "not saved yet", folder, known=self._asr.outcomes
            )

    def _note(self, new: set[Path]) -> None:
        """Note in which file the run is; without one, it is not part of the history."""
        run, path = self._asr.config.stash.get(SAVED, None), max(new, default=None)
        if run is not None and path is not None:
            place = path.relative_to(self._storage()).as_posix()
            run = replace(run, number=path.name.partition("_")[0], file=place)
        self._asr.config.stash[SAVED] = run if path is not None else None

    def _files(self) -> set[Path]:
        with suppress(HistoryError):  # saved elsewhere than in files
            return set(files.saved_files(self._storage()))
        return set()

    def _storage(self) -> Path:
        return files.storage_folder(str(self._asr.config.option.benchmark_storage)).resolve()


def _remove_cut(new: set[Path]) -> None:
    """Remove what a full disk has cut off: a later run would take it for its baseline, and find it damaged."""
    for path in new:
        try:
            files.read_json(path)
        except HistoryError:
            path.unlink(missing_ok=True)
