"""Models that run by code of their own in sessions: child processes, permission on the command line, records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import Bench, text
from tests.checkpoints import own_code
from tests.checkpoints.common import CORPUS, clips
from tests.hub.server import LocalHub, Repo

pytest.importorskip("torch")
pytest.importorskip("transformers")

ON_CPU = """
from pytest_asrbench.model_adapters.kimi_audio import KimiAudio


class OnCpu(KimiAudio):
    def _check_place(self, precision):
        pass
"""
MODEL, REPO = "ultravox-v0.5-1b", "fixie-ai/ultravox-v0_5-llama-3_2-1b"
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


def run(bench: Bench, *arguments: str, model: str = "theirs") -> str:
    chosen = " or ".join(clip.id for clip in clips(2))
    told = (f"--asr-models={model}", "--asr-device=cpu", "--asr-dtype=float32", "-k", chosen, *arguments)
    return text(bench.run_apart(*told, corpus=str(CORPUS)))


def test_it_runs_where_it_is_allowed_and_the_record_says_so(bench: Bench, marker: Path) -> None:
    said = run(bench, f"--asr-trust-remote-code=theirs@{own_code.COMMIT}")
    rows = [row for row in bench.rows() if row["Transcript"]]
    assert [(row["Error"], row["WER"]) for row in rows] == [("", "0.0"), ("", "0.0")], said
    assert marker.exists()
    written = json.dumps(bench.results())
    assert own_code.COMMIT in written
    assert "remote_code_sha256" in written


@pytest.fixture
def hub(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub with the stand-in at Ultravox's place."""
    pytest.importorskip("huggingface_hub")
    folder = bench.path / "published"
    own_code.make("ultravox", folder)
    server = LocalHub()
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    server.repos[REPO] = Repo(files)
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("HF_HOME", str(bench.path / "hf"))
    with server.running():
        yield server


def hosted(bench: Bench, commit: str) -> str:
    return run(bench, "--asr-download", f"--asr-trust-remote-code={MODEL}@{commit}", model=MODEL)


def test_code_and_weights_come_from_the_commit_that_is_allowed(bench: Bench, hub: LocalHub) -> None:
    """The branch has gone on since: what it holds now was not read."""
    read = hub.repos[REPO].commit
    said = hosted(bench, read)
    rows = [row for row in bench.rows() if row["Transcript"]]
    assert [(row["WER"], row["Weights"]) for row in rows] == [("0.0", f"{REPO}@{read}")] * 2, said
    (bench.path / "ultravox-ran").unlink()
    hub.repos[REPO].files["marker.py"] += b"\n# more\n"
    later = hosted(bench, read)  # from the cache, at the commit that was read
    assert [row["Weights"] for row in bench.rows() if row["Transcript"]] == [f"{REPO}@{read}"] * 2, later


def test_a_commit_that_the_hub_does_not_have_runs_nothing(bench: Bench, hub: LocalHub) -> None:
    said = hosted(bench, own_code.COMMIT)
    assert {row["Transcript"] for row in bench.rows()} == {""}, said
    assert own_code.COMMIT[:12] in bench.rows()[0]["Error"]
    assert not (bench.path / "ultravox-ran").exists()


def test_nothing_is_fetched_without_permission(bench: Bench, hub: LocalHub) -> None:
    run(bench, "--asr-download", model=MODEL)
    assert "which is not run unless you allow it" in bench.rows()[0]["Error"]
    assert not hub.requests


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
