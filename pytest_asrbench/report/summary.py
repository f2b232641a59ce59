"""The table at the end of a session. Data in, lines of text out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.totals import Standing, Totals
from pytest_asrbench.metrics.units import unit
from pytest_asrbench.records import Counts
from pytest_asrbench.report import grid
from pytest_asrbench.report.analysis.findings import Findings, Uncertainty
from pytest_asrbench.support.plain import some

MIB = 2**20
MAX_NAMES = 3


def table(totals: Sequence[Totals], color: bool, width: int | None, findings: Findings | None = None) -> list[str]:
    """One line per model and corpus, with a legend for what an eye could get wrong.

    Columns that do not fit into `width` characters are left out, the least needed first; None: no bound. The metric to
    look at first (`Totals.leading`) has an interval beside it if `findings` hold one for any of the rows.
    """
    columns = _columns(totals, _intervals(totals, findings))
    if all(one.peak_vram is None and one.peak_vram_driver is None for one in totals):
        del columns["Peak VRAM MB"]
    rows = [{name: write(one) for name, write in columns.items()} for one in totals]
    expendable = [name for name in (*map(heading, reversed(_others(totals))), *_EXPENDABLE) if name in columns]
    while width is not None and grid.width(rows) > width and expendable:
        gone = expendable.pop(0)
        rows = [{name: cell for name, cell in row.items() if name != gone} for row in rows]
    bad = [one.failed > one.left_out for one in totals]
    return grid.lines(rows, color=color, bad=bad) + _legend(totals, findings)


def _legend(totals: Sequence[Totals], findings: Findings | None) -> list[str]:
    lines = missing(totals)
    for one in totals:
        if one.errors and not one.reference_words:
            lines.append(f"{one.model} on {one.set_name}: no reference words, WER is undefined; it said {one.errors}")
    lines += dict.fromkeys(one.leading.legend for one in totals if one.leading.legend)
    if findings is not None:
        lines += _about_intervals(totals, findings)
    if totals:
        lines += [f"{one.title} = {one.meaning}. MB = 2**20 bytes." for one in registry.shown()[1:2]]
    return lines


def missing(totals: Sequence[Totals]) -> list[str]:
    """What became of the cases without a transcript, and what they count for; those of a kind in one sentence."""
    told: dict[str, list[str]] = {}
    for one in totals:
        for whose, sentence in _missing(one):
            told.setdefault(sentence, []).append(whose)
    return [f"{some(list(dict.fromkeys(names)), MAX_NAMES)}: {sentence}" for sentence, names in told.items()]


def _missing(one: Totals) -> Iterator[tuple[str, str]]:
    """Whose cases they are (a corpus's, or a model's on it), and the sentence."""
    whose, of_all = f"{one.model} on {one.set_name}", f"of {one.snippets}"
    if one.not_run:
        yield whose, f"{one.not_run} {of_all} not run, the model could not be loaded"
    if one.left_out and one.absent is not Standing.NOT_RUN:
        yield (
            one.set_name,
            f"{one.left_out} {of_all} left out for all models: their recordings or references cannot be used",
        )
    if one.unsuited:
        yield whose, f"{one.unsuited} {of_all} skipped, {_refusal(one)}: neither errors nor a score"
    if failures := one.counted - one.measured:
        yield (
            whose,
            f"{failures} {of_all} failed, their {one.lost_words} words count as deleted (WER of the {one.measured} "
            f"measured: {_percent(one.wer_measured)})",
        )


def _refusal(one: Totals) -> str:
    """Why a model is not asked: the reason, where there is one for all."""
    if len(one.refusals) == 1 and one.refusals[0]:
        return one.refusals[0].removeprefix(f"{one.model}: ").rstrip(".")
    return "the model is not made for them"


def _uncertainties(totals: Sequence[Totals], findings: Findings | None) -> list[Uncertainty]:
    """Of each row the interval of the rate that the table shows."""
    if findings is None:
        return []
    leading = {(one.model, one.set_name): one.leading.name for one in totals}
    names = dict.fromkeys((registry.shown()[0].name, *leading.values()))
    found = ((name, one) for name in names for one in findings.intervals_of(name))
    return [one for name, one in found if leading.get((one.model, one.corpus), next(iter(names))) == name]


def _intervals(totals: Sequence[Totals], findings: Findings | None) -> dict[tuple[str, str], str]:
    leading = {(one.model, one.set_name): one.leading for one in totals}
    return {
        (one.model, one.corpus): interval(leading.get((one.model, one.corpus)), one.low, one.high)
        for one in _uncertainties(totals, findings)
        if one.low is not None and one.high is not None
    }


def interval(metric: Metric | None, low: float, high: float) -> str:
    """An interval of a metric as people read it: "1.2–3.4 %"."""
    return f"{low * 100:.1f}–{high * 100:.1f} %" if metric is None or metric.unit == "%" else f"{low:.3g}–{high:.3g}"


def _columns(totals: Sequence[Totals], intervals: Mapping[tuple[str, str], str]) -> dict[str, Callable[[Totals], str]]:
    """All columns: the metric to look at first, with its interval if there is any, then all others."""
    columns: dict[str, Callable[[Totals], str]] = {
        "Model": lambda one: one.model,
        "Corpus": lambda one: one.set_name,
        rates(totals): _mixed_rate if len({one.headline for one in totals}) > 1 else _rate,
    }
    if intervals:
        columns[_INTERVAL] = lambda one: intervals.get((one.model, one.set_name), "-")
    for metric in registry.shown(_counted(totals)):
        if (told := metric.detail(Counts(), Counts())) is not None:
            columns[told[0]] = partial(_detail, metric)
    for metric in (*_others(totals), *registry.shown()[1:2]):
        columns[heading(metric)] = partial(cell, metric)
    return columns | _COLUMNS


def _others(totals: Sequence[Totals]) -> list[Metric]:
    """The metrics with a column of their own beside the first two, which every table has."""
    return [metric for metric in registry.shown(_counted(totals))[2:] if metric.title != rates(totals)]


def _counted(totals: Sequence[Totals]) -> set[str]:
    """The metrics that counted anything."""
    return set(chain.from_iterable(one.metrics for one in totals))


def rates(totals: Sequence[Totals]) -> str:
    """What the first figure of the rows is called."""
    names = {one.headline for one in totals} or {registry.shown()[0].title}
    return " or ".join(metric.title for metric in registry.installed().values() if metric.title in names)


def heading(metric: Metric) -> str:
    """The title of a metric's column, with its unit where the figures do not have it."""
    return metric.title if metric.unit in ("", "%") else f"{metric.title} {metric.unit}"


