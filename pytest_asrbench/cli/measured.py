"""What models took in earlier runs, for commands that say what a machine can run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_asrbench.store.files import DEFAULT_STORAGE, storage_folder
from pytest_asrbench.store.peaks import Peaks, read_peaks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where earlier runs are."""
    parser.add_argument(
        "--report-dir", metavar="DIR", default="reports", help="runs whose peaks count (default: %(default)s)"
    )
    parser.add_argument(
        "--storage", metavar="DIR", default=DEFAULT_STORAGE, help="the same of pytest-benchmark (default: %(default)s)"
    )


def peaks(arguments: argparse.Namespace) -> Peaks:
    """The peaks of those runs; what cannot be read is named on stderr."""
    found, problems = read_peaks(Path(arguments.report_dir), storage_folder(arguments.storage))
    for problem in problems:
        sys.stderr.write(f"pytest-asrbench: {problem}\n")
    return found
