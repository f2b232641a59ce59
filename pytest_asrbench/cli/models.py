"""`pytest-asrbench models`: the catalogue as a table, or everything that is known of one model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from pytest_asrbench.cli.diagnosis import Diagnosis, ModelState, examine
from pytest_asrbench.cli.names import find
from pytest_asrbench.cli.terminal import console, table
from pytest_asrbench.models.catalog import Published
from pytest_asrbench.models.registry import ModelEntry, Registry

MANY = 6  # languages that a table still names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", nargs="?", help="one model: everything that is known of it")
    parser.add_argument("--json", action="store_true", help="the same as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the catalogue or one model's facts; raises UnknownModelError."""
    name = find(Registry(Path.cwd()), arguments.name).name if arguments.name else None
    diagnosis = examine(Path.cwd(), devices=False)
    states = [state for state in diagnosis.models if name in (None, state.entry.name)]
    if arguments.json:
        values = [_as_json(diagnosis, state) for state in states]
        print(json.dumps(values if name is None else values[0], indent=2))
    elif name is None:
        _print_table(console(), states)
    else:
        _print_details(console(), diagnosis, states[0])
    return 0


def count(entry: ModelEntry) -> str:
    """The number of parameters in words: "61.5 M", "4.7 B"; what the catalogue says where they are not counted."""
    parameters = entry.facts.parameters
    if parameters is None:
        return entry.parameters
    return f"{parameters / 1e9:.2g} B" if parameters >= 995_000_000 else f"{parameters / 1e6:.3g} M"


def languages(entry: ModelEntry) -> str:
    """The languages, or how many there are."""
    return ", ".join(entry.languages) if len(entry.languages) <= MANY else f"{len(entry.languages)} languages"


def _print_table(to: Console, states: list[ModelState]) -> None:
    rows = [
        (
            state.entry.name,
            Text("yes", style="green") if state.ready else Text("no", style="red"),
            state.entry.adapter,
            state.runtime,
            count(state.entry),
            languages(state.entry),
            state.entry.licence + (" (experimental)" if state.entry.experimental else ""),
        )
        for state in states
    ]
    columns = ("Model", "Runs here", "Adapter", "Runtime", "Parameters", "Languages", "Licence")
    table(to, columns, rows, expendable=("Runtime", "Licence", "Languages", "Adapter", "Parameters"))
    to.print("pytest-asrbench models NAME tells more of one; pytest-asrbench doctor says what is in the others' way.")


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
