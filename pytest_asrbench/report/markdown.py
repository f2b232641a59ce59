"""A report for a pull request's comment: what went wrong on top, one table, the comparisons in sentences.

Texts of the run are escaped: they make no markup, mention nobody and link nowhere. The whole stays under
`MAX_CHARACTERS`, because GitHub and GitLab refuse or cut longer comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.records import WORDS, Status
from pytest_asrbench.report import load
from pytest_asrbench.report.page.data import PageData
from pytest_asrbench.report.page.findings import set_names, without_transcript
from pytest_asrbench.report.page.systems import System
from pytest_asrbench.report.summary import cell, heading, interval, number, rates

MAX_CHARACTERS = 60_000
MAX_LINES = 30  # of one kind
MAX_ROWS = 100
MAX_TEXT = 300
MIB = 2**20
_HEADS = ("Load s", "Peak MB", "Failed", "Measured")
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+!|~$&^=:-]")
# A mention, a reference and an address are only seen as such while nothing stands between their parts.
_BREAK = "\u200b"


def markdown(data: PageData) -> str:
    """Return the report; shorter than `MAX_CHARACTERS`, whatever the run holds."""
    names = set_names(data)
    lines = ["### Speech recognition benchmark", ""]
    lines += _some("**Limits missed**", _breaches(data))
    lines += _some("**Failures**", _failures(data))
    lines += _some("**Worse than the baseline**", _worse(data))
    lines += _some("**Without a transcript**", map(escape, without_transcript(data)))
    for one in data.sets:
        lines += [f"**{escape(names[one.number])}**: {len(one.clips)} snippets", ""] if len(data.sets) > 1 else []
        lines += [*_table(data, data.of(one.number)), ""]
    lines += _loads([system.totals for system in data.systems])
    lines += _some("**Verdict**", (escape(one["sentence"]) for one in (data.findings or {}).get("choices", ())))
    lines += _some("**Comparisons**", (escape(one["sentence"]) for one in _differences(data)))
    lines += _some("**Notes**", map(escape, data.notes))
    lines += [_measured(data)]
    return _fitted(lines)


def escape(text: Any) -> str:
    """Return `text` as one line of Markdown that shows it as it is."""
    plain = _INVISIBLE.sub(" ", str(text))
    if len(plain) > MAX_TEXT:
        plain = plain[: MAX_TEXT - 1] + "…"
    plain = _MARKUP.sub(lambda sign: _entity(sign[0]), plain)
    plain = re.sub(r"@(?=\w)", f"@{_BREAK}", plain)
    plain = re.sub(r"\b(GH|www|https?|ftp)(?=\W)", rf"\1{_BREAK}", plain, flags=re.IGNORECASE)
    # What looks like a commit becomes a link, too.
    return re.sub(r"\b[0-9a-f]{7,40}\b", lambda word: _BREAK.join(re.findall(".{1,4}", word[0])), plain)


def _entity(sign: str) -> str:
    if sign in "<>&":
        return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}[sign]
    return f"\\{sign}{_BREAK}" if sign == "#" else sign if sign in "-=:+" else f"\\{sign}"


def _breaches(data: PageData) -> Iterator[str]:
    for run in data.runs:
        yield from (escape(breach.text) for breach in run.breaches)
        if run.info.get("interrupted"):
            yield f"The run {escape(run.name)} was interrupted: not everything was measured."


def _failures(data: PageData) -> Iterator[str]:
    causes: dict[tuple[int, str, str], list[str]] = {}
    for system, failure in data.failures:
        if failure.status is Status.NOT_RUN:  # of a model that was not loaded, the first case says why
            continue
        causes.setdefault((system.number, failure.status.value, failure.error), []).append(failure.snippet)
    for (place, status, error), snippets in causes.items():
        label = escape(data.systems[place].label)
        yield f"{label}: {len(snippets)} × {status}, {escape(snippets[0])} first: {escape(error)}"


def _worse(data: PageData) -> Iterator[str]:
    for one in (data.findings or {}).get("differences", ()):
        if one.get("against") and one.get("significant") and (one.get("estimate") or 0) > 0:
            yield escape(one["sentence"])


def _differences(data: PageData) -> list[Mapping[str, Any]]:
    return [one for one in (data.findings or {}).get("differences", ()) if one.get("sentence")]


def _some(title: str, texts: Iterator[str] | Sequence[str] | Any) -> list[str]:
    """A list under `title`, cut at `MAX_LINES`; nothing where there is nothing to list."""
    found = list(texts)
    if not found:
        return []
    rest = [f"- and {len(found) - MAX_LINES} more"] if len(found) > MAX_LINES else []
    return [title, "", *(f"- {text}" for text in found[:MAX_LINES]), *rest, ""]


def _loads(totals: Sequence[Totals]) -> list[str]:
    """The runs at a rate, if there are any."""
    rows = load.cells(totals)
    if not rows:
        return []
    lines = ["**Requests at a rate**", "", f"| {' | '.join(map(escape, rows[0]))} |", "|---" * len(rows[0]) + "|"]
    lines += [f"| {' | '.join(map(escape, row.values()))} |" for row in rows[:MAX_ROWS]]
    return [*lines, "", *_some("", map(escape, load.remarks(totals)))]


def _table(data: PageData, systems: Sequence[System]) -> list[str]:
    metrics, findings = registry.shown(data.counted), data.findings or {}
    found = {
        (one.name, entry.get("system")): entry
        for one in registry.installed().values()
        for entry in findings.get("intervals" if one.name == WORDS else f"{one.name}_intervals", ())
    }
    rate = rates([system.totals for system in systems])
    others = [one for one in metrics[1:] if one.narrow and one.title != rate]
    head = ("Model", rate, "95 % interval", "Errors / words", *(escape(heading(one)) for one in others), *_HEADS)
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    mixed = len({system.totals.headline for system in systems}) > 1
    rows = (
        _cells(system, found.get((system.totals.leading.name, system.number), {}), others, mixed=mixed)
        for system in systems[:MAX_ROWS]
    )
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    if len(systems) > MAX_ROWS:
        lines.append(f"| and {len(systems) - MAX_ROWS} more |" + " |" * (len(head) - 1))
    return lines


def _cells(system: System, entry: Mapping[str, Any], others: Sequence[Metric], *, mixed: bool) -> tuple[str, ...]:
    t = system.totals
    low, high = entry.get("low"), entry.get("high")
    counts = f"{t.errors + t.lost_words} / {t.reference_words + t.lost_words}"
    known = isinstance(low, (int, float)) and isinstance(high, (int, float))
    return (
        escape(system.label),
        str(t.absent or f"{f'{t.headline} ' if mixed else ''}{cell(t.leading, t, '–')}"),
        interval(t.leading, low, high) if known and low is not None and high is not None else "–",
        "–" if t.absent else counts,
        *(cell(metric, t, "–") for metric in others),
        number(t.load_seconds, "–"),
        "–" if t.peak_ram is None else f"{t.peak_ram / MIB:.0f}",
        f"**{t.failed}**" if t.failed else "0",
        f"{t.measured} of {t.snippets}",
    )


def _measured(data: PageData) -> str:
    machines = dict.fromkeys(str((run.info.get("machine") or {}).get("cpu", "")) for run in data.runs)
    stamps = dict.fromkeys(one.conditions.normalizer for one in data.sets if one.conditions.normalizer)
    told = f"Normaliser {', '.join(map(escape, stamps)) or 'not known'}; on {', '.join(map(escape, machines))}. "
    return f"<sub>{told}What a model failed to answer counts as deleted. RTF: compute seconds / audio seconds.</sub>"


def _fitted(lines: Sequence[str]) -> str:
    """As many lines as fit; the end says so if not all did."""
    end = "\nCut here: results.json and report.html hold the rest.\n"
    size = len(end)
    kept: list[str] = []
    for line in lines:
        size += len(line) + 1
        if size > MAX_CHARACTERS:
            return "\n".join(kept) + end
        kept.append(line)
    return "\n".join(kept) + "\n"
