"""The seven core models under their catalogue names: downloaded from a hub, over two interpreters, into one table.

The hub is a local server that holds tiny checkpoints under the names, revisions and file layout of the releases, so
everything between the command line and the transcript is what users run; only the weights are small.
"""

from __future__ import annotations

import csv
import json
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_asrbench.models.registry import Registry
from tests.checkpoints.common import clips
from tests.hub.server import LocalHub, Repo

for module in ("torch", "transformers", "peft", "mistral_common", "pywhispercpp", "moonshine_onnx", "huggingface_hub"):
    pytest.importorskip(module)

CORE = ("moonshine-base", "whisper-large-v3-turbo", "granite-2b", "granite-8b", "distil-large-v3", "phi-4", "voxtral")
COUNT = 4


def files_below(folder: Path, prefix: str = "") -> dict[str, bytes]:
    return {
        f"{prefix}{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def hub(
    moonshine_checkpoint: Path,
    whisper_checkpoint: Path,
    whisper_ggml: Path,
    granite_checkpoint: Path,
    phi4_checkpoint: Path,
    voxtral_checkpoint: Path,
) -> Iterator[LocalHub]:
    """A hub with a tiny checkpoint at the place of each release."""
    granite = files_below(granite_checkpoint)
    content = {
        "moonshine-base": files_below(moonshine_checkpoint, "onnx/merged/base/float/"),
        "whisper-large-v3-turbo": {
            "ggml-large-v3-turbo-q5_0.bin": (whisper_ggml / "ggml-q5_0.bin").read_bytes(),
            "ggml-tiny.bin": b"another model, which nobody asked for",
        },
        "granite-2b": granite,
        "granite-8b": granite,
        "distil-large-v3": {**files_below(whisper_checkpoint), "pytorch_model.bin": b"a pickle"},
        "phi-4": files_below(phi4_checkpoint),
        "voxtral": {**files_below(voxtral_checkpoint), "consolidated.safetensors": b"the weights a second time"},
    }
    server = LocalHub()
    models = Registry().models
    for name, files in content.items():
        source = models[name].hub
        assert source is not None
        server.repos[source.repo] = Repo(files, (source.revision,))
    with server.running():
        yield server


@pytest.fixture
def other_python(tmp_path: Path) -> Path:
    """A second interpreter: an environment of its own that sees the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "other")], check=True)
    python = tmp_path / "other" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    command = [str(python), "-c", "import site; print(site.getsitepackages()[-1])"]
    packages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    Path(packages, "others.pth").write_text("\n".join(site.getsitepackages()))
    return python


@pytest.fixture
def project(pytester: pytest.Pytester, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project whose model hub is the local one."""
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("HF_HOME", str(pytester.path / "hf"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return pytester.path


def run(pytester: pytest.Pytester, models: tuple[str, ...], *arguments: str) -> pytest.RunResult:
    chosen = " or ".join(clip.id for clip in clips(COUNT))
    return pytester.runpytest_subprocess(
        f"--asr-models={','.join(models)}", "--asr-device=cpu", "--benchmark-quiet", "-k", f"{chosen} or test_corpus",
        *arguments, timeout=600,
    )  # fmt: skip


def rows(project: Path) -> list[dict[str, str]]:
    with (project / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_seven_meet_in_one_session_and_one_table(
    pytester: pytest.Pytester, project: Path, hub: LocalHub, other_python: Path
) -> None:
    result = run(pytester, CORE, "--asr-download", f"--asr-interpreters=moonshine={other_python}", "--asr-max-wer=0")
    assert result.parseoutcomes()["passed"] == len(CORE) * (COUNT + 1), result.stdout.str()
    found = rows(project)
    assert len(found) == len(CORE) * COUNT
    for row in found:
        assert (row["Status"], float(row["WER"])) == ("OK", 0), row["Model"]
        source = Registry().models[row["Model"]].hub
        assert source is not None
        assert row["Weights"] == f"{source.repo}@{hub.repos[source.repo].commit}"
    locked = json.loads((project / "asrbench.lock").read_text("utf-8"))["models"]
    assert set(locked) == set(CORE)
    fetched = {file for entry in locked.values() for file in entry["files"]}
    assert not fetched & {"ggml-tiny.bin", "pytorch_model.bin", "consolidated.safetensors"}, "only what is needed"
    saved = json.loads(next(project.glob(".benchmarks/*/*.json")).read_text("utf-8"))
    assert len(saved["benchmarks"]) == len(CORE) * (COUNT + 1)
    assert {f"{name} " in result.stdout.str() for name in CORE} == {True}

    hub.requests.clear()
    again = run(pytester, ("granite-2b", "whisper-large-v3-turbo"), "--asr-offline")
    assert again.ret == 0
    assert not hub.requests, "what is there is not looked up again"


def test_weights_that_nobody_downloaded_are_named_with_the_command(pytester: pytest.Pytester, project: Path) -> None:
    result = run(pytester, ("granite-2b", "phi-4"), "-rs")
    outcomes = result.parseoutcomes()
    told = "one error says it for the model, the experimental one is skipped"
    assert (outcomes["errors"], outcomes["skipped"]) == (1, 2 * COUNT), told
    assert "run `pytest-asrbench download granite-2b`, or add --asr-download" in result.stdout.str()
    first = {row["Model"]: row for row in reversed(rows(project))}
    assert {row["Cause"] for row in first.values()} == {"Weights"}


def test_a_forced_failure_of_phi_4_is_skipped_with_its_reason_and_the_others_finish(
    pytester: pytest.Pytester, project: Path, hub: LocalHub
) -> None:
    repo = hub.repos["microsoft/Phi-4-multimodal-instruct"]
    whole = repo.files["model.safetensors"]
    repo.files["model.safetensors"] = whole[: len(whole) // 2]
    try:
        result = run(pytester, ("phi-4", "distil-large-v3"), "--asr-download", "-rs")
    finally:
        repo.files["model.safetensors"] = whole
    assert result.ret == 0
    statuses = {row["Model"]: row["Status"] for row in rows(project)}
    assert statuses == {"phi-4": "SKIPPED", "distil-large-v3": "OK"}
    assert "experimental: phi-4: " in result.stdout.str()


@pytest.mark.parametrize(("status", "words"), [(401, "distil-large-v3"), (404, "distil-large-v3"), (500, "500")])
def test_a_hub_that_refuses_one_model_costs_that_model_alone(
    pytester: pytest.Pytester, project: Path, hub: LocalHub, status: int, words: str
) -> None:
    from tests.hub.server import Fault

    hub.faults.append(Fault("distil-whisper", status=status))
    try:
        result = run(pytester, ("distil-large-v3", "whisper-large-v3-turbo"), "--asr-download")
    finally:
        hub.faults.clear()
    found = {row["Model"]: row for row in reversed(rows(project))}  # the first of each
    assert found["whisper-large-v3-turbo"]["Status"] == "OK"
    assert found["distil-large-v3"]["Status"] == "ERROR"
    assert words in found["distil-large-v3"]["Error"]
    assert "Traceback" not in result.stdout.str()
