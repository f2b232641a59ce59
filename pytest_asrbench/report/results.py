"""results.csv and results.json: one row per requested model and snippet, whatever happened to it.

The CSV is meant for spreadsheets: cells that one would take for a formula are defused. The JSON keeps the exact text.
Both are written beside their place and moved there, so that a reader never finds half a file.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from io import TextIOWrapper
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.latencies import latency
from pytest_asrbench.metrics.metric import flat_names
from pytest_asrbench.metrics.totals import Totals, counts_as, figures
from pytest_asrbench.records import Breach, Outcome, RunInfo
from pytest_asrbench.report.analysis.findings import Findings
from pytest_asrbench.store.serialized import to_dict
from pytest_asrbench.support import atomic, spreadsheet, strict_json

MIB = 2**20
_REMEDY = "make room or name another folder with --asr-report-dir; what was measured is in the journal beside it"


def _rate(name: str) -> Callable[[Outcome], float | None]:
    return lambda outcome: outcome.scores[name].rate if name in outcome.scores else None


def _part(name: str, part: str) -> Callable[[Outcome], float | None]:
    return lambda outcome: outcome.scores[name].part(part) if name in outcome.scores else None


def _mib(name: str) -> Callable[[Outcome], float | None]:
    def read(outcome: Outcome) -> float | None:
        size: int | None = getattr(outcome, name)
        return None if size is None else round(size / MIB, 2)

    return read


def _above_empty(outcome: Outcome) -> float | None:
    if outcome.peak_ram is None or outcome.empty_ram is None:
        return None
    return round((outcome.peak_ram - outcome.empty_ram) / MIB, 2)


# The first ten are a fixed contract; new columns go to the end, and those of the metrics behind them.
_FACTS: dict[str, Callable[[Outcome], Any]] = {
    "Model": attrgetter("model"),
    "Snippet": attrgetter("snippet"),
    "Transcript": attrgetter("transcript"),
    "Reference": attrgetter("reference"),
    "WER": _rate("wer"),
    "Time_Sec": attrgetter("time"),
    "RTF": _rate("rtf"),
    "Peak_RAM_MB": _mib("peak_ram"),
    "Load_Time_Sec": attrgetter("load_seconds"),
    "Error": attrgetter("error"),
    "Status": attrgetter("status.value"),
    "Cause": attrgetter("error_kind"),
    "Corpus": attrgetter("corpus"),
    "Task": attrgetter("task"),
    "Runtime": attrgetter("runtime"),
    "Device": attrgetter("device"),
    "Dtype": attrgetter("dtype"),
    "Peak_RAM_Above_Empty_MB": _above_empty,
    "Peak_VRAM_MB": _mib("peak_vram"),
    "First_Sec": attrgetter("first_seconds"),
    "Audio_Sec": attrgetter("audio_seconds"),
    "Rounds": lambda o: len(o.seconds),
    "Normalized_Transcript": attrgetter("normalized_transcript"),
    "Normalized_Reference": lambda o: o.normalized_reference if o.measured else None,
    "Normalizer": attrgetter("normalizer"),
    "Language": attrgetter("language"),
    "Speaker": attrgetter("speaker"),
    "Tags": lambda o: " ".join(o.tags),
    "Unstable": lambda o: int(o.unstable),
    "Device_Notes": lambda o: "; ".join(o.device_notes),
    "Versions": lambda o: " ".join(f"{name}={version}" for name, version in o.versions.items()),
    "Timing": attrgetter("timing"),
    "Weights": attrgetter("weights"),
    "Peak_VRAM_Driver_MB": _mib("peak_vram_driver"),
    "Unified_Memory": lambda o: None if o.unified_memory is None else int(o.unified_memory),
    "Fault": attrgetter("fault.value"),
    "Counts_As": lambda o: counts_as(o).value,
    "Language_Source": attrgetter("language_source"),
    "Language_Told": attrgetter("language_told"),
    "Task_Version": attrgetter("task_version"),
    "Prompt": attrgetter("prompt"),
    "Decoding": lambda o: " ".join(f"{name}={value}" for name, value in o.decoding.items()),
    "Scenario": attrgetter("scenario"),
    "Requests": lambda o: len(o.requests) or None,
    "Latency_Sec": lambda o: latency(o.requests),
    "Heard": lambda o: o.stages[0].transcript if o.stages else None,
    "Stage_Sec": lambda o: " + ".join("-" if one.time is None else f"{one.time:.6g}" for one in o.stages),
    "Found": lambda o: "; ".join(dict.fromkeys(chain.from_iterable(counts.found for counts in o.scores.values()))),
}


def columns(counted: Collection[str] | None = None) -> dict[str, Callable[[Outcome], Any]]:
    """Every column of the CSV and how it is read from an outcome: facts, then each metric's rate and counts.

    counted: the names of the metrics that counted anything, as `registry.present` takes them; None: all columns.
    """
    found = dict(_FACTS)
    for metric in registry.present(counted):
        found.setdefault(metric.title.replace(" ", "_"), _rate(metric.name))
        for part, name in flat_names(metric).items():
            if part != "lost":
                found.setdefault(name.title(), _part(metric.name, part))
    return found


def write_csv(folder: Path, info: RunInfo, outcomes: Sequence[Outcome], totals: Sequence[Totals]) -> Path:
    """Write `folder`/results.csv; raises ReportError."""

    def write(file: TextIOWrapper) -> None:
        writer, every = csv.writer(file), columns({name for one in outcomes for name in (*one.scores, *one.lost)})
        writer.writerow(every)
        writer.writerows([spreadsheet.cell(read(outcome)) for read in every.values()] for outcome in outcomes)

    return atomic.replace(folder / "results.csv", write, _REMEDY)


def write_json(
    folder: Path,
    info: RunInfo,
    outcomes: Sequence[Outcome],
    totals: Sequence[Totals],
    findings: Findings | None = None,
    breaches: Sequence[Breach] = (),
    speed: Sequence[Mapping[str, Any]] = (),
    unmeasured: Sequence[Mapping[str, Any]] = (),
    holding: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write `folder`/results.json: the run, totals, findings and every outcome, exact; raises ReportError.

    breaches: the limits that were missed. speed: judgements of the speed gate. unmeasured: the snippets of each model
    and corpus that the run did not measure. holding: the rates that keep a limit, see `report.load.holding`.
    """

    def write(file: TextIOWrapper) -> None:
        head = {"run": to_dict(info), "totals": [_totals(t) for t in totals], "breaches": list(map(to_dict, breaches))}
        head |= {"speed": list(speed), "holding": list(holding)}
        file.write(strict_json.dumps(head, indent=1)[:-2] + ",\n")
        file.write(' "unmeasured": ')
        _write_lines(file, unmeasured, " ")
        file.write(",\n")
        if findings is not None:
            _write_findings(file, findings)
        file.write(' "outcomes": ')
        _write_lines(file, map(_exact, outcomes), " ")
        file.write("\n}\n")

    return atomic.replace(folder / "results.json", write, _REMEDY)


