"""`pytest-asrbench doctor` as its users see it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.machine import environment, facts
from pytest_asrbench.machine.environment import Environment
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.support import configuration
from tests.unit.commands import stand_in, typed


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is typed."""
    return stand_in(tmp_path, monkeypatch)


def doctor(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, out, _ = typed(capsys, "doctor", "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == (0 if found["healthy"] else 1)
    return found


def model(found: dict[str, Any], name: str) -> dict[str, Any]:
    [state] = [state for state in found["models"] if state["name"] == name]
    return dict(state)


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


@pytest.mark.parametrize("name", ["whisperx-base", "qwen-audio-7b", "canary-qwen-2.5b-nemo", "omnilingual-ctc-300m"])
def test_what_would_replace_the_packages_of_others_is_installed_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(environment, "look", nothing_installed)
    monkeypatch.setattr(facts, "facts", lambda: {**_FACTS, "memory": 128 * 2**30})
    found = doctor(capsys)
    state = model(found, name)
    extra = {"canary-qwen-2.5b-nemo": "nemo"}.get(name, name.rpartition("-")[0]).removesuffix("-ctc")
    assert state["command"].startswith(f"python -m venv .venv-{extra} && .venv-{extra}")
    assert f'pip install "pytest-asrbench[{extra}]", and asr_interpreters = ' in state["command"]
    assert not [hint for hint in found["hints"] if f"[{extra}]" in hint["command"]]


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


def test_a_model_that_runs_by_its_own_code_is_ready_when_that_is_allowed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    monkeypatch.setattr(environment, "look", everything_installed)
    monkeypatch.setattr(environment, "chain", lambda backend, interpreter: environment.Chain(("cuda:0", "cpu")))
    monkeypatch.setattr(facts, "facts", lambda: {**_FACTS, "memory": 128 * 2**30})
    put_into_cache(project / "cache", "Qwen/Qwen-Audio", "config.json", "model.safetensors", "modeling_qwen.py")
    before = model(doctor(capsys), "qwen-audio-7b")
    assert before["reason"] == "weights not downloaded"
    snapshot = project / "cache" / "models--Qwen--Qwen-Audio" / "snapshots" / COMMIT
    for file in ("qwen.tiktoken", "mel_filters.npz"):
        (snapshot / file).write_bytes(b"x")
    after = model(doctor(capsys), "qwen-audio-7b")
    assert (after["ready"], after["reason"]) == (False, "its own code has to be allowed")
    assert after["command"] == "pytest --asr-models=qwen-audio-7b --asr-trust-remote-code=qwen-audio-7b@COMMIT"
    nemo = model(doctor(capsys), "canary-qwen-2.5b-nemo")
    assert nemo["reason"] == "weights not downloaded"


def test_a_model_larger_than_the_machine_is_not_called_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "look", everything_installed)
    monkeypatch.setattr(environment, "chain", lambda backend, interpreter: environment.Chain(("cpu",)))
    monkeypatch.setattr(facts, "facts", lambda: {**_FACTS, "memory": 8 * 2**30})
    found = doctor(capsys)
    large = model(found, "granite-8b")
    assert re.fullmatch(
        r"it takes about 3\d\.\d GB in float32 \(34\.6 of weights\), of the 8\.6 GB of this machine", large["reason"]
    )
    assert large["command"] == '--asr-models="granite-8b[quantization=4bit]"', "no dtype of it fits"
    assert model(found, "granite-2b")["command"] == "--asr-dtype=bfloat16"
    assert "it takes about" not in model(found, "whisper-large-v3")["reason"]
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
    assert adapters == {"granite", "phi4", "transformers", "transformers-llm", "voxtral", "whisper"}


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