def cell(metric: Metric, one: Totals, absent: str = "-") -> str:
    """The rate of a metric as tables show it."""
    return write(metric, one.rate(metric.name), absent)


def write(metric: Metric, value: float | None, absent: str = "-") -> str:
    """A figure of a metric in a table, whose heading has its unit."""
    if value is None:
        return absent
    return unit(metric.unit).write(value) if metric.unit == "%" else number(value, absent)


def _about_intervals(totals: Sequence[Totals], findings: Findings) -> list[str]:
    """What was drawn for the intervals, and why there are none where there are none."""
    found, called = _uncertainties(totals, findings), rates(totals)
    units = " or ".join(sorted({one.unit for one in found if one.low is not None}))
    lines = [f"95 % interval of the {called} by bootstrap over {units}, seed {findings.seed}."] if units else []
    missing: dict[str, list[str]] = {}
    for one in found:
        if one.reason and one.estimate is not None:
            missing.setdefault(one.reason, []).append(f"{one.model} on {one.corpus}")
    for reason, names in missing.items():
        lines.append(f"no interval of the {called} of {some(names, MAX_NAMES)}: {reason}")
    return lines


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate * 100:.2f} %"


def number(value: float | None, absent: str = "-") -> str:
    """`value` in three digits, or all of those before the point; `absent` for None."""
    return absent if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _megabytes(size: int | None) -> str:
    return "-" if size is None else f"{size / MIB:.0f}"


def _rate(one: Totals) -> str:
    return str(one.absent or cell(one.leading, one))


def _mixed_rate(one: Totals) -> str:
    return _rate(one) if one.absent else f"{one.headline} {_rate(one)}"


def _detail(metric: Metric, one: Totals) -> str:
    told = metric.detail(*(some.get(metric.name, Counts()) for some in (one.scores, one.lost)))
    return "-" if one.absent or told is None else told[1]


_COLUMNS: dict[str, Callable[[Totals], str]] = {
    "First s": lambda one: number(one.first_seconds),
    "Load s": lambda one: number(one.load_seconds),
    "Peak MB": lambda one: _megabytes(one.peak_ram),
    "Peak VRAM MB": lambda one: _megabytes(one.peak_vram if one.peak_vram is not None else one.peak_vram_driver),
    "Measured": lambda one: f"{one.measured} of {one.snippets}",
}
_INTERVAL = "95 % interval"
_EXPENDABLE = ("First s", "Load s", "Corpus", "Peak MB", "Sub+Del+Ins / words", _INTERVAL)
