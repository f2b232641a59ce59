"""The architecture, held by reading the imports: everything points downwards, and nothing heavy is loaded early."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, ADAPTERS = ROOT / "pytest_asrbench", ROOT / "model_adapters"

# From top to bottom. A module (or a package within ours) imports from the rows below its own, never from beside.
LAYERS = (
    {"plugin", "__main__"},
    {"cli"},
    {"engine"},
    {"models", "corpus", "tasks"},
    {"report"},
    {"gates"},
    {"store"},
    {"statistics"},
    {"metrics"},
    {"machine"},
    {"records", "__init__"},
    {"support"},
    {"adapter"},
    {"errors"},
    {"bundled"},
)  # fmt: skip
# What a model's process runs, in an interpreter that may have nothing installed but the model's runtime.
CHILD = (
    "engine.host.adapters",
    "engine.host.boot",
    "engine.host.calls",
    "engine.host.child",
    "engine.host.contract",
    "engine.host.device_reference",
    "engine.host.failures",
    "engine.host.keeper",
    "engine.host.lifeline",
    "engine.host.listening",
    "engine.host.memory",
    "engine.host.output",
    "engine.host.server",
    "engine.host.serving",
    "engine.host.tree",
    "engine.host.vram",
    "engine.host.wire",
    "machine.devices",
    "machine.executables",
    "machine.processes",
    "adapter",
    "errors",
    "support.plain",
    "bundled",
)
# Packages that may be imported when one of our modules is; all others are imported when they are needed.
AT_ONCE = {
    "plugin": {"pytest"},
    "cli.terminal": {"rich"},
    "cli.doctor": {"rich"},
    "cli.catalog": {"rich"},
    "cli.formats": {"rich"},
    "cli.models": {"rich"},
    "cli.history": {"rich"},
    "metrics.normalizers.clock": {"whisper_normalizer"},  # these three are themselves imported when needed
    "metrics.normalizers.english": {"whisper_normalizer"},
    "metrics.normalizers.leaderboard": {"whisper_normalizer"},
    "metrics.alignment": {"numpy"},  # these, too
    "metrics.cleanup.alignment": {"numpy"},
    "statistics.comparing": {"numpy"},
    "statistics.intervals": {"numpy"},
    "statistics.ranks": {"numpy"},
    "statistics.ratios": {"numpy"},
    "statistics.significance": {"numpy"},
    "statistics.speed.judge": {"numpy"},
    "statistics.speed.pairs": {"numpy"},
}
PYTEST = {"pytest", "_pytest", "pytest_benchmark", "pytest_timeout", "pluggy"}
HEAVY = ("numpy", "torch", "soundfile", "librosa", "jiwer", "soxr", "rich", "psutil", "transformers")


@dataclass(frozen=True)
class Import:
    """One import: the dotted name of a module, where it stands, and whether it runs when its file is imported."""

    name: str
    line: int
    at_once: bool

    @property
    def top(self) -> str:
        """The package that is imported from, "" for the importing module's own."""
        return self.name.partition(".")[0]


def modules(folder: Path) -> list[str]:
    """Dotted names of the modules below `folder`, relative to it."""
    names = (path.relative_to(folder).with_suffix("").as_posix().replace("/", ".") for path in folder.rglob("*.py"))
    return sorted(names)


@cache
def imports(folder: Path, module: str) -> tuple[Import, ...]:
    """All imports of a module but those for type checkers."""
    path = folder / (module.replace(".", "/") + ".py")
    return tuple(_visit(ast.parse(path.read_text("utf-8")), at_once=True))


def _visit(node: ast.AST, *, at_once: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, at_once) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield from (Import(_imported(module, alias.name), node.lineno, at_once) for alias in node.names)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for statement in node.orelse:
            yield from _visit(statement, at_once=at_once)
    else:
        later = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        later |= isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
        for child in ast.iter_child_nodes(node):
            yield from _visit(child, at_once=at_once and not later)


def _imported(module: str, name: str) -> str:
    """The module that `from module import name` imports: `name` may be one itself."""
    below = ROOT / module.replace(".", "/") / name
    return f"{module}.{name}" if below.with_suffix(".py").exists() or below.is_dir() else module


def unit(module: str) -> str:
    """The module or package right below ours to which a dotted name belongs."""
    return module.partition(".")[0]


def own(name: str) -> str:
    """An import of ours relative to the package: "pytest_asrbench.engine.host.wire" -> "host.wire"."""
    return name.partition(".")[2] or "__init__"


def row(name: str) -> int:
    rows = [number for number, layer in enumerate(LAYERS) if name in layer]
    assert len(rows) == 1, f"{name} has no place among the layers: give it one in LAYERS, as low as its imports allow"
    return rows[0]


