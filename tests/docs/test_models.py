"""The table of models says of each how it is known that it runs, and is the one that the catalogue makes."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from pytest_asrbench.models import entry
from pytest_asrbench.models.registry import OURS, adapters

ROOT = Path(__file__).parents[2]
KINDS = ("real", "tiny", "random", "stand-in", "none")


def test_the_page_has_the_table_that_the_catalogue_makes(registries: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "models.md"
    written = (ROOT / "docs" / "models.md").read_text("utf-8")
    page.write_text(registries.GENERATED.sub("", written), "utf-8")
    assert page.read_text("utf-8") != written
    registries.write_catalogue(page)
    assert page.read_text("utf-8") == written, "run `python docs/registries.py`"


def test_every_model_and_adapter_of_ours_says_how_it_is_proved(registries: ModuleType) -> None:
    known = registries.proofs()
    assert {name for name, target in adapters().items() if target.startswith(OURS)} == known["adapters"].keys()
    assert known["models"].keys() <= entry.catalogue().keys()
    assert all(registries.proof(one, known)["kind"] in KINDS for one in entry.catalogue().values())


def test_what_is_proved_names_a_file_of_tests(registries: ModuleType) -> None:
    known = registries.proofs()
    for name, said in {**known["adapters"], **known["models"]}.items():
        assert said.keys() <= {"kind", "test", "note"}, name
        if said["kind"] == "none":
            assert said["note"], f"{name}: say why nothing was run"
            continue
        tests = ast.parse((ROOT / said["test"]).read_text("utf-8")).body
        assert any(isinstance(one, ast.FunctionDef) and one.name.startswith("test_") for one in tests), name


def test_a_model_without_a_proof_is_noticed(registries: ModuleType) -> None:
    with pytest.raises(KeyError):
        registries.proof(entry.ModelEntry("new", "an-adapter"), registries.proofs())


def test_every_system_says_how_it_runs_or_what_to_use_instead(registries: ModuleType) -> None:
    known = {"name", "models", "way", "instead", "command", "unproved"}
    listed = tomllib.loads((ROOT / "docs" / "systems.toml").read_text("utf-8"))["systems"]
    assert len({one["name"] for one in listed}) == len(listed) > 20
    for one in listed:
        assert one.keys() <= known, one["name"]
        assert "models" in one or "way" in one, f"{one['name']}: models of the catalogue, or a way without any"
        assert "instead" not in one or "way" in one, f"{one['name']}: say why another one is used"
        assert "models" in one or "instead" in one or one["unproved"], one["name"]
    rows = [line for line in registries.systems() if line.startswith("| ")][1:]
    assert len(rows) == len(listed)
    for row in rows:
        name, how, command, proof, lacking = row.strip("| ").split(" | ")
        assert "pytest --asr-models=" in command, f"{name}: no row is without a command"
        assert how
        assert proof
        assert lacking


def test_what_has_to_be_allowed_and_what_lives_apart_is_told(registries: ModuleType) -> None:
    (row,) = (line for line in registries.systems() if line.startswith("| Kimi-Audio"))
    assert "kimi-audio in an environment of its own" in row
    assert "--asr-models=kimi-audio-7b-instruct --asr-trust-remote-code=kimi-audio-7b-instruct@COMMIT" in row
    (row,) = (line for line in registries.systems() if line.startswith("| GLM-ASR"))
    assert "own" not in row.split(" | ")[1]
    assert "trust" not in row
