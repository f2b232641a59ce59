"""What waits for the next release: towncrier passes over a file whose name it does not understand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in SETTINGS["type"]]


def named_well(name: str) -> bool:
    """Whether towncrier takes a file of this name for a change of a known kind."""
    return re.fullmatch(rf"\+[\w-]+\.({'|'.join(KINDS)})\.md", name) is not None


def test_every_change_has_a_kind_and_a_sentence() -> None:
    waiting = list((ROOT / SETTINGS["directory"]).glob("*"))
    assert [path.name for path in waiting if not named_well(path.name)] == []
    for path in waiting:
        text = path.read_text("utf-8")
        assert re.match(r"[`A-Z]", text), f"{path.name}: begin with a sentence, the bullet comes by itself"
        assert text.endswith(".\n"), path.name


def test_names_that_would_be_passed_over_are_noticed() -> None:
    assert named_well("+a-word.added.md")
    assert not any(map(named_well, ["a-word.added.md", "+a-word.new.md", "+a-word.md", "+a-word.added.txt"]))


def test_the_changelog_has_the_place_where_they_go() -> None:
    assert (ROOT / SETTINGS["filename"]).read_text("utf-8").count(SETTINGS["start_string"]) == 1
