"""Further families under their catalogue names: downloaded from a hub, in one session, into one table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_asrbench.models.registry import Registry
from tests.checkpoints.common import clips
from tests.hub.server import LocalHub, Repo

for module in ("torch", "transformers", "mistral_common", "huggingface_hub"):
    pytest.importorskip(module)

TRAINED = {
    "qwen2-audio-7b": "qwen2_audio",
    "qwen2-audio-7b-instruct": "qwen2_audio",
    "qwen2.5-omni-7b": "qwen_omni",
    "glm-asr-nano": "glm_asr",
    "seamless-m4t-v2-large": "seamless",
}
RANDOM = {"canary-1b-v2": "canary", "kyutai-stt-2.6b-en": "kyutai_stt", "voxtral-realtime": "voxtral_realtime"}
MODELS = Registry().models


def below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def hub(
    untrained_checkpoints: Path,
    request: pytest.FixtureRequest,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[LocalHub]:
    """A hub with a tiny checkpoint at the place of each release."""
    folders = {name: request.getfixturevalue(f"{family}_checkpoint") for name, family in TRAINED.items()}
    folders |= {name: untrained_checkpoints / family for name, family in RANDOM.items()}
    server = LocalHub()
    for name, folder in folders.items():
        source = MODELS[name].hub
        assert source is not None
        server.repos[source.repo] = Repo({**below(folder), "pytorch_model.bin": b"a pickle"})
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("HF_HOME", str(pytester.path / "hf"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with server.running():
        yield server


def test_they_meet_in_one_session_and_one_table(pytester: pytest.Pytester, hub: LocalHub) -> None:
    names = (*TRAINED, *RANDOM)
    chosen = " or ".join(clip.id for clip in clips(2))
    result = pytester.runpytest_subprocess(
        f"--asr-models={','.join(names)}", "--asr-device=cpu", "--asr-download", "--asr-language=en", "-k", chosen,
        timeout=500,
    )  # fmt: skip
    assert result.parseoutcomes()["passed"] == 2 * len(names), result.stdout.str()
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(names)
    for row in rows:
        assert row["Status"] == "OK"
        assert (float(row["WER"]) == 0) == (row["Model"] in TRAINED), row["Model"]
        source = MODELS[row["Model"]].hub
        assert source is not None
        assert row["Weights"] == f"{source.repo}@{hub.repos[source.repo].commit}"
    assert not hub.body_requests("pytorch_model.bin")