def _write_findings(file: TextIOWrapper, findings: Findings) -> None:
    file.write(' "findings": {')
    for number, (name, value) in enumerate(findings.to_dict().items()):
        file.write(f'{"," if number else ""}\n  "{name}": ')
        if isinstance(value, list):
            _write_lines(file, value, "  ")
        else:
            file.write(strict_json.dumps(value))
    file.write("\n },\n")


def _write_lines(file: TextIOWrapper, records: Iterable[Any], indent: str) -> None:
    """Write an array, one record a line: large runs stay readable with line tools and are not copied in memory."""
    before = "["
    for record in records:
        file.write(f"{before}\n{indent} {strict_json.dumps(record)}")
        before = ","
    file.write("[]" if before == "[" else f"\n{indent}]")


def _exact(outcome: Outcome) -> dict[str, Any]:
    """An outcome with the rates that follow from its counts, and `score`, these by their flat names."""
    more: dict[str, Any] = {"time": outcome.time, "rtf": outcome.rtf, "counts_as": counts_as(outcome).value}
    more |= {one.name: outcome.scores[one.name].rate for one in registry.known(outcome.scores)}
    texts = {name: getattr(outcome, name) for name in ("normalized_reference", "normalized_transcript")}
    more["score"] = {**texts, **registry.flat(outcome.scores)} if outcome.scores else None
    return to_dict(outcome) | more


def _totals(totals: Totals) -> dict[str, Any]:
    values = figures(totals)
    return values | {"scores": {name: to_dict(totals.counts(name)) for name in (*totals.scores, *totals.lost)}}
