"""The names that the docs give users exist, and what users may name is in the docs."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pytest_asrbench.cli import main
from pytest_asrbench.gates.limits import SHORT
from pytest_asrbench.metrics import Counts, registry
from pytest_asrbench.models import catalog
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.servers import Server
from pytest_asrbench.plugin import fixtures, hooks, hookspecs, properties
from pytest_asrbench.plugin.options import OPTIONS
from pytest_asrbench.report.results import columns

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text("utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
TEXT = "\n".join(PAGES.values())
USERS = "\n".join(text for name, text in PAGES.items() if name != "architecture.md")  # which tells of plans, too

FIXTURES = {name for name in vars(fixtures) if name.startswith("asr_")}
HOOKS = {name for name in vars(hookspecs) if name.startswith("pytest_asrbench_")}
INI = {option.name for option in OPTIONS if option.ini is not None}
MARKERS = {re.split(r"[(:]", marker)[0] for marker in hooks._MARKERS}
FIGURES = registry.flat(dict.fromkeys(registry.installed(), Counts()))
PROPERTIES = {f"asr_{name}" for name in (*properties._OUTCOME, *FIGURES, *properties._TOTALS, "seconds")}


def first_cells(heading: str) -> set[str]:
    """What stands in backticks in the first cells of the tables below a heading."""
    part = re.split(r"^##? ", re.split(rf"^#+ {heading}$", USERS, flags=re.MULTILINE)[1], flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`[^|]*?) \|", part, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`(]+)[^`]*`", cell)}


def test_fixtures() -> None:
    assert first_cells("Your own tests") == FIXTURES


def test_hooks() -> None:
    assert first_cells("Hooks") == HOOKS


def test_columns() -> None:
    assert first_cells("Result files") == set(columns())


def test_options() -> None:
    switches = {option.switch for option in OPTIONS}
    assert first_cells("All options") == switches
    assert set(re.findall(r"--asr-[a-z-]*[a-z]", USERS)) == switches


def test_names_that_begin_as_ours_do() -> None:
    known = FIXTURES | INI | MARKERS | PROPERTIES
    assert set(re.findall(r"(?<![\w-])asr_[a-z_]+\b", TEXT.replace("asr_breach_METRIC", ""))) <= known


@pytest.mark.parametrize("marker", hooks._MARKERS)
def test_markers(marker: str) -> None:
    assert f"`{re.split(r'[(:]', marker)[0]}" in USERS


def test_commands() -> None:
    named = set(re.findall(r"(?:^|`|\$ )pytest-asrbench ([a-z]+)\b(?!:)", TEXT, re.MULTILINE))
    assert named == set(main.COMMANDS)


def test_keys_of_a_server() -> None:
    text = (ROOT / "docs" / "started-servers.md").read_text("utf-8")
    (rows,) = re.findall(r"^\| key \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)) == {one.name for one in fields(Server)}


def test_keys_of_a_model() -> None:
    text = (ROOT / "docs" / "models.md").read_text("utf-8")
    for table, schema in (("NAME", ModelEntry), ("NAME.hub", catalog.HubSource), ("NAME.facts", catalog.CatalogFacts)):
        (rows,) = re.findall(rf"^\| `\[models\.{re.escape(table)}\]` \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
        cells = [row.split("|")[1] for row in rows.splitlines()]
        named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
        known = {one.name for one in fields(schema)} - {"name", "defined", "limits", "chain"}
        assert named == known | (set(SHORT) if schema is ModelEntry else set())
