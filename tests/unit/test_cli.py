"""The `pytest-asrbench` command as its users see it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from pytest_asrbench import __version__
from pytest_asrbench.cli import terminal
from pytest_asrbench.cli.main import COMMANDS, main
from pytest_asrbench.errors import WeightsError
from pytest_asrbench.machine import environment, facts
from pytest_asrbench.machine.environment import Environment
from pytest_asrbench.models import weights
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.support import configuration


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and an empty cache of weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "DEVICE_SECONDS", 30.0)
    return tmp_path


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as error:
        code = int(error.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def doctor(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, out, _ = typed(capsys, "doctor", "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == (0 if found["healthy"] else 1)
    return found


def model(found: dict[str, Any], name: str) -> dict[str, Any]:
    [state] = [state for state in found["models"] if state["name"] == name]
    return dict(state)


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


# pytest-asrbench doctor


def test_doctor_reports_on_everything(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "doctor")
    assert code == 0
    for said in ("Machine", "Audio decoders", "Runtimes", "Devices that --asr-device=auto tries", "Models"):
        assert f"\n{said}" in out
    assert facts.facts()["cpu"] in out
    assert "soundfile: " in out


def test_doctor_in_json_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = doctor(capsys)
    assert found["machine"] == facts.facts()
    assert model(found, "pocketsphinx")["ready"]
    assert {state["adapter"] for state in found["runtimes"]} >= {"whisper", "whisper-cpp", "moonshine", "granite"}
    assert {state["name"] for state in found["models"]} == set(Registry().models)


def nothing_installed(modules: list[str], packages: list[str], interpreter: str = sys.executable) -> Environment:
    return Environment(interpreter, "3.12.0", dict.fromkeys(modules, False))


def test_where_no_model_can_run_the_exit_code_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "look", nothing_installed)
    found = doctor(capsys)
    assert not found["healthy"]
    assert model(found, "stub")["ready"]  # but it only tests the harness
    granite = model(found, "granite-2b")
    assert granite["reason"] == "missing: torch, transformers, peft"
    assert granite["command"] == 'pip install "pytest-asrbench[transformers]"'
    hint = next(hint for hint in found["hints"] if "[transformers]" in hint["command"])
    assert hint["reason"].startswith("for distil-large-v3, whisper-large-v3")


def everything_installed(modules: list[str], packages: list[str], interpreter: str = sys.executable) -> Environment:
    return Environment(interpreter, "3.12.0", dict.fromkeys(modules, True), dict.fromkeys(packages, "1.0"))


COMMIT = "c0ffee" + "0" * 34


def put_into_cache(cache: Path, repo: str, *files: str) -> None:
    place = cache / f"models--{repo.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs/main").write_text(COMMIT, "utf-8")
    for file in files:
        path = place / "snapshots" / COMMIT / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_weights_in_the_cache_make_a_model_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    monkeypatch.setattr(environment, "look", everything_installed)
    monkeypatch.setattr(environment, "chain", lambda backend, interpreter: environment.Chain(("cuda:0", "cpu")))
    put_into_cache(project / "cache", "ggerganov/whisper.cpp", "ggml-base.bin")
    found = doctor(capsys)
    assert model(found, "whisper-base-cpp")["ready"]
    absent = model(found, "whisper-large-v3-turbo")
    assert absent["reason"] == "weights not downloaded (0.6 GB)"
    assert absent["command"] == "pytest-asrbench download whisper-large-v3-turbo"
    assert found["hints"][-1]["command"].startswith("pytest-asrbench download moonshine-base ")
    assert {"cuda:0"} <= {device for chain in found["devices"] for device in chain["chain"]}


def test_a_model_larger_than_the_machine_is_not_called_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "look", everything_installed)
    monkeypatch.setattr(environment, "chain", lambda backend, interpreter: environment.Chain(("cpu",)))
    monkeypatch.setattr(facts, "facts", lambda: {**_FACTS, "memory": 8 * 2**30})
    found = doctor(capsys)
    large = model(found, "granite-8b")
    assert large["reason"] == "its weights alone take 34.6 GB in float32, of the 8.6 GB of this machine"
    assert large["command"] == "", "no dtype of it fits"
    assert model(found, "granite-2b")["command"] == "--asr-dtype=bfloat16"
    assert "weights alone" not in model(found, "whisper-large-v3")["reason"]
    advised = " ".join(f"{hint['command']} {hint['reason']}" for hint in found["hints"])
    assert "whisper-large-v3" in advised
    assert not {"granite-2b", "granite-8b"} & set(re.split("[ ,]+", advised))


def test_nothing_is_installed_for_models_that_cannot_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "look", nothing_installed)
    monkeypatch.setattr(facts, "facts", lambda: {**_FACTS, "memory": 4 * 2**30, "accelerators": []})
    advised = " ".join(f"{hint['command']} {hint['reason']}" for hint in doctor(capsys)["hints"])
    assert "pytest-asrbench[transformers]" in advised
    assert "whisper-small" in advised
    assert not {"granite-2b", "voxtral", "phi-4", "whisper-large-v3"} & set(re.split("[ ,]+", advised))


def test_an_interpreter_named_by_the_runtime_is_that_of_a_session(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "pytest.ini").write_text("[pytest]\nasr_interpreters = transformers=venvs/hf/bin/python\n", "utf-8")
    found = doctor(capsys)
    elsewhere = str(project / "venvs/hf/bin/python")
    assert f"{elsewhere} does not exist" in model(found, "whisper-small")["reason"]
    assert model(found, "moonshine-base")["interpreter"] == sys.executable
    adapters = {state["adapter"] for state in found["runtimes"] if state["interpreter"] == elsewhere}
    assert adapters == {"granite", "phi4", "transformers", "voxtral", "whisper"}


_FACTS = facts.facts()


def test_what_is_wrong_with_a_projects_models_is_said(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "asrbench.toml").write_text(
        '[models.lost]\nadapter = "stub"\nsource = "./lost.json"\n'
        '[models.abroad]\nadapter = "stub"\ninterpreter = "venv/bin/python"\n'
        '[models.strange]\nadapter = "no-such-adapter"\n'
        '[models.here]\nadapter = "stub"\nsource = "./asrbench.toml"\n',
        "utf-8",
    )
    found = doctor(capsys)
    assert model(found, "lost")["reason"] == f"{project / 'lost.json'} does not exist"
    assert model(found, "abroad")["reason"] == f"{project / 'venv/bin/python'} does not exist"
    assert "unknown adapter 'no-such-adapter'" in model(found, "strange")["reason"]
    assert model(found, "here")["ready"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "pyproject.toml",
            '[tool.pytest]\nasr_interpreters = ["whisper = venvs/hf/bin/python", "granite-2b=/opt/py"]\n',
        ),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\nasr_interpreters = """\nwhisper=venvs/hf/bin/python\ngranite-2b=/opt/py"""\n',
        ),
        ("pytest.toml", '[pytest]\nasr_interpreters = ["whisper=venvs/hf/bin/python", "granite-2b=/opt/py"]\n'),
        ("pytest.ini", "[pytest]\nasr_interpreters =\n  whisper=venvs/hf/bin/python\n  granite-2b=/opt/py\n"),
        ("tox.ini", "[pytest]\nasr_interpreters =\n  whisper=venvs/hf/bin/python\n  granite-2b=/opt/py\n"),
    ],
)
def test_interpreters_are_found_wherever_pytest_is_configured(project: Path, file: str, text: str) -> None:
    (project / file).write_text(text, "utf-8")
    assert configuration.interpreters(project) == {"whisper": "venvs/hf/bin/python", "granite-2b": "/opt/py"}


def test_doctor_looks_at_a_model_with_the_interpreter_that_is_named_for_it(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    table = '[pytest]\nasr_interpreters = ["whisper=venvs/hf/bin/python", "granite-2b=/opt/py"]\n'
    (project / "pytest.toml").write_text(table, "utf-8")
    found = doctor(capsys)
    hf = str(project / "venvs/hf/bin/python")
    assert found["interpreters"] == {"whisper": hf, "granite-2b": "/opt/py"}
    assert model(found, "whisper-small")["interpreter"] == hf
    assert model(found, "granite-2b")["interpreter"] == "/opt/py"
    assert model(found, "granite-8b")["interpreter"] == sys.executable


@pytest.mark.parametrize("text", ["", "[tool", "[tool.pytest]\nasr_interpreters = 3\n", "[tool]\npytest = 4\n"])
def test_a_configuration_that_says_nothing_of_use(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text, "utf-8")
    assert configuration.interpreters(project) == {}


def test_fix_hints_are_commands_with_comments(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "doctor", "--fix-hints")
    assert code == 0
    for line in out.splitlines():
        assert line.startswith("    # ") or line.split()[0] in ("pip", "pytest-asrbench", "export", "unset", "Nothing")


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
