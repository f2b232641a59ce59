"""Code of a model's repository is allowed on the command line alone, never by what lies in a project."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text

REFUSED = "only --asr-trust-remote-code=MODEL@REVISION on the command line may allow remote code"


@pytest.mark.parametrize("value", ["true", "false", '"main"', "1"])
def test_a_project_file_cannot_allow_it(bench: Bench, value: str) -> None:
    (bench.path / "asrbench.toml").write_text(
        f'[models.ours]\nadapter = "transformers"\nsource = "./ours"\noptions = {{ trust_remote_code = {value} }}\n'
    )
    result = bench.refused("--asr-models=ours")
    assert REFUSED in text(result).replace("\n", " ")


@pytest.mark.parametrize("value", ["true", "false", "abc123"])
def test_brackets_cannot_allow_it(bench: Bench, value: str) -> None:
    result = bench.refused(f"--asr-models=transformers:./ours[trust_remote_code={value}]")
    assert REFUSED in text(result).replace("\n", " ")


def test_a_hook_cannot_allow_it(bench: Bench) -> None:
    (bench.path / "conftest.py").write_text(
        "def pytest_asrbench_models(config):\n"
        "    return {'ours': {'adapter': 'transformers', 'source': 'x', 'options': {'trust_remote_code': 'main'}}}\n"
    )
    result = bench.refused("--asr-models=ours")
    assert REFUSED in text(result).replace("\n", " ")


def test_addopts_cannot_allow_it(bench: Bench) -> None:
    (bench.path / "pytest.ini").write_text("[pytest]\naddopts = --asr-trust-remote-code=transformers:./ours@abc123\n")
    result = bench.refused("--asr-models=transformers:./ours")
    assert "comes from addopts" in text(result)


@pytest.mark.parametrize("name", ["ours", "alias"])
def test_the_command_line_can(bench: Bench, name: str) -> None:
    """It is the adapter that then answers: this one has no such option."""
    (bench.path / "asrbench.toml").write_text('[models.ours]\nadapter = "stub"\naliases = ["alias"]\n')
    result = bench.run(f"--asr-models={name}", "--asr-trust-remote-code=ours@abc123")
    assert REFUSED not in text(result).replace("\n", " ")
    assert "stub has no option 'trust_remote_code'" in text(result)
