"""The `pytest-asrbench` command as its users see it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from pytest_asrbench import __version__
from pytest_asrbench.cli import terminal
from pytest_asrbench.cli.main import COMMANDS
from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import weights
from pytest_asrbench.models.registry import Registry
from tests.unit.commands import stand_in, typed


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is typed."""
    return stand_in(tmp_path, monkeypatch)


# The command itself


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "--version") == (0, f"pytest-asrbench {__version__}\n", "")


def test_without_a_command_it_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys)
    assert code == 2
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["doctr"], "pytest-asrbench: unknown command 'doctr'; did you mean 'doctor'?\n"),
        (["frobnicate"], "pytest-asrbench: unknown command 'frobnicate'; known are "),
        (["doctor", "--jsn"], "pytest-asrbench: unrecognized arguments: --jsn\n"),
        (["models", "voxtrall"], "pytest-asrbench: unknown model 'voxtrall'; did you mean 'voxtral'?"),
        (["models", "whisper-cpp"], "pytest-asrbench: 'whisper-cpp' names no model but the adapter"),
    ],
)
def test_a_mistake_is_one_sentence_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, out, err = typed(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_a_broken_configuration_is_one_sentence_too(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "asrbench.toml").write_text("[models.x\n", "utf-8")
    code, _, err = typed(capsys, "models")
    assert code == 2
    assert "asrbench.toml is no valid TOML" in err


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "pytest_asrbench", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, f"pytest-asrbench {__version__}", "")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    code = "import sys; from pytest_asrbench.cli.main import main; input(); sys.exit(main(['models', '--json']))"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None
    _, err = child.communicate(b"go\n")
    assert (child.returncode, err) == (0, b"")


def test_characters_that_the_terminal_lacks_are_replaced() -> None:
    command = [sys.executable, "-m", "pytest_asrbench", "models", "granite-2b"]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=environ)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"3 B (3,005,019,392)" in done.stdout


def test_the_command_line_alone_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pytest_asrbench.cli.main import main\n"
        "try: main(['--version'])\nexcept SystemExit: pass\n"
        "print([name for name in ('rich', 'numpy', 'soundfile', 'psutil', 'pytest') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# pytest-asrbench models


def test_the_catalogue_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "models")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["Model", "Runs", "here", "Adapter", "Runtime", "Parameters", "Languages", "Licence"]
    for name in Registry().models:
        assert any(line.split()[0] == name for line in lines)
    assert next(line for line in lines if line.startswith("phi-4 ")).endswith("MIT (experimental)")


def test_in_a_pipe_there_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        if command in ("doctor", "models"):
            _, out, _ = typed(capsys, command)
            assert "\x1b" not in out
            assert all(line == line.rstrip() for line in out.splitlines())


def test_the_catalogue_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    values = json.loads(typed(capsys, "models", "--json")[1])
    by_name = {value["name"]: value for value in values}
    assert set(by_name) == set(Registry().models)
    assert by_name["voxtral"]["hub"]["repo"] == "mistralai/Voxtral-Mini-3B-2507"
    assert by_name["voxtral"]["facts"]["memory"]["bfloat16"] == 2 * 4_676_271_104
    assert by_name["pocketsphinx"]["ready"]


@pytest.mark.parametrize("name", ["voxtral", "voxtral-mini"])
def test_one_model_in_detail_by_name_or_alias(capsys: pytest.CaptureFixture[str], name: str) -> None:
    _, out, _ = typed(capsys, "models", name)
    assert out.startswith("voxtral\n")
    for said in (
        "4.7 B (4,676,271,104)",
        "bfloat16 9.35 GB",
        "1800 s",
        "WER 7.05 %",
        "Open ASR",
        "Apache-2.0",
        "https",
    ):
        assert said in out
    assert json.loads(typed(capsys, "models", name, "--json")[1])["name"] == "voxtral"


def test_a_projects_own_models_are_listed(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "asrbench.toml").write_text('[models.ours]\nadapter = "stub"\nparameters = "three"\n', "utf-8")
    assert "three" in typed(capsys, "models", "ours")[1]


# Terminals


def drawn(width: int, rows: list[tuple[str | Text, ...]], expendable: tuple[str, ...] = ("Where", "What")) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system=None)
    terminal.table(console, ("Name", "Where", "What"), rows, expendable)
    return [line.rstrip() for line in stream.getvalue().splitlines() if line.strip()]


def test_on_a_narrow_terminal_columns_go_in_turn() -> None:
    rows: list[tuple[str | Text, ...]] = [("first-model", "x" * 20, Text("y" * 20))]
    assert "Where" in drawn(80, rows)[0]
    assert drawn(40, rows)[0].split() == ["Name", "What"]
    assert drawn(20, rows)[0].split() == ["Name"]


def test_what_still_does_not_fit_is_wrapped_and_not_cut() -> None:
    lines = drawn(30, [("a-model", "", "word " * 20)], ())
    assert max(map(len, lines)) <= 30
    assert " ".join(lines).count("word") == 20


# pytest-asrbench download


def test_weights_are_downloaded_one_model_after_the_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    asked: list[tuple[str, str, str, Path]] = []

    def fetch(
        name: str,
        repo: str,
        files: tuple[str, ...],
        revision: str,
        *,
        optional: tuple[str, ...],
        allow_pickle: bool,
        progress: bool,
        lock: Path,
        check: object,
    ) -> weights.Fetched:
        asked.append((name, repo, revision, lock))
        if name == "granite-2b":
            raise WeightsError("granite-2b: the disk is full; make room.")
        assert not progress  # nobody watches
        return weights.Fetched(project / name, "c0ffee" * 7, {files[0]: 2_000_000}, downloaded=1_500_000)

    monkeypatch.setattr(weights, "fetch", fetch)
    code, out, err = typed(capsys, "download", "phi-4", "granite-2b", "pocketsphinx", "voxtral-mini")
    assert code == 1
    assert err == "pytest-asrbench: granite-2b: the disk is full; make room.\n"
    phi, sphinx, voxtral = out.splitlines()
    assert phi.startswith("phi-4: 1.5 MB downloaded, 2.0 MB of microsoft/Phi-4-multimodal-instruct at c0ffeec0ffee in ")
    assert sphinx == "pocketsphinx: nothing to download"
    assert voxtral.startswith("voxtral: ")
    assert asked[0] == (
        "phi-4", "microsoft/Phi-4-multimodal-instruct", "refs/pr/70", project / "asrbench.lock"
    )  # fmt: skip


def test_a_wrong_name_ends_the_download_before_it_begins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "fetch", pytest.fail)
    code, _, err = typed(capsys, "download", "phi-4", "granit-2b")
    assert code == 2
    assert "did you mean 'granite-2b'?" in err
