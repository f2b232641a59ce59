"""Pipelines and language models in the command `pytest-asrbench`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_asrbench.models import weights
from tests.unit.commands import stand_in, typed

PAIR = "faster-whisper-base+smollm2-135m"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch)


def test_a_pipeline_in_detail(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "models", PAIR)
    lines = {line.partition(":")[0]: line.partition(":")[2].strip() for line in out.splitlines()}
    assert code == 0
    assert lines["licence"] == "MIT + Apache-2.0"
    assert lines["parameters"].startswith("207 M")
    assert lines["runs here"].startswith("no: ")
    assert "faster-whisper" in lines["runs here"]


def test_a_language_model_takes_no_audio(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = typed(capsys, "models", "smollm2-135m")
    assert "none: it takes texts, behind a model that listens: MODEL+smollm2-135m" in " ".join(out.split())


def test_a_pipeline_runs_where_both_of_its_models_do(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "asrbench.toml").write_text(
        '[models.both]\nstages = ["stub", "stub"]\n[models.one]\nstages = ["stub", "stub:./lost.json"]\n'
        '[models.served]\nadapter = "openai-chat"\nsource = "http://localhost:1/v1"\n',
        "utf-8",
    )
    _, out, _ = typed(capsys, "doctor", "--json")
    found = {one["name"]: one for one in json.loads(out)["models"]}
    assert found["both"]["ready"]
    assert (found["one"]["ready"], found["one"]["reason"]) == (False, "stub:./lost.json: ./lost.json does not exist")
    assert "does not exist" not in found["served"]["reason"]


def test_the_weights_of_both_models_are_downloaded(
    capsys: pytest.CaptureFixture[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(name: str, repo: str, *_: object, **more: object) -> weights.Fetched:
        asked.append(repo)
        return weights.Fetched(project, "c" * 40, {"model.safetensors": 10}, 10)

    monkeypatch.setattr(weights, "fetch", fetch)
    code, out, err = typed(capsys, "download", PAIR)
    assert (code, err) == (0, "")
    assert asked == ["Systran/faster-whisper-base", "HuggingFaceTB/SmolLM2-135M-Instruct"]
    assert [line.partition(":")[0] for line in out.splitlines()] == PAIR.split("+")
