"""`pytest-asrbench doctor`: what this machine has, what is missing for which model, and the command that mends it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from pytest_asrbench.cli import measured
from pytest_asrbench.cli.diagnosis import Diagnosis, advise, as_json, examine
from pytest_asrbench.cli.terminal import console, table
from pytest_asrbench.machine.hints import Hint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")
    measured.add_arguments(parser)
    parser.add_argument(
        "--fix-hints", action="store_true", help="only the pip commands for this machine, each with its reason"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 0 if at least one model can run, else 1."""
    diagnosis = examine(Path.cwd(), devices=not arguments.fix_hints, peaks=measured.peaks(arguments))
    advice = advise(diagnosis)
    if arguments.json:
        print(json.dumps(as_json(diagnosis, advice), indent=2))
    elif arguments.fix_hints:
        _print_hints(console(), advice)
    else:
        _print(console(), diagnosis, advice)
    return 0 if diagnosis.healthy else 1


def _print(to: Console, diagnosis: Diagnosis, advice: list[Hint]) -> None:
    _heading(to, "Machine")
    for line in _machine(diagnosis.machine):
        to.print(line)
    _heading(to, "Audio decoders")
    for name, state in diagnosis.decoders.items():
        to.print(f"{name}: {state}")
    _heading(to, "Runtimes")
    _print_runtimes(to, diagnosis)
    _heading(to, "Devices that --asr-device=auto tries, best first")
    for (backend, interpreter), chain in diagnosis.chains.items():
        to.print(f"{backend}{_elsewhere(interpreter)}: {' → '.join(chain.devices) or chain.problem}")
    if not diagnosis.chains:
        to.print("none: no runtime that uses more than the CPU is installed")
    if diagnosis.interpreters:
        _heading(to, "Other interpreters of this project")
        for name, path in diagnosis.interpreters.items():
            to.print(f"{name}: {path}")
    _heading(to, "Models")
    _print_models(to, diagnosis)
    if advice:
        _heading(to, "To set this machine up")
        _print_hints(to, advice)


def _machine(facts: Mapping[str, Any]) -> list[str]:
    gigabytes = facts["memory"] / 2**30
    lines = [
        f"Python {facts['python']} ({sys.executable}), pytest-asrbench {facts['pytest-asrbench']}",
        f"{facts['system']} {facts['release']}, {facts['architecture']}",
        f"{facts['cpu']}: {facts['cores_physical'] or '?'} cores, {facts['cores_usable']} threads usable, "
        f"{gigabytes:.1f} GiB of memory",
    ]
    for one in facts["accelerators"]:
        memory = f"{one['memory'] / 2**30:.1f} GiB" if one["memory"] else "memory unknown"
        shared = f"{memory} set aside, the rest shared with the CPU" if one["memory"] else "memory shared with the CPU"
        target = f", {one['target']}" if one["target"] else ""
        lines.append(f"{one['name']}{target}, driver {one['driver']}: {shared if one['unified'] else memory}")
    return lines if facts["accelerators"] else [*lines, "no graphics processor found"]


def _print_runtimes(to: Console, diagnosis: Diagnosis) -> None:
    rows = [
        (
            state.adapter,
            _verdict(state.ready),
            state.info.runtime if state.info else "?",
            ", ".join(f"{package} {version}" for package, version in state.versions.items()),
            (state.problem or ", ".join(state.missing)) + _elsewhere(state.interpreter),
        )
        for state in diagnosis.runtimes
    ]
    columns = ("Adapter", "Ready", "Runtime", "Installed", "Missing")
    table(to, columns, rows, expendable=("Runtime", "Installed"))


def _print_models(to: Console, diagnosis: Diagnosis) -> None:
    rows = [(state.entry.name, _verdict(state.ready), state.reason, state.command) for state in diagnosis.models]
    # The commands stand below once more, with their reasons.
    table(to, ("Model", "Ready", "In the way", "What mends it"), rows, expendable=("What mends it",))


def _print_hints(to: Console, advice: list[Hint]) -> None:
    if not advice:
        to.print("Nothing to do: the installed packages fit this machine.")
    for hint in advice:
        to.print(Text(hint.command, style="bold"))
        to.print(f"    # {hint.reason}")
        if hint.otherwise:
            to.print(f"    # or: {hint.otherwise}")


def _heading(to: Console, text: str) -> None:
    to.print()
    to.print(Text(text, style="bold cyan"))


def _verdict(ready: bool) -> Text:
    return Text("yes", style="green") if ready else Text("no", style="red")


def _elsewhere(interpreter: str) -> str:
    return "" if interpreter == sys.executable else f" (in {interpreter})"
