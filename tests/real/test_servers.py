"""Real servers with a real Whisper, through the one adapter: they say what their libraries do when called directly."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from pytest_asrbench.model_adapters.openai_audio import OpenAIAudio

from pytest_asrbench.adapter import Decoding, Utterance
from pytest_asrbench.errors import EndpointError
from tests.checkpoints.common import RATE, ROOT, audio, clips
from tests.checkpoints.real import language_model, whisper
from tests.real.llama import Llama
from tests.real.servers import running

pytest.importorskip("httpx2")
CLIPS = clips()
# faster-whisper-server 0.0.3 calls the model's name so.
FIELDS = {"model": "model_name"}


def heard(address: str, decoding: Decoding | None = None, *, count: int = len(CLIPS), **options: Any) -> list[str]:
    """What the adapter says of the first clips."""
    adapter = OpenAIAudio(address, options)
    try:
        adapter.load("remote", "auto")
        asked = [Utterance(audio(clip.samples, clip.id)) for clip in CLIPS[:count]]
        return [adapter.transcribe([one], decoding or Decoding())[0].text for one in asked]
    finally:
        adapter.close()


@pytest.fixture(scope="module")
def faster_whisper_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("faster_whisper_server")
    log = tmp_path_factory.mktemp("faster-whisper-server") / "log"
    with running("faster_whisper_server", str(whisper("base", "ct2")), log=log) as address:
        yield address


@pytest.fixture(scope="module")
def faster_whisper() -> list[str]:
    """What the library says of all clips."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(whisper("base", "ct2")))
    return ["".join(part.text for part in model.transcribe(clip.samples)[0]).strip() for clip in CLIPS]


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_faster_whisper_server_says_what_faster_whisper_says(
    faster_whisper_server: str, faster_whisper: list[str], kind: str
) -> None:
    assert heard(faster_whisper_server, model="base", fields=FIELDS, audio=kind) == faster_whisper
    assert len(set(faster_whisper)) == len(CLIPS)


def test_it_tells_times_and_has_no_chat(faster_whisper_server: str, faster_whisper: list[str]) -> None:
    assert heard(faster_whisper_server, Decoding(timestamps=True)) == faster_whisper
    with pytest.raises(EndpointError, match=r"chat/completions answered 404: Not Found; correct the address"):
        heard(faster_whisper_server, chat=True)


def test_a_session_has_its_words_and_their_price(
    faster_whisper_server: str, faster_whisper: list[str], tmp_path: Path
) -> None:
    (tmp_path / "asrbench.toml").write_text(
        f'[models.served]\nadapter = "openai"\nsource = "{faster_whisper_server}#base"\n'
        'options = { fields = { model = "model_name" }, price = { minute = 0.006 } }\n',
        "utf-8",
    )
    chosen = " or ".join(clip.id for clip in CLIPS)
    corpus = f"--asr-corpus={ROOT / 'corpora' / 'quickstart'}"
    told = ["--asr-models=served", "--asr-language=auto", "--benchmark-quiet", "-k", f"snippet and ({chosen})"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *told, corpus]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    outcomes = json.loads((tmp_path / "reports" / "results.json").read_text("utf-8"))["outcomes"]
    said = {one["snippet"]: one["transcript"] for one in outcomes}
    assert said == {clip.id: text for clip, text in zip(CLIPS, faster_whisper, strict=True)}
    kinds = {(one["device"], one["timing"], one["peak_ram"]) for one in outcomes}
    assert kinds == {("remote", "client-wall-1", None)}
    assert all(one["scores"]["cost"]["errors"] == pytest.approx(one["audio_seconds"] / 1e4) for one in outcomes)


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    for module in ("transformers", "fastapi", "uvicorn", "openai", "python_multipart"):
        pytest.importorskip(module)
    log = tmp_path_factory.mktemp("transformers") / "log"
    arguments = ("serve", str(whisper("base", "hf")), "--device", "cpu")
    with running("transformers.cli.transformers", *arguments, log=log) as address:
        yield address


def test_transformers_serve_says_what_transformers_says(transformers_serve: str) -> None:
    from transformers import WhisperForConditionalGeneration, WhisperProcessor

    folder, count = whisper("base", "hf"), 4
    model, processor = (kind.from_pretrained(folder) for kind in (WhisperForConditionalGeneration, WhisperProcessor))
    direct = []
    for clip in CLIPS[:count]:
        tokens = model.generate(**processor(clip.samples, sampling_rate=RATE, return_tensors="pt"))
        direct.append(processor.batch_decode(tokens, skip_special_tokens=True)[0].strip())
    assert heard(transformers_serve, count=count, model=str(folder)) == direct
    assert len(set(direct)) == count


@pytest.fixture(scope="module")
def llama_server() -> Iterator[Llama]:
    pytest.importorskip("xllamacpp")
    made = Llama(language_model("smollm2"), whisper("tiny.en", "projector"))
    yield made
    made.close()


def test_llama_cpp_says_in_a_chat_with_audio_what_it_says_when_called_directly(llama_server: Llama) -> None:
    """What leads from Whisper's encoder to SmolLM2 is not trained: no transcripts, but answers that differ."""
    most, count = 12, 3
    words = {"type": "text", "text": "Transcribe this recording. Write down what is said, and nothing else."}
    direct = [llama_server.chat([words, _part(clip.samples)], most) for clip in CLIPS[:count]]
    options = {"chat": True, "body": {"cache_prompt": False}}
    assert heard(f"{llama_server.address}/v1", Decoding(max_new_tokens=most), count=count, **options) == direct
    assert len({*direct, llama_server.chat([words, _part(CLIPS[0].samples * 0)], most)}) > 1


def test_llama_cpp_takes_files_too(llama_server: Llama) -> None:
    assert all(heard(f"{llama_server.address}/v1", count=1, body={"max_tokens": 12}))


def _part(samples: Any) -> dict[str, Any]:
    """The audio of a chat, as llama.cpp's documentation has it."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    return {"type": "input_audio", "input_audio": {"data": base64.b64encode(file.getvalue()).decode(), "format": "wav"}}


def test_a_server_whose_model_has_no_ears_says_so() -> None:
    pytest.importorskip("xllamacpp")
    deaf = Llama(language_model("smollm2"))
    try:
        with pytest.raises(EndpointError, match="chat/completions answered 500: audio input is not supported"):
            heard(f"{deaf.address}/v1", count=1, chat=True)
        with pytest.raises(
            EndpointError, match="transcriptions answered 501: The current model does not support audio"
        ):
            heard(f"{deaf.address}/v1", count=1)
    finally:
        deaf.close()
