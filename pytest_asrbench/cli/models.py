"""`pytest-asrbench models`: the catalogue as a table, which of it fits a memory, or everything known of one model."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from pytest_asrbench.cli import fit_table, measured
from pytest_asrbench.cli.diagnosis import Diagnosis, ModelState, examine
from pytest_asrbench.cli.formats import FORMATS, Columns, Row, show
from pytest_asrbench.cli.names import find
from pytest_asrbench.cli.terminal import console
from pytest_asrbench.errors import UsageError
from pytest_asrbench.models.catalog import Published, parameters_text
from pytest_asrbench.models.fit import CARD, Question, marks
from pytest_asrbench.models.footprint import SECONDS
from pytest_asrbench.models.registry import ModelEntry, Registry
from pytest_asrbench.store.peaks import Peaks
from pytest_asrbench.support import sizes

MANY = 6  # languages that a table still names
_COLUMNS: Columns = {
    "Model": itemgetter("model"),
    "Runs here": lambda row: Text("yes", style="green") if row["ready"] else Text("no", style="red"),
    "Adapter": itemgetter("adapter"),
    "Runtime": itemgetter("runtime"),
    "Parameters": itemgetter("parameters"),
    "Languages": itemgetter("languages"),
    "Licence": itemgetter("licence"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", nargs="?", help="one model: everything that is known of it")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format=json")
    memory = parser.add_mutually_exclusive_group()
    memory.add_argument(
        "--vram", metavar="SIZE", help="which models fit into this much of a graphics card: 12GB, 12GiB"
    )
    memory.add_argument("--ram", metavar="SIZE", help="the same of main memory, for models that run on the CPU")
    parser.add_argument(
        "--audio", metavar="SECONDS", type=float, default=SECONDS, help="length of a clip there (default: %(default)g)"
    )
    measured.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the catalogue or one model's facts; raises UnknownModelError."""
    name = find(Registry(Path.cwd()), arguments.name).name if arguments.name else None
    peaks = measured.peaks(arguments)
    diagnosis = examine(Path.cwd(), devices=False, peaks=peaks)
    states = [state for state in diagnosis.models if name in (None, state.entry.name)]
    if arguments.vram is not None or arguments.ram is not None:
        _fit(diagnosis, states, _question(arguments, peaks), arguments.format)
    elif arguments.format == "json":
        values = [_as_json(diagnosis, state) for state in states]
        print(json.dumps(values if name is None else values[0], indent=2))
    elif name is None or arguments.format != "table":
        _catalogue(states, arguments.format)
    else:
        _print_details(console(), diagnosis, states[0])
    return 0


def count(entry: ModelEntry) -> str:
    """The number of parameters in words: "61.5 M", "4.7 B"; what the catalogue says where they are not counted."""
    return parameters_text(entry.facts.parameters) or entry.parameters


def languages(entry: ModelEntry) -> str:
    """The languages, or how many there are."""
    return ", ".join(entry.languages) if len(entry.languages) <= MANY else f"{len(entry.languages)} languages"


def _catalogue(states: list[ModelState], form: str) -> None:
    to = console()
    show(form, to, map(_row, states), _COLUMNS, ("Runtime", "Licence", "Languages", "Adapter", "Parameters"))
    if form == "table":
        to.print(
            "pytest-asrbench models NAME tells more of one; pytest-asrbench doctor says what is in the others' way."
        )


def _row(state: ModelState) -> Row:
    entry = state.entry
    return {
        "model": entry.name,
        "ready": state.ready,
        "adapter": entry.adapter,
        "runtime": state.runtime,
        "parameters": count(entry),
        "languages": languages(entry),
        "licence": entry.licence + (" (experimental)" if entry.experimental else ""),
    }


def _fit(diagnosis: Diagnosis, states: list[ModelState], asked: Question, form: str) -> None:
    """Print which models fit."""
    known = {one.adapter: one.info for one in diagnosis.runtimes}
    rows = [fit_table.row(state.entry, known.get(state.entry.adapter), asked) for state in states]
    to = console()
    show(form, to, rows, fit_table.COLUMNS, fit_table.EXPENDABLE)
    if form == "table":
        for sentence in fit_table.legend(asked, rows):
            to.print(sentence)


