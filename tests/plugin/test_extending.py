"""Models, corpora, normalisers and adapters that a project or another package adds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import Bench, text

PACKAGE = Path(__file__).parents[1] / "packages" / "asrbench_echo"


def test_hooks_add_models_corpora_and_normalizers_and_see_each_outcome(bench: Bench) -> None:
    (bench.path / "clips").rename(bench.path / "recordings")
    bench.pytester.makeconftest(
        """
        import pathlib

        here = pathlib.Path(__file__).parent

        def pytest_asrbench_models(config):
            return {"mine": {"adapter": "stub", "options": {"text": "SAME THING"}, "max_wer": 0.5}}

        def pytest_asrbench_corpora(config):
            return {"ours": here / "recordings"}

        def pytest_asrbench_normalizers(config):
            return {"constant": lambda text, language: "same"}

        def pytest_asrbench_outcome(outcome, config):
            with open(here / "seen.txt", "a") as file:
                print(outcome.model, outcome.snippet, outcome.score.wer, file=file)
        """
    )
    result = bench.run("--asr-models=mine", "--asr-corpus=ours", "--asr-normalizer=constant")
    result.assert_outcomes(passed=4)
    assert (bench.path / "seen.txt").read_text().splitlines() == [f"mine c{n} 0.0" for n in range(3)]
    assert bench.rows()[0]["Normalizer"].startswith("constant-custom-")
    assert {row["Corpus"] for row in bench.rows()} == {"ours"}
    result = bench.run("--asr-models=mine", "--asr-corpus=ours")
    assert "exceeds the limit of 50.00 % (model mine)" in text(result)


def test_a_models_options_and_limits_can_stand_in_pyproject(bench: Bench) -> None:
    (bench.path / "pyproject.toml").write_text(
        """
        [tool.asrbench.models.fast]
        adapter = "stub"
        options = { text = "this is clip number 0 here" }
        max_wer = 0.05
        """
    )
    result = bench.run("--asr-models=fast")
    result.assert_outcomes(passed=3, failed=1)
    assert "(model fast)" in text(result)


def test_a_catalogue_model_can_be_pointed_to_weights_at_hand_and_keeps_its_facts(bench: Bench) -> None:
    (bench.path / "asrbench.toml").write_text('[models.phi-4]\nsource = "./no/such/folder"\nmax_wer = 0.2\n')
    result = bench.run("--asr-models=phi-4", "-rs", "-k", "c0")
    result.assert_outcomes(skipped=1)  # still experimental
    assert "pytest-asrbench download" not in text(result), "the weights are not looked for elsewhere"


def test_a_misspelt_key_of_a_model_names_the_right_one(bench: Bench) -> None:
    (bench.path / "asrbench.toml").write_text('[models.fast]\nadaptor = "stub"\nadapter = "stub"\n')
    result = bench.run("--asr-models=fast")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown key 'adaptor'; did you mean 'adapter'?" in text(result)


def test_an_adapter_class_of_the_project_needs_no_package(bench: Bench) -> None:
    source = (PACKAGE / "src" / "asrbench_echo.py").read_text("utf-8")
    (bench.path / "my_adapters.py").write_text(source, "utf-8")
    (bench.path / "asrbench.toml").write_text('[models.echo]\nadapter = "my_adapters:Echo"\n')
    result = bench.run("--asr-models=echo[word=x]", "-p", "no:randomly", "--rootdir=.")
    result.assert_outcomes(passed=4)
    assert bench.rows()[0]["Transcript"] == "5 x"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, built and installed by pip into a folder of its own."""
    pytest.importorskip("hatchling", reason="builds the example package without the network")
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(target), str(PACKAGE)], check=True, stdin=subprocess.DEVNULL)
    return target


def test_an_installed_package_is_found_by_its_entry_point(
    bench: Bench, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(installed))
    result = bench.run("--asr-models=echo:[word=tenths]")
    result.assert_outcomes(passed=4)
    row = bench.rows()[0]
    assert (row["Transcript"], row["Runtime"]) == ("5 tenths", "echo")
    assert "asrbench-echo=1.0" in row["Versions"]


def test_two_interpreters_meet_in_one_session(bench: Bench, installed: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "other")], check=True)
    scripts = tmp_path / "other" / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / ("python.exe" if sys.platform == "win32" else "python")
    site = subprocess.run(
        [str(python), "-c", "import site; print(site.getsitepackages()[-1])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(site) / "echo.pth").write_text(str(installed))
    (bench.path / "asrbench.toml").write_text(
        f"[models.here]\nadapter = 'stub'\n[models.there]\nadapter = 'asrbench_echo:Echo'\ninterpreter = '{python}'\n"
    )
    result = bench.run("--asr-models=here,there")
    result.assert_outcomes(passed=8)
    rows = {row["Model"]: row for row in bench.rows()}
    assert rows["there"]["Transcript"] == "5 tenths"
    assert "asrbench-echo=1.0" in rows["there"]["Versions"]
    result = bench.run("--asr-models=here,there", f"--asr-interpreters=there={sys.executable}")
    result.assert_outcomes(passed=4, errors=1, skipped=2, failed=1)
    assert "asr_interpreters" in text(result), "the remedy is named where the adapter is not installed"
