"""What is installed owns no top-level name but its own: a project's folders may be called as ours are."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.bench import Bench, text

ROOT = Path(__file__).parents[2]
ADAPTER = """
from pytest_asrbench.model_adapters.stub import Stub

class Mine(Stub):
    pass
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what a wheel of this checkout would install."""
    pytest.importorskip("hatchling", reason="builds the package without the network")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def own_folders(bench: Bench) -> None:
    """Give the project folders with the names of ours, an adapter of its own in one, and a root conftest.py."""
    for name in ("model_adapters", "corpora", "reports", "tests", "docs"):
        (bench.path / name).mkdir()
        (bench.path / name / "__init__.py").touch()
    (bench.path / "conftest.py").touch()
    (bench.path / "model_adapters" / "mine.py").write_text(ADAPTER, "utf-8")
    (bench.path / "asrbench.toml").write_text(
        f'[models.mine]\nadapter = "model_adapters.mine:Mine"\nsource = "{bench.script().partition(":")[2]}"\n'
    )


def test_a_wheel_installs_one_package(installed: Path) -> None:
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {"pytest_asrbench"}
    assert (installed / "pytest_asrbench" / "model_adapters" / "catalog.toml").is_file()


@pytest.mark.parametrize("wheel", [False, True], ids=["checkout", "wheel"])
def test_a_project_may_have_folders_with_the_names_of_ours(
    bench: Bench, wheel: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = request.getfixturevalue("installed") if wheel else ROOT
    monkeypatch.setenv("PYTHONPATH", f"{bench.path}{';' if sys.platform == 'win32' else ':'}{package}")
    own_folders(bench)
    result = bench.run("--asr-models=mine,stub:./good.json")
    result.assert_outcomes(passed=8)
    place = bench.pytester.run(sys.executable, "-c", "import pytest_asrbench; print(pytest_asrbench.__file__)")
    assert str(package) in place.stdout.str()
    result = bench.run("--asr-models=stub", "--collect-only", "-q", corpus="quickstart")
    assert "stub-quickstart/go-forward" in text(result)


def test_corpora_are_not_looked_for_beside_what_is_installed(
    installed: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(installed))
    shutil.copytree(bench.path / "clips", installed / "corpora" / "others")
    result = bench.run("--asr-models=stub", corpus="others")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "others" in result.stderr.str()
