"""Runs at a rate in one table, a row per model and load; what a reader must know, and which rate keeps a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from itertools import takewhile
from pathlib import Path
from typing import Any

from pytest_asrbench.gates.figures import WHOLE
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.metrics.latencies import PERCENTILES, Served, least
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.records import SERVER, Outcome, RunInfo, set_name
from pytest_asrbench.report import grid
from pytest_asrbench.report.summary import cell, number, rates
from pytest_asrbench.support import atomic, spreadsheet

FILE = "load.csv"
LATE_SHARE, LATE_SECONDS = 0.1, 0.01  # a sender that was later than this part of the p50 has measured itself, too
RATE = "rps"


def name(totals: Totals) -> str:
    """What the load is called: "8rps", "4clients"."""
    return totals.scenario.removeprefix(f"{SERVER}@")


def _percentile(percent: int) -> Callable[[Totals, Served], float | None]:
    return lambda _totals, served: served.latency[f"p{percent}"]


# What is known of a run, as numbers.
_FACTS: Mapping[str, Callable[[Totals, Served], Any]] = {
    "Model": lambda t, _: t.model,
    "Corpus": lambda t, _: t.corpus,
    "Task": lambda t, _: t.task,
    "Load": lambda t, _: name(t),
    "Requests": lambda _, s: s.requests,
    "Failed": lambda _, s: s.failed,
    **{f"P{percent}_Sec": _percentile(percent) for percent in PERCENTILES},
    "Answers_per_Sec": lambda _, s: s.rate,
    "RTFx": lambda _, s: s.throughput,
    "WER": lambda t, _: t.rate("wer"),
    "CER": lambda t, _: t.rate("cer"),
    "Seconds": lambda _, s: s.seconds,
    "Late_Sec": lambda _, s: s.late,
}


def rows(totals: Iterable[Totals]) -> list[dict[str, Any]]:
    """One per run at a rate: its figures by the names of their columns; None where there is none."""
    return [{title: read(t, s) for title, read in _FACTS.items()} for t, s in _runs(totals)]


def write_csv(folder: Path, info: RunInfo, outcomes: Sequence[Outcome], totals: Sequence[Totals]) -> Path:
    """Write `folder`/load.csv; raises ReportError."""
    found = rows(totals)

    def write(file: TextIOWrapper) -> None:
        spreadsheet.write(file, found)

    return atomic.replace(folder / FILE, write, "make room or name another folder with --asr-report-dir")


def cells(totals: Iterable[Totals]) -> list[dict[str, str]]:
    """The same as people read it, fewer columns; nothing without a run at a rate."""
    runs = list(_runs(totals))
    rate = rates([t for t, _ in runs])
    return [
        {
            "Model": t.model,
            "Corpus": set_name(t.corpus, t.task),
            "Load": name(t),
            **{f"p{percent} s": number(s.latency[f"p{percent}"]) for percent in PERCENTILES},
            "Answers/s": number(s.rate),
            "RTFx": number(s.throughput),
            rate: str(t.absent or cell(t.leading, t)),
            "Late s": number(s.late),
            "Failed": f"{s.failed} of {s.requests}",
        }
        for t, s in runs
    ]


def table(totals: Sequence[Totals], *, color: bool) -> list[str]:
    """The rows for a terminal, with what a reader must know below them; nothing without a run at a rate."""
    found = cells(totals)
    return [*grid.lines(found, color=color), *remarks(totals)] if found else []


def remarks(totals: Iterable[Totals]) -> Iterator[str]:
    """What a reader of the table must know."""
    runs = list(_runs(totals))
    if runs:
        yield (
            "latency: from the scheduled arrival of a request to its answer; RTFx = seconds of audio answered / "
            "seconds; late: by how much its sender was late at worst."
        )
    for t, s in runs:
        where = f"{t.model} on {t.set_name}"
        few = [percent for percent in PERCENTILES if s.requests < least(percent)]
        if few:
            yield f"{where}: {s.requests} requests are too few for p{few[0]}: --asr-requests={least(few[-1])}"
        if s.failed:
            yield f"{where}: {s.failed} of {s.requests} requests failed, which count as slower than any answer"
        usual = s.latency["p50"]
        if usual is not None and s.late > max(LATE_SECONDS, LATE_SHARE * usual):
            yield (
                f"{where}: the sender was up to {number(s.late)} s late, as it had no connection left, or the machine "
                "was busy: its lateness is part of these latencies"
            )


def holding(totals: Iterable[Totals], limits_of: Callable[[Totals], Iterable[Limit]]) -> Iterator[dict[str, Any]]:
    """For each model and limit of latency or throughput: the highest rate up to which every one keeps the limit.

    limits_of: the limits that apply to totals. {"model", "corpus", "limit", "rate" (None: not even the lowest),
    "sentence"}.
    """
    groups: dict[tuple[str, str], list[Totals]] = {}
    for t, _ in _runs(totals):
        if name(t).endswith(RATE):
            groups.setdefault((t.model, set_name(t.corpus, t.task)), []).append(t)
    for (model, corpus), found in groups.items():
        ordered = sorted(found, key=_rate)
        for limit in limits_of(ordered[0]):
            if limit.figure in WHOLE and WHOLE[limit.figure].name.endswith(("_latency", "throughput")):
                yield {"model": model, "corpus": corpus, **_held(ordered, limit)}


def _held(ordered: Sequence[Totals], limit: Limit) -> dict[str, Any]:
    figure = WHOLE[limit.figure]
    values = [(t, figure.of_totals(t)) for t in ordered]
    kept = list(takewhile(lambda one: one[1] is not None and not limit.missed_by(one[1]), values))
    rate = _rate(kept[-1][0]) if kept else None
    bound = f"{figure.name}{'>=' if figure.higher else '<='}{figure.unit.write(limit.bound)}"
    t = ordered[0]
    held = f"holds {bound} up to {rate:g} requests a second" if rate is not None else f"does not hold {bound}"
    more = values[len(kept) : len(kept) + 1]
    beyond = "".join(
        f"; at {_rate(one):g} it is {figure.unit.write(value) if value is not None else 'not known'}"
        for one, value in more
    )
    of = f", of the rates {', '.join(f'{_rate(one):g}' for one in ordered)}"
    return {"limit": bound, "rate": rate, "sentence": f"{t.model} on {set_name(t.corpus, t.task)} {held}{of}{beyond}"}


def _runs(totals: Iterable[Totals]) -> Iterator[tuple[Totals, Served]]:
    for one in totals:
        if (served := one.served) is not None:
            yield one, served


def _rate(totals: Totals) -> float:
    return float(name(totals).removesuffix(RATE))
