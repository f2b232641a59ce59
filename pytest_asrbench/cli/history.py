"""`pytest-asrbench history`: each model's WER and RTF over its saved runs, commit, machine, and where they changed."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.text import Text

from pytest_asrbench.cli.terminal import console, table
from pytest_asrbench.errors import HistoryError, UsageError
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.report.summary import heading, write
from pytest_asrbench.statistics.speed.fastest import STEADY, STEADY_FEW
from pytest_asrbench.statistics.speed.sides import MIN_ROUNDS
from pytest_asrbench.store.changes import FIRST, Change, Point, Series, series
from pytest_asrbench.store.files import DEFAULT_STORAGE, storage_folder
from pytest_asrbench.store.runs import read_runs
from pytest_asrbench.support import strict_json

SHOWN = 20
_EXPENDABLE = ("Remarks", "Machine", "Snippets", "Device", "Commit")
_FACTS = ("Run", "Date", "Commit", "Machine", "Device", "Snippets")
_LEGEND = (
    "Each run is held against the last one before it under the same conditions, on the snippets that both have. "
    "* of WER: errors of a snippet changed; ** significantly, its 95 % interval excludes 0. * of RTF: the 95 % "
    f"interval of the median of the snippets' ratios of their fastest rounds, less what the machine itself changed by, "
    f"lies beyond ±{STEADY:.0%}, or ±{STEADY_FEW:.0%} of fewer than {MIN_ROUNDS} rounds. n/c: not comparable."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "models", nargs="*", metavar="MODEL", help="models, as they were named in the runs; default: all"
    )
    parser.add_argument("--corpus", metavar="NAME", help="runs on this corpus alone")
    parser.add_argument(
        "--storage", metavar="DIR", default=DEFAULT_STORAGE, help="pytest-benchmark's (default: %(default)s)"
    )
    parser.add_argument(
        "--limit", metavar="N", type=int, help=f"show the last N runs, 0 for all (default: {SHOWN}; of JSON all)"
    )
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Print the series; files that cannot be used are named on stderr. Raises HistoryError without any run."""
    folder = storage_folder(arguments.storage)
    runs, problems = read_runs(folder)
    for problem in problems:
        sys.stderr.write(f"pytest-asrbench: {problem}\n")
    if not runs:
        raise HistoryError(
            f"{folder} holds no saved run of a model: run pytest --asr-models=NAME there, every run is saved; "
            "or name another folder with --storage"
        )
    chosen = _chosen(series(runs), arguments.models, arguments.corpus)
    if arguments.format == "json":
        shown = [_last(one, arguments.limit or 0) for one in chosen]
        print(strict_json.dumps({"series": [one.to_dict() for one in shown]}, indent=2))
        return 0
    to = console()
    for one in chosen:
        _print(to, one, SHOWN if arguments.limit is None else arguments.limit)
    to.print(_LEGEND)
    return 0


def _chosen(found: Sequence[Series], models: Sequence[str], corpus: str | None) -> list[Series]:
    """Those that are asked for; raises UsageError for a name that no run has."""
    for model in models:
        _check("model", model, {one.model for one in found})
    if corpus is not None:
        _check("corpus", corpus, {one.corpus for one in found})
    chosen = [one for one in found if (not models or one.model in models) and corpus in (None, one.corpus)]
    if not chosen:
        raise UsageError(f"no saved run of {', '.join(models)} on {corpus}")
    return chosen


def _check(kind: str, name: str, known: set[str]) -> None:
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        meant = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known))}"
        raise UsageError(f"no saved run has a {kind} {name!r}; {meant}")


def _last(one: Series, limit: int) -> Series:
    return replace(one, points=one.points[-limit:]) if limit > 0 else one


def _print(to: Console, one: Series, limit: int) -> None:
    last = _last(one, limit)
    counted = {name for point in last.points for name, rate in point.rates.items() if rate is not None}
    metrics = [metric for metric in registry.shown(counted) if metric.narrow]
    to.print(Text(f"{one.model} on {one.corpus}", style="bold"))
    places = {point.file: place for place, point in enumerate(one.points)}
    rows = [
        _row(point, one.points[place - 1] if (place := places[point.file]) else None, metrics) for point in last.points
    ]
    titles = [
        (heading(metric), f"Change of {metric.title}" if place else "Change") for place, metric in enumerate(metrics)
    ]
    table(to, (*_FACTS, *chain.from_iterable(titles), "Remarks"), rows, _EXPENDABLE)
    if len(last.points) < len(one.points):
        to.print(f"{len(one.points) - len(last.points)} earlier runs are not shown; --limit=0 shows all")
    to.print()


def _row(point: Point, before: Point | None, metrics: Sequence[Metric]) -> tuple[str | Text, ...]:
    return (
        point.run,
        point.datetime[:16].replace("T", " "),
        point.commit + ("+" if point.commit and point.dirty else ""),
        point.node,
        point.device,
        str(point.snippets) + (f", {point.failed} failed" if point.failed else ""),
        *chain.from_iterable(_figures(metric, point) for metric in metrics),
        "; ".join(_remarks(point, before, metrics)),
    )


def _figures(metric: Metric, point: Point) -> tuple[str | Text, str | Text]:
    """The rate of a metric, and how it changed."""
    rate, change = point.rates.get(metric.name), point.changes.get(metric.name)
    return write(metric, rate), Text("") if change is None else _change(metric, change)


def _change(metric: Metric, change: Change) -> Text:
    if change.reason == FIRST:
        return Text("")
    if change.against is None:
        return Text("n/c", style="yellow")
    if change.difference is None:
        return Text("-")
    if metric.by_rounds:
        text, mark = f"{change.difference * 100:+.2f} %", "*"
    else:
        size = f"{change.difference * 100:+.2f} pp" if metric.unit == "%" else f"{change.difference:+.3g}"
        text, mark = size if change.changed else "=", "**" if change.significant else "*"
    if not change.changed:
        return Text(text)
    return Text(f"{text} {mark}", style="red" if (change.difference > 0) == (metric.better == "lower") else "green")


def _remarks(point: Point, before: Point | None, metrics: Sequence[Metric]) -> list[str]:
    """Why a figure is not comparable, against which run if not the one before, and what else a reader must know."""
    remarks = [f"{point.unstable} unstable"] if point.unstable else []
    if point.wer_change.changed_transcripts > point.wer_change.changed_snippets:
        remarks.append(f"{point.wer_change.changed_transcripts} transcripts changed")
    told: dict[str, list[str]] = {}
    changes = {metric.title: point.changes[metric.name] for metric in metrics if metric.name in point.changes}
    for name, change in changes.items():
        if change.reason and change.reason != FIRST:
            told.setdefault(change.reason, []).append(name)
        elif change.against is not None and before is not None and change.against != before.file:
            told.setdefault(f"against {Path(change.against).name.partition('_')[0]}", []).append(name)
    return remarks + [f"{' and '.join(names)}: {reason}" for reason, names in told.items()]
