"""Models that run by code of their own in sessions: child processes, permission on the command line, records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import Bench, text
from tests.checkpoints import own_code
from tests.checkpoints.common import CORPUS, clips

pytest.importorskip("torch")
pytest.importorskip("transformers")

ON_CPU = """
from pytest_asrbench.model_adapters.kimi_audio import KimiAudio


class OnCpu(KimiAudio):
    def _check_place(self, precision):
        pass
"""
ADAPTERS = {
    "ultravox": "ultravox",
    "qwen_audio": "qwen-audio",
    "baichuan_omni": "baichuan-omni",
    "kimi_audio": "on_cpu:OnCpu",
}


@pytest.fixture
def bench(pytester: pytest.Pytester) -> Bench:
    return Bench(pytester)


@pytest.fixture(params=ADAPTERS)
def marker(request: pytest.FixtureRequest, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one stand-in, called `theirs`; where its code writes down that it ran."""
    family = str(request.param)
    monkeypatch.setenv("HF_HOME", str(bench.path / "hf"))
    (bench.path / "on_cpu.py").write_text(ON_CPU, "utf-8")
    (bench.path / "kimia_infer").symlink_to(own_code.CODE / "kimia_infer", target_is_directory=True)
    bench.model_table(f'[models.theirs]\nadapter = "{ADAPTERS[family]}"\nsource = "./theirs"\n')
    return own_code.make(family, bench.path / "theirs")


def run(bench: Bench, *arguments: str) -> str:
    chosen = " or ".join(clip.id for clip in clips(2))
    told = ("--asr-models=theirs", "--asr-device=cpu", "--asr-dtype=float32", "-k", chosen, *arguments)
    return text(bench.run_apart(*told, corpus=str(CORPUS)))


def test_it_runs_where_it_is_allowed_and_the_record_says_so(bench: Bench, marker: Path) -> None:
    said = run(bench, f"--asr-trust-remote-code=theirs@{own_code.COMMIT}")
    rows = [row for row in bench.rows() if row["Transcript"]]
    assert [(row["Error"], row["WER"]) for row in rows] == [("", "0.0"), ("", "0.0")], said
    assert marker.exists()
    written = json.dumps(bench.results())
    assert own_code.COMMIT in written
    assert "remote_code_sha256" in written


def test_it_does_not_run_without_permission(bench: Bench, marker: Path) -> None:
    said = run(bench)
    assert not marker.exists()
    assert {row["Transcript"] for row in bench.rows()} == {""}
    told = bench.rows()[0]["Error"]
    assert "is not run unless you allow it" in told, said
    assert "--asr-trust-remote-code=" in told
    assert len(told.splitlines()) == 1


def test_it_does_not_run_at_a_branch(bench: Bench, marker: Path) -> None:
    assert "'main' is no full hash of a commit" in run(bench, "--asr-trust-remote-code=theirs@main").replace("\n", " ")
    assert not marker.exists()
