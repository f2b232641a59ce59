"""Repositories named on the command line: found out by config.json, with another's processor, or refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkpoints.common import clips
from tests.hub.server import LocalHub, Repo

for module in ("torch", "transformers", "huggingface_hub"):
    pytest.importorskip(module)

PROCESSOR = ("preprocessor_config.json", "processor_config.json", "tokenizer.json", "tokenizer_config.json")


def below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def hub(whisper_checkpoint: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub with a whole model, one as a training left it, a language model, and an encoder that cannot spell."""
    whole = below(whisper_checkpoint)
    trained = {name: data for name, data in whole.items() if name not in PROCESSOR}
    assert len(trained) < len(whole)
    server = LocalHub()
    server.repos = {
        "team/whole": Repo(whole, ("main", "second")),
        "team/trained": Repo({**trained, "training_args.bin": b"a pickle", "optimizer.pt": b"another"}),
        "team/words": Repo(text_only("LlamaForCausalLM", "llama")),
        "team/encoder": Repo(text_only("Wav2Vec2BertModel", "wav2vec2-bert")),
        "team/gguf": Repo({"model.gguf": b"GGUF"}),
    }
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("HF_HOME", str(pytester.path / "hf"))
    with server.running():
        yield server


def text_only(name: str, kind: str) -> dict[str, bytes]:
    config = {"architectures": [name], "model_type": kind}
    return {"config.json": json.dumps(config).encode(), "model.safetensors": b"gigabytes"}


def run(pytester: pytest.Pytester, *models: str) -> tuple[pytest.RunResult, dict[str, list[dict[str, str]]]]:
    """Run the models on two clips; return the result and the rows by model."""
    chosen = " or ".join(clip.id for clip in clips(2))
    result = pytester.runpytest_subprocess(
        f"--asr-models={','.join(models)}", "--asr-device=cpu", "--asr-download", "--asr-language=en", "-k", chosen
    )
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return result, {model: [row for row in rows if row["Model"] == model] for model in models}


def test_a_repository_is_run_by_its_name(pytester: pytest.Pytester, hub: LocalHub) -> None:
    result, rows = run(pytester, "hf:team/whole@second")
    assert result.ret == 0, result.stdout.str()
    for row in rows["hf:team/whole@second"]:
        assert (float(row["WER"]), row["Weights"]) == (0, f"team/whole@{hub.repos['team/whole'].commit}")


def test_a_processor_comes_from_another_repository(pytester: pytest.Pytester, hub: LocalHub) -> None:
    bare, mended = "hf:team/trained", "hf:team/trained[processor=team/whole]"
    result, rows = run(pytester, bare, mended)
    assert result.parseoutcomes()["passed"] == 2, result.stdout.str()
    assert [float(row["WER"]) for row in rows[mended]] == [0, 0]
    assert "by the option processor" in rows[bare][0]["Error"]
    assert not hub.body_requests("training_args.bin") + hub.body_requests("optimizer.pt")
    locked = json.loads((pytester.path / "asrbench.lock").read_text("utf-8"))["models"]
    assert locked.keys() == {"hf:team/trained", "hf:team/trained[processor]"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("words", "names the class LlamaForCausalLM (model_type llama), which the transformers adapter cannot run"),
        ("encoder", "names the class Wav2Vec2BertModel"),
        ("gguf", "team/gguf has no file 'config.json'"),
    ],
)
def test_what_is_no_speech_model_is_told_before_its_weights_come(
    name: str, words: str, pytester: pytest.Pytester, hub: LocalHub
) -> None:
    result, rows = run(pytester, f"hf:team/{name}", "hf:team/whole")
    told = rows[f"hf:team/{name}"][0]["Error"]
    assert words in told
    assert len(told.splitlines()) == 1
    assert "Traceback" not in result.stdout.str()
    assert {row["Status"] for row in rows["hf:team/whole"]} == {"OK"}, "the run goes on"
    content = hub.repos[f"team/{name}"].files.get("model.safetensors", b"")
    assert not [one for one in hub.requests if one.content_network and one.path.endswith(digest(content))]


def digest(content: bytes) -> str:
    from tests.hub.server import etag

    return etag("model.safetensors", content)
