"""`pytest-asrbench models --vram 12GB`: which models fit into a memory, what they take of it, and what would fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.cli.formats import Columns, Row
from pytest_asrbench.models import footprint
from pytest_asrbench.models.catalog import parameters_text
from pytest_asrbench.models.fit import HEADROOM, Question, Verdict, fit
from pytest_asrbench.models.footprint import CONTEXT, Estimate
from pytest_asrbench.models.licences import restriction
from pytest_asrbench.models.registry import ModelEntry
from pytest_asrbench.support.sizes import GB, gigabytes

PRECISIONS = ("float32", "bfloat16", "int8", "nf4")
EXPENDABLE = ("Parameters", "Longest audio", "Licence", "Working GB", "Weights GB", "Precision")
_BY = {"measurement": " measured", "guess": " ?", "formula": ""}
COLUMNS: Columns = {
    "Model": lambda row: row["model"],
    "Parameters": lambda row: parameters_text(row["parameters"]) or "-",
    "Precision": lambda row: row["precision"] or "-",
    "Weights GB": lambda row: _size(row["weights"]),
    "Working GB": lambda row: _size(row["cache"] + row["activations"] if row["precision"] else None),
    "Memory GB": lambda row: _size(row["memory"]) + _BY[row["by"]],
    "Longest audio": lambda row: _duration(row["longest_seconds"]),
    "Licence": lambda row: row["licence"] + (f" ({row['restriction']})" if row["restriction"] else ""),
    "Fits": lambda row: row["verdict"],
    "Or": lambda row: f"{row['instead']}: {_size(row['instead_memory'])} GB" if row["instead"] else "",
}


def row(entry: ModelEntry, info: AdapterInfo | None, asked: Question) -> Row:
    """Return the answer for one model; sizes in bytes, None where they are not known."""
    found = fit(entry, replace(asked, longest=info.max_seconds if info is not None else None))
    return {
        "model": entry.name,
        "parameters": entry.facts.parameters,
        **{f"weights_{name}": footprint.weights(entry.facts, name) for name in PRECISIONS},
        **_parts(found.usual),
        "longest_seconds": entry.facts.longest_seconds,
        "licence": entry.licence,
        "restriction": restriction(entry.licence),
        "verdict": found.verdict.value,
        "instead": found.instead,
        "instead_memory": found.smaller.total if found.smaller is not None else None,
    }


def legend(asked: Question, rows: Sequence[Row]) -> Iterator[str]:
    """Yield what a reader of the table has to know, and how many models fit."""
    counted = {verdict: sum(one["verdict"] == verdict for one in rows) for verdict in Verdict}
    yield ", ".join(f"{verdict}: {number}" for verdict, number in counted.items() if number)
    own = "the runtime by itself" if asked.kind == "cpu" else f"{CONTEXT / GB:g} GB for the driver's context, assumed"
    yield (
        f"Memory = weights + cache and activations for {asked.seconds:g} s of audio + {own}; ?: partly a guess; "
        f"measured: by an earlier run. Fits: {HEADROOM:.0%} of the {gigabytes(asked.room)} GB stay free."
    )


def _parts(usual: Estimate | None) -> Mapping[str, str | int | None]:
    if usual is None:
        names = ("precision", "weights", "cache", "activations", "runtime", "memory")
        return {**dict.fromkeys(names), "by": "formula"}
    by = "guess" if usual.assumed else "formula"
    return {
        "precision": usual.precision,
        "weights": usual.weights,
        "cache": usual.working.cache,
        "activations": usual.working.activations,
        "runtime": usual.runtime,
        "memory": usual.total,
        "by": "measurement" if usual.measured is not None else by,
    }


def _size(size: int | None) -> str:
    return "-" if size is None else gigabytes(size)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "any, or not stated"
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"