@pytest.mark.parametrize("module", modules(PACKAGE))
def test_imports_point_downwards(module: str) -> None:
    here = unit(module)
    for one in imports(PACKAGE, module):
        assert one.top, f"{module}.py:{one.line}: relative imports hide where they point"
        if one.top != "pytest_asrbench":
            continue
        there = unit(own(one.name))
        assert there == here or row(there) > row(here), (
            f"{module}.py:{one.line} imports {one.name} from above or beside"
        )


@pytest.mark.parametrize("module", modules(PACKAGE))
def test_adapters_are_known_as_text_alone(module: str) -> None:
    known = ("model_adapters", "pytest_asrbench.model_adapters")
    assert [one for one in imports(PACKAGE, module) if one.name.startswith(known)] == []


@pytest.mark.parametrize("module", [name for name in modules(PACKAGE) if unit(name) != "plugin"])
def test_pytest_is_known_to_the_plugin_alone(module: str) -> None:
    assert [one for one in imports(PACKAGE, module) if one.top in PYTEST] == []


@pytest.mark.parametrize("module", modules(PACKAGE))
def test_packages_are_imported_when_they_are_needed(module: str) -> None:
    allowed = {"pytest_asrbench", *sys.stdlib_module_names, *AT_ONCE.get(module, AT_ONCE.get(unit(module), set()))}
    early = [one for one in imports(PACKAGE, module) if one.at_once and one.top not in allowed]
    assert early == [], "import it in the function that needs it"


@pytest.mark.parametrize("module", CHILD)
def test_a_models_process_needs_the_standard_library_alone(module: str) -> None:
    for one in imports(PACKAGE, module):
        if one.top == "pytest_asrbench":
            assert own(one.name) in (*CHILD, "engine", "engine.host", "machine", "support", "__init__"), (
                f"{module}.py:{one.line} imports {one.name}"
            )
        elif one.at_once:
            assert one.top in sys.stdlib_module_names, f"{module}.py:{one.line} imports {one.name}"


@pytest.mark.parametrize("module", modules(ADAPTERS))
def test_adapters_know_the_contract_and_their_helpers(module: str) -> None:
    for one in imports(ADAPTERS, module):
        where = f"{module}.py:{one.line} imports {one.name}"
        if one.top == "pytest_asrbench":
            assert own(one.name) in ("adapter", "errors"), where
        elif one.at_once:
            # Installed, the folder is part of the package: it has no name by which its modules could call one another.
            assert one.top == "" or one.top in sys.stdlib_module_names, where


def test_every_layer_names_modules_that_exist() -> None:
    present = {unit(module) for module in modules(PACKAGE)}
    assert set().union(*LAYERS) - present == set()


# What really is loaded


def loaded_after(code: str, folder: Path) -> set[str]:
    """Those of the heavy packages that a fresh interpreter has loaded after `code`."""
    report = f"\nimport json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code + report], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_plugin_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded_after("import pytest_asrbench.plugin.hooks", tmp_path) == set()


def test_a_project_that_does_not_use_the_plugin_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(): pass\n")
    run = "import pytest; assert pytest.main(['-q', '-p', 'no:cacheprovider', 'test_x.py']) == 0"
    assert loaded_after(run, tmp_path) == set()


def test_a_project_that_does_not_use_the_plugin_looks_for_no_metrics(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(): pass\n")
    run = "import pytest; assert pytest.main(['-q', '-p', 'no:cacheprovider', 'test_x.py']) == 0\n"
    looked = "from pytest_asrbench.metrics import registry; assert registry.installed.cache_info().currsize == 0"
    assert loaded_after(run + looked, tmp_path) == set()


@pytest.mark.parametrize("module", ["engine.host.child", "models.registry", "errors", "adapter", "cli.main"])
def test_importing_a_part_loads_nothing_heavy(module: str, tmp_path: Path) -> None:
    assert loaded_after(f"import pytest_asrbench.{module}", tmp_path) == set()


def test_a_models_process_does_not_need_pytest(tmp_path: Path) -> None:
    code = "import pytest_asrbench.engine.host.child, sys; assert 'pytest' not in sys.modules"
    assert loaded_after(code, tmp_path) == set()


def test_a_models_process_speaks_http_only_if_it_starts_a_server(tmp_path: Path) -> None:
    code = "import pytest_asrbench.engine.host.child, sys; assert not {'ssl', 'http.client'} & {*sys.modules}"
    assert loaded_after(code, tmp_path) == set()


# The reader of imports itself


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(
        "import os.path\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import torch\n"
        "try:\n    import numpy\nexcept ImportError:\n    import array\n"
        "from . import sibling\nfrom .other import thing\n"
        "class A:\n    import rich\n    def f(self):\n        from pytest_asrbench.corpus import audio\n"
        "if __name__ == '__main__':\n    import sys\n",
        "utf-8",
    )
    found = {(one.name, one.at_once) for one in imports(tmp_path, "sample")}
    assert found == {
        ("os.path", True),
        ("typing", True),
        ("numpy", True),
        ("array", True),
        ("rich", True),
        ("pytest_asrbench.corpus.audio", False),
        ("sys", False),
        (".", True),
        (".other", True),
    }
