"""Code of a model's repository is allowed on the command line alone, never by what lies in a project."""

from __future__ import annotations

import pytest

from pytest_asrbench.models import own_code, runtimes
from pytest_asrbench.models.registry import Registry
from tests.bench import Bench, text

COMMIT = "4f1c2ab94f1c2ab94f1c2ab94f1c2ab94f1c2ab9"
REFUSED = "only --asr-trust-remote-code=MODEL@COMMIT on the command line may allow remote code"


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
    (bench.path / "pytest.ini").write_text(
        f"[pytest]\naddopts = --asr-trust-remote-code=transformers:./ours@{COMMIT}\n"
    )
    result = bench.refused("--asr-models=transformers:./ours")
    assert "comes from addopts" in text(result)


def test_a_model_that_is_typed_with_its_commit_allows_nothing(bench: Bench) -> None:
    """The project's addopts say the rest, and the commit stands on the command line, but not behind the option."""
    spec = f"hf:someone/house@{COMMIT}"
    (bench.path / "pytest.ini").write_text(f"[pytest]\naddopts = --asr-trust-remote-code={spec}@{COMMIT}\n")
    assert "comes from addopts" in text(bench.refused(f"--asr-models={spec}"))


def test_it_is_allowed_with_a_blank_before_the_value_too(bench: Bench) -> None:
    spec = f"hf:someone/house@{'1' * 40}"
    result = bench.refused(f"--asr-models={spec}", "--asr-trust-remote-code", f"{spec}@{COMMIT}")
    assert "is taken from the commit" in text(result).replace("\n", " ")  # which is said behind all the above


def test_it_is_allowed_for_a_process_of_its_own_alone(bench: Bench) -> None:
    spec = "transformers:./ours"
    result = bench.refused(f"--asr-models={spec}", f"--asr-trust-remote-code={spec}@{COMMIT}", "--asr-isolation=none")
    assert "take --asr-isolation=none out" in text(result).replace("\n", " ")


@pytest.mark.parametrize("revision", ["main", "v1.0", "abc1234", COMMIT[:39], COMMIT.upper(), COMMIT + "0"])
def test_what_is_no_full_hash_of_a_commit_is_refused(bench: Bench, revision: str) -> None:
    result = bench.refused(
        "--asr-models=transformers:./ours", f"--asr-trust-remote-code=transformers:./ours@{revision}"
    )
    said = text(result).replace("\n", " ")
    assert f"'{revision}' is no full hash of a commit" in said
    assert "write transformers:./ours@ and the 40 digits of the commit" in said


@pytest.mark.parametrize("name", ["ours", "alias"])
def test_a_model_that_runs_no_such_code_needs_no_permission(bench: Bench, name: str) -> None:
    (bench.path / "asrbench.toml").write_text('[models.ours]\nadapter = "stub"\naliases = ["alias"]\n')
    result = bench.refused(f"--asr-models={name}", f"--asr-trust-remote-code=ours@{COMMIT}")
    assert f"{name} needs no such permission, because its adapter stub runs no code" in text(result).replace("\n", " ")


def test_an_entry_of_another_commit_is_a_contradiction(bench: Bench) -> None:
    other = "1" * 40
    spec = f"hf:someone/house@{other}"
    result = bench.refused(f"--asr-models={spec}", f"--asr-trust-remote-code={spec}@{COMMIT}")
    assert f"taken from the commit {other}, and {COMMIT} is allowed" in text(result).replace("\n", " ")


def test_the_code_comes_from_the_commit_that_is_allowed() -> None:
    entry = Registry().resolve("hf:someone/house")
    assert entry.hub is not None
    allowed = own_code.allowed(entry, runtimes.stated(Registry().adapter(entry.adapter)), COMMIT)
    assert allowed.hub is not None
    assert (entry.hub.revision, allowed.hub.revision) == ("main", COMMIT)
    assert ("*.py" in entry.hub.files, "*.py" in allowed.hub.files) == (False, True)
    assert allowed.options["trust_remote_code"] == COMMIT
