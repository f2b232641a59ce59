"""`pytest-asrbench download MODEL ...`: fetches weights before a run, so that no run has to wait for them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_asrbench.cli.names import find
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.models import lockfile, repositories, runtimes, weights
from pytest_asrbench.models.catalog import HubSource
from pytest_asrbench.models.registry import ModelEntry, Registry
from pytest_asrbench.support.redaction import redact


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="names of the catalogue or of this project, or hf:owner/name"
    )


def run(arguments: argparse.Namespace) -> int:
    """Download one after the other; 1 if any failed, the others being complete. Raises UnknownModelError."""
    registry = Registry(Path.cwd())
    wanted = [_wanted(registry, name) for name in arguments.models]  # a wrong name ends this before gigabytes come
    failed = 0
    for entry in (part for one in wanted for part in one.parts if part.hosted):
        try:
            for sentence in _fetch(entry, runtimes.check_of(registry.adapter(entry.adapter), entry.options)):
                print(sentence, flush=True)
        except AsrBenchError as error:
            sys.stderr.write(redact(f"pytest-asrbench: {error}\n"))
            failed = 1
    return failed


def _wanted(registry: Registry, spec: str) -> ModelEntry:
    """Return what is named; raises UnknownModelError for an adapter with nothing to download."""
    found = registry.resolve(spec)
    fetched = found.chain or found.hub is not None or repositories.of_options(found.options)
    return found if fetched else find(registry, spec)


def _fetch(entry: ModelEntry, check: Callable[[Path], None] | None) -> Iterator[str]:
    """Yield a sentence on what came, and where it is, for the weights and for each repository that an option names."""
    name = entry.names[-1]
    for option, source in repositories.of_options(entry.options).items():
        yield _bring(f"{name}[{option}]", source, None)
    if entry.hub is not None:
        yield _bring(name, entry.hub, check)
    else:
        yield f"{name}: nothing to download" + (f", its weights are {entry.source}" if entry.source else "")


def _bring(name: str, source: HubSource, check: Callable[[Path], None] | None) -> str:
    fetched = weights.fetch(
        name,
        source.repo,
        source.files,
        source.revision,
        optional=source.optional,
        allow_pickle=source.allow_pickle,
        progress=sys.stderr.isatty(),
        lock=Path.cwd() / lockfile.NAME,
        check=check,
    )
    came = f"{fetched.downloaded / 1e6:.1f} MB downloaded" if fetched.downloaded else "complete already"
    where = f"{source.repo} at {fetched.commit[:12]} in {fetched.path / source.path}"
    return f"{name}: {came}, {fetched.bytes / 1e6:.1f} MB of {where}"
