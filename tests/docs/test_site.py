"""The site: every page is on it, and what it takes from the registries is there. `tox -e docs` builds it."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from pytest_asrbench.metrics.registry import installed
from pytest_asrbench.models import entry
from pytest_asrbench.plugin import fixtures, hookspecs
from pytest_asrbench.plugin.options import OPTIONS
from pytest_asrbench.report.results import columns

DOCS = Path(__file__).parents[2] / "docs"


def test_every_page_is_on_the_site(registries: ModuleType) -> None:
    listed = re.findall(r"^   ([\w/-]+)$", (DOCS / "index.rst").read_text("utf-8"), re.MULTILINE)
    written = [path.stem for path in DOCS.glob("*.md")]
    assert sorted(listed) == sorted([*written, *(f"reference/{name}" for name in registries.PAGES)])


def test_the_guide_leads_to_every_page_for_users() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (DOCS / "guide.md").read_text("utf-8")))
    assert linked == {path.name for path in DOCS.glob("*.md")} - {"guide.md", "architecture.md"}


def test_the_reference_has_what_the_registries_have(registries: ModuleType, tmp_path: Path) -> None:
    registries.write(tmp_path)
    pages = {name: (tmp_path / f"{name}.md").read_text("utf-8") for name in registries.PAGES}
    names = {
        "options": [one.switch for one in OPTIONS],
        "interface": [name for name in (*vars(fixtures), *vars(hookspecs)) if re.match("asr_|pytest_asrbench_", name)],
        "columns": list(columns()),
        "metrics": list(installed()),
        "models": list(entry.catalogue()),
        "entry_points": ["local"],
    }
    assert names.keys() == pages.keys()
    for page, wanted in names.items():
        assert len(wanted) > 0
        assert [name for name in wanted if f"`{name}" not in pages[page]] == []
        assert " object at 0x" not in pages[page]


def test_tables_of_the_reference_keep_their_columns(registries: ModuleType) -> None:
    rows = list(registries._table(("a", "b"), [("x|y", "two\nlines")]))
    assert rows == ["| a | b |", "|---|---|", "| x\\|y | two lines |", ""]
