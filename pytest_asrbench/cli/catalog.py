"""`pytest-asrbench catalog refresh`: what a hub has of speech models, exported with a time stamp, and what is new."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from rich.console import Console

from pytest_asrbench import __version__
from pytest_asrbench.cli.formats import Columns, Row, show
from pytest_asrbench.cli.terminal import console
from pytest_asrbench.errors import UsageError
from pytest_asrbench.models import hub_models
from pytest_asrbench.models.catalog import parameters_text
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.store.exports import last_export, write_exports

SHOWN = 30
LIMIT = 300
_OFFLINE = ("1", "ON", "YES", "TRUE")  # as huggingface_hub reads HF_HUB_OFFLINE
_COLUMNS: Columns = {
    "Repository": itemgetter("repo"),
    "Task": itemgetter("task"),
    "Parameters": lambda row: parameters_text(row["parameters"]) or "-",
    "Licence": lambda row: row["licence"] + (f" ({row['restriction']})" if row["restriction"] else ""),
    "Downloads": lambda row: "-" if row["downloads"] is None else f"{row['downloads']:,}",
    "Created": lambda row: (row["created"] or "-")[:10],
    "Modified": lambda row: (row["modified"] or "-")[:10],
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", choices=("refresh",), help="ask the hub, write the exports, show what is new")
    parser.add_argument(
        "--output", metavar="DIR", default="catalog", help="folder of the exports (default: %(default)s)"
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=int,
        default=LIMIT,
        help="most downloaded models of each task (default: %(default)s)",
    )
    parser.add_argument("--offline", action="store_true", help="ask nobody: export what the catalogue itself says")


def run(arguments: argparse.Namespace) -> int:
    """Write the exports and print what is new; raises WeightsError if the hub cannot be asked, ReportError."""
    if arguments.limit < 1:
        raise UsageError(f"--limit={arguments.limit}: write a whole number of at least 1")
    known = list(Registry(Path.cwd()).models.values())
    offline = arguments.offline or os.environ.get("HF_HUB_OFFLINE", "").upper() in _OFFLINE
    listing = hub_models.of_catalogue(known, __version__) if offline else hub_models.of_hub(known, arguments.limit)
    folder = Path(arguments.output)
    before = last_export(folder)
    written = write_exports(folder, datetime.now(UTC), listing.where, listing.raw, listing.rows)
    to = console()
    in_catalogue = sum(bool(row["in_catalogue"]) for row in listing.rows)
    to.print(f"{len(listing.rows)} models of {listing.where}, {in_catalogue} of them in the catalogue here.")
    if before is None:
        new, than = [row for row in listing.rows if not row["in_catalogue"]], "not in the catalogue"
    else:
        there = {row["repo"] for row in before.rows}
        new, than = [row for row in listing.rows if row["repo"] not in there], f"new since {before.name}"
    _print_new(to, new, than)
    for path in written:
        to.print(f"written: {path}")
    return 0


def _print_new(to: Console, new: Sequence[Row], than: str) -> None:
    """Print a table of the most downloaded of them."""
    more = f", {SHOWN} of them are shown" if len(new) > SHOWN else ""
    to.print(f"{len(new)} of them {than}{more}.")
    if new:
        show("table", to, new[:SHOWN], _COLUMNS, ("Created", "Task", "Modified"))