def _question(arguments: argparse.Namespace, peaks: Peaks) -> Question:
    """What is asked, with the peaks of earlier runs on such a device; raises UsageError."""
    on_card = arguments.vram is not None
    if not 0 < arguments.audio < math.inf:
        raise UsageError(f"--audio={arguments.audio:g}: a clip is longer than 0 s; write --audio=30")
    try:
        room = sizes.read(arguments.vram if on_card else arguments.ram)
    except UsageError as error:
        raise UsageError(f"{'--vram' if on_card else '--ram'}: {error}") from None
    kind = CARD if on_card else "cpu"
    return Question(kind, room, arguments.audio, peaks=marks(peaks, kind))


def _print_details(to: Console, diagnosis: Diagnosis, state: ModelState) -> None:
    to.print(Text(state.entry.name, style="bold"))
    for label, value in _details(diagnosis, state):
        to.print(f"{label + ':':<17}{value}")


def _details(diagnosis: Diagnosis, state: ModelState) -> Iterator[tuple[str, str]]:
    """Yield label and value of what is known, one line each."""
    entry, facts = state.entry, state.entry.facts
    yield "description", entry.description
    if entry.aliases:
        yield "also called", ", ".join(entry.aliases)
    if entry.experimental:
        yield "experimental", "a fault skips its cases instead of failing them"
    yield "adapter", f"{entry.adapter} ({state.runtime})" if state.runtime else entry.adapter
    if text := count(entry):
        yield "parameters", text + (f" ({facts.parameters:,})" if facts.parameters else "")
    if memory := facts.memory():
        sizes = ", ".join(f"{dtype} {size / 1e9:.2f} GB" for dtype, size in memory.items())
        yield "weights", f"{sizes} (the least that a run takes)"
    yield "longest audio", _longest(diagnosis, state)
    if entry.languages:
        yield "languages", ", ".join(entry.languages)
    yield "licence", entry.licence or "unknown"
    if facts.dtype:
        yield "dtype", ", ".join(f"{kind} {dtype}" for kind, dtype in facts.dtype.items())
    if facts.generation:
        yield "generation", ", ".join(f"{name} {value}" for name, value in facts.generation.items())
    if entry.prompt:
        yield "prompt", entry.prompt
    if entry.hub is not None:
        yield "weights from", f"{entry.hub.repo} at {entry.hub.revision}: {', '.join(entry.hub.files)}"
    if facts.published is not None:
        yield "published", f"{_published(facts.published)} ({facts.published.source})"
    for sentence in facts.measured:
        yield "measured", sentence
    if facts.note:
        yield "note", facts.note
    yield (
        "runs here",
        "yes" if state.ready else f"no: {state.reason}" + (f" – {state.command}" if state.command else ""),
    )
    for source in facts.sources:
        yield "source", source


def _longest(diagnosis: Diagnosis, state: ModelState) -> str:
    info = next((r.info for r in diagnosis.runtimes if r.adapter == state.entry.adapter), None)
    if info is not None and "batch" not in info.modes:
        return f"none: it takes texts, behind a model that listens: MODEL+{state.entry.name}"
    stated = state.entry.facts.longest_seconds
    limit = f"{stated:g} s in one call, as its authors state" if stated else "any, or not stated by its authors"
    if info is not None and info.max_seconds is not None:
        return f"{limit}; longer clips are cut at pauses after {info.max_seconds:g} s"
    return limit


def _published(figures: Published) -> str:
    parts = [f"WER {figures.wer * 100:.2f} % on average"] if figures.wer is not None else []
    parts += [f"{name} {value * 100:.2f} %" for name, value in figures.sets.items()]
    return ", ".join([*parts, f"RTFx {figures.rtfx:g}"] if figures.rtfx is not None else parts)


def _as_json(diagnosis: Diagnosis, state: ModelState) -> dict[str, Any]:
    values = asdict(state.entry)
    values["facts"]["memory"] = state.entry.facts.memory()
    here = {"runtime": state.runtime, "ready": state.ready, "reason": state.reason, "command": state.command}
    return {**values, **here, "longest": _longest(diagnosis, state)}
