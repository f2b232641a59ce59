"""`pytest-asrbench download MODEL ...`: fetches weights before a run, so that no run has to wait for them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_asrbench.cli.names import find
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.models import lockfile, weights
from pytest_asrbench.models.registry import ModelEntry, Registry
from pytest_asrbench.support.redaction import redact


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="names of the catalogue or of this project")


def run(arguments: argparse.Namespace) -> int:
    """Download one after the other; 1 if any failed, the others being complete. Raises UnknownModelError."""
    registry = Registry(Path.cwd())
    entries = [find(registry, name) for name in arguments.models]  # a wrong name ends this before gigabytes have come
    failed = 0
    for entry in entries:
        try:
            print(_fetch(entry), flush=True)
        except AsrBenchError as error:
            sys.stderr.write(redact(f"pytest-asrbench: {error}\n"))
            failed = 1
    return failed


def _fetch(entry: ModelEntry) -> str:
    """Return one sentence on what came, and where it is."""
    source = entry.hub
    if source is None:
        return f"{entry.name}: nothing to download" + (f", its weights are {entry.source}" if entry.source else "")
    fetched = weights.fetch(
        entry.name,
        source.repo,
        source.files,
        source.revision,
        optional=source.optional,
        allow_pickle=source.allow_pickle,
        progress=sys.stderr.isatty(),
        lock=Path.cwd() / lockfile.NAME,
    )
    came = f"{fetched.downloaded / 1e6:.1f} MB downloaded" if fetched.downloaded else "complete already"
    where = f"{source.repo} at {fetched.commit[:12]} in {fetched.path / source.path}"
    return f"{entry.name}: {came}, {fetched.bytes / 1e6:.1f} MB of {where}"
