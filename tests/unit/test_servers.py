"""The table of a server in a model's entry: what it may say, and the sentences for what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.machine import executables
from pytest_asrbench.models import entry
from pytest_asrbench.models.servers import Server, read

READY = "http://127.0.0.1:{port}/health"


def test_a_command_is_split_as_a_shell_does_and_read_by_none() -> None:
    found = read({"command": "serve 'a b' --port {port} $HOME; x", "ready_url": READY}, "here")
    assert found == Server(("serve", "a b", "--port", "{port}", "$HOME;", "x"), READY)
    assert found.url == "http://127.0.0.1:{port}/v1"
    assert read({"command": ["serve", "{port} x"], "ready_url": READY}, "here").command == ("serve", "{port} x")


def test_the_port_may_be_told_by_a_variable() -> None:
    table = {"command": "ollama serve", "env": {"OLLAMA_HOST": "127.0.0.1:{port}"}, "ready_url": READY}
    assert read(table, "here").env == {"OLLAMA_HOST": "127.0.0.1:{port}"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"command": None}, r"here.command is None; it should be a list of strings"),
        ({"command": []}, r'here needs command = "..." and ready_url = '),
        ({"command": "serve 'x"}, r"here.command cannot be split into words \(No closing quotation\)"),
        ({"command": "serve --port 8000"}, r"here: neither command nor env has \{port\}"),
        ({"ready_url": ""}, r'here needs command = "..." and ready_url = '),
        ({"ready_url": "http://127.0.0.1:8000/health"}, r"here.ready_url is .*; it should be an address with \{port\}"),
        ({"url": "127.0.0.1:{port}"}, r"here.url is .*; it should be an address with \{port\}"),
        ({"device": "gpu"}, r"here.device is 'gpu'; known are cuda, "),
        ({"env": {"X": 3}}, r"here.env is .*; it should be a table of strings"),
        ({"command": "serve {port} --api-key abc"}, r"here.command holds a secret, and everybody .*env = \{ NAME_env"),
        ({"env": {"API_KEY": "abc"}}, r"here.env: the option API_KEY is a secret"),
        ({"url": "http://me:secret1@127.0.0.1:{port}/"}, r"here: the option url holds a secret"),
        ({"commands": "x"}, r"here has an unknown key 'commands'; did you mean 'command'\?"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(change: dict[str, Any], words: str) -> None:
    good = {"command": "serve --port {port}", "ready_url": READY}
    assert read(good, "here").command[0] == "serve"
    with pytest.raises(UsageError, match=f"^{words}"):
        read({**good, **change}, "here")


def test_with_a_server_the_source_is_its_weights() -> None:
    table = {"adapter": "openai-chat", "server": {"command": "serve {port} {source}", "ready_url": READY}}
    assert entry.read("m", {**table, "source": "./m.gguf"}, "here").server is not None
    with pytest.raises(UsageError, match=r"^here: the source of the model 'm' is an address; as its server is started"):
        entry.read("m", {**table, "source": "http://127.0.0.1:80/v1"}, "here")


def test_programs_are_found_beside_python_on_the_path_and_from_a_folder(tmp_path: Any) -> None:
    program = tmp_path / "bin" / "serve.exe"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    assert executables.find("serve.exe", tmp_path, {"PATH": str(program.parent)}) == str(program)
    assert executables.find("bin/serve.exe", tmp_path, {"PATH": ""}) == str(program)
    assert executables.find("serve.exe", tmp_path, {"PATH": str(tmp_path)}) is None
    assert executables.find("bin/other.exe", tmp_path, {"PATH": ""}) is None
    assert executables.missing("/opt/vllm").endswith("nor on PATH: pip install vllm")
