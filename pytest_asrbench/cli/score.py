"""`pytest-asrbench score FILE ...`: answers that were made elsewhere, scored by pytest as those of any model are."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator

# Options of pytest that are taken here without their prefix: help, and whether they can be repeated.
_OPTIONS = {
    "corpus": ("what the answers are of: name, folder or manifest; repeatable (default: quickstart)", True),
    "task": ("what was asked for", False),
    "normalizer": ("whisper, verbatim, none, leaderboard, or a project's own", False),
    "language": ("language of the recordings", False),
    "limit": ("limit of a metric, 'wer<=5%%'; repeatable", True),
    "baseline": ("an earlier run that the answers are held against", False),
    "compare-fail": ("what is not accepted against it, 'wer:significant'; repeatable", True),
    "report-dir": ("folder of the results (default: reports)", False),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="answers: results of ours, manifests, tables")
    for name, (text, many) in _OPTIONS.items():
        parser.add_argument(f"--{name}", action="append" if many else "store", metavar=name.upper(), help=text)


def run(arguments: argparse.Namespace) -> int:
    """Run pytest on these files alone, and return its exit code."""
    models = ",".join(f"transcripts:{file}" for file in arguments.files)
    command = [sys.executable, "-m", "pytest", f"--asr-models={models}", *_passed_on(arguments)]
    return subprocess.run(command, check=False).returncode


def _passed_on(arguments: argparse.Namespace) -> Iterator[str]:
    for name in _OPTIONS:
        given = getattr(arguments, name.replace("-", "_"))
        for value in given if isinstance(given, list) else [given]:
            if value is not None:
                yield f"--asr-{name}={value}"
