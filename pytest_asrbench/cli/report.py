"""`pytest-asrbench report RUN ...`: runs of any machines and environments as one page, or as Markdown for a comment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pytest_asrbench import bundled
from pytest_asrbench.adapter import Audio
from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.loading import parse
from pytest_asrbench.errors import AsrBenchError, UsageError
from pytest_asrbench.report.page.audio import RATE
from pytest_asrbench.report.page.data import PageData, gather
from pytest_asrbench.report.page.document import PAGE, AudioPlan, write_page
from pytest_asrbench.report.page.findings import add_findings
from pytest_asrbench.report.page.history import history
from pytest_asrbench.store.files import DEFAULT_STORAGE, storage_folder
from pytest_asrbench.store.results import Run, read_runs
from pytest_asrbench.support import atomic

_REMEDY = "make room, or name another file with --output"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("runs", nargs="+", metavar="RUN", type=Path, help="a results.json, or the folder that holds it")
    parser.add_argument("--format", choices=("html", "markdown"), default="html", help="default: html")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=f"default: {PAGE} beside the run, or here if there are several; Markdown is printed",
    )
    parser.add_argument("--no-audio", action="store_true", help="leave out the recordings")
    parser.add_argument(
        "--storage",
        default=DEFAULT_STORAGE,
        metavar="DIR",
        help=f"saved runs for the history, as pytest-benchmark's --benchmark-storage (default: {DEFAULT_STORAGE})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the report; raises HistoryError for a run that cannot be read, ReportError for a full disk."""
    runs, notes = read_runs(arguments.runs)
    data = gather(runs, notes)
    add_findings(data)
    if arguments.format == "markdown":
        _markdown(data, arguments.output)
        return 0
    path = arguments.output or _default(runs)
    if path.is_dir():
        raise UsageError(f"--output: {path} is a folder; name a file in it")
    wanted = {(system.model, system.totals.corpus) for system in data.systems}
    courses, more = history(storage_folder(arguments.storage), wanted)
    data.notes.extend(more)
    audio = None if arguments.no_audio else AudioPlan(Recordings(runs))
    print(f"report: {write_page(path, data, courses, audio, _REMEDY)}")
    return 0


def _markdown(data: PageData, output: Path | None) -> None:
    from pytest_asrbench.report.markdown import markdown

    text = markdown(data)
    if output is None:
        sys.stdout.write(text)
    else:
        print(f"report: {atomic.replace(output, lambda file: file.writelines([text]), _REMEDY)}")


def _default(runs: list[Run]) -> Path:
    return Path(runs[0].origin).parent / PAGE if len(runs) == 1 else Path(PAGE)


class Recordings:
    """Finds the recordings of runs by how the user named their corpora: from here, or from beside the report folder."""

    def __init__(self, runs: list[Run]) -> None:
        self._runs = runs
        self._loaded: dict[tuple[int, str], loading.Listing] = {}

    def __call__(self, number: int, name: str, snippet: str) -> Callable[[], Audio] | None:
        """Return what decodes the snippet, or None if its corpus is not found."""
        if (number, name) not in self._loaded:
            self._loaded[number, name] = self._load(self._runs[number], name)
        found = self._loaded[number, name].find(snippet)
        return partial(found.read, RATE, f"{name}/{snippet}") if found is not None else None

    def _load(self, run: Run, name: str) -> loading.Listing:
        corpora = (run.info.get("settings") or {}).get("corpora") or {}
        facts = corpora.get(name) if isinstance(corpora, Mapping) else None
        source = facts.get("source") if isinstance(facts, Mapping) else None
        for folder in _folders(Path(run.origin)):
            try:
                return loading.load(parse(str(source or name), [folder], offline=True)).snippets
            except AsrBenchError:
                continue
        return loading.Listing()


def _folders(results: Path) -> list[Path]:
    """Where a corpus may be that was named by a relative path, or by its name alone."""
    beside = list(results.parents)[1:4]  # reports/ may be a run's own folder below it
    return [Path(), *beside, *bundled.corpora(Path())]
