"""What is used of pytest and its plugins beyond their documentation: nothing private, and the rest is told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pytest_asrbench"
CHAPTER = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("\n## What is used of others")[2]
FOREIGN = ("_pytest", "pytest_benchmark", "pytest_timeout")
OWN = {"self", "cls"}
DOCUMENTED = {
    "os._exit",
    "self.counter(context.reference)._extract_corpus_statistics",
    "self.counter('')._compute_score_from_stats",
}


def private(tree: ast.AST) -> Iterator[str]:
    """Attributes of others whose names begin with an underscore."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.endswith("__"):
            text = ast.unparse(node)
            if text.split(".")[0] not in OWN or text.count(".") > 1:
                yield text


def imported(tree: ast.AST) -> Iterator[str]:
    """Names that are imported of pytest's insides and of its plugins."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FOREIGN:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in FOREIGN)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_private_of_others_is_used(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert set(private(tree)) <= DOCUMENTED
    assert [name for name in imported(tree) if f"`{name}`" not in CHAPTER] == [], "tell it in docs/architecture.md"


def test_the_tests_that_hold_what_is_used_exist() -> None:
    rows = [row.split(" | ") for row in CHAPTER.partition("\n## ")[0].splitlines() if row.startswith("| `")]
    assert len(rows) > 5
    for *_, test in rows:
        path, _, name = test.strip(" |`").partition("::")
        assert f"def {name}(" in (ROOT / "tests" / path).read_text("utf-8"), test


def test_private_names_are_found() -> None:
    tree = ast.parse(
        "import _pytest.main\nfrom pytest_benchmark.utils import tag\nself._x, self.a._x, b._x, b.__doc__\n"
    )
    assert set(private(tree)) == {"self.a._x", "b._x"}
    assert list(imported(tree)) == ["_pytest.main", "pytest_benchmark.utils.tag"]
