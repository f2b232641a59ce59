"""Speech LLMs that are asked in words, on tiny checkpoints: Qwen2-Audio, Qwen2.5-Omni and GLM-ASR, as one adapter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.prompted import Prompted
from pytest_asrbench.model_adapters.qwen_omni import QwenOmni, batches_are_right
from pytest_asrbench.model_adapters.speech_llm import Asked

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.errors import WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, cut_in_half, errors, hear, long_clip
from tests.checkpoints.common import CONTROLS, audio, clips
from tests.checkpoints.layout import edit_json, rename_tensors

pytest.importorskip("torch")
pytest.importorskip("transformers")

FAMILIES = {"qwen2_audio": Prompted, "qwen_omni": QwenOmni, "glm_asr": Prompted}
# Eight memorised sentences are told apart at a slightly higher speed, too: `sped_up` proves nothing here.
TELLING = sorted(set(CONTROLS) - {"sped_up"})


def loaded(adapter: type[Prompted], folder: Path, **options: Any) -> Prompted:
    model = adapter(str(folder), options)
    model.load("cpu", "auto")
    return model


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(family: str, request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(f"{family}_checkpoint")
    return path


@pytest.fixture(scope="module")
def model(family: str, folder: Path) -> Prompted:
    return loaded(FAMILIES[family], folder)


def test_hears_every_word(model: Prompted) -> None:
    assert errors(hear(model, language="en")) == 0


@pytest.mark.parametrize("control", TELLING)
def test_spoiled_audio_is_heard_wrong(model: Prompted, control: str) -> None:
    assert errors(hear(model, CONTROLS[control], language="en")) >= HEARD_WRONG


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(model: Prompted, batch_size: int) -> None:
    assert hear(model, language="en", batch_size=batch_size) == hear(model, language="en")


def test_bfloat16_hears_every_word(family: str, folder: Path) -> None:
    adapter = FAMILIES[family](str(folder), {})
    assert adapter.load("cpu", "bfloat16").dtype == "bfloat16"
    assert errors(hear(adapter, language="en")) == 0


def test_a_prompt_is_asked_in_place_of_the_question(model: Prompted) -> None:
    usual, other = asked(model, "en"), asked(model, "en", "What is said?")
    assert "What is said?" not in usual
    before, _, behind = other.partition("What is said?")
    assert usual.startswith(before)
    assert usual.endswith(behind)
    assert len(behind) > 0
    assert model.info.refusal(["What is said?"], Decoding(task="instruct")) == ""


def test_long_audio_is_heard_to_its_end(family: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, samples = loaded(FAMILIES[family], folder, max_seconds=10), long_clip()
    lengths: list[int] = []
    encode = adapter._encode

    def counted(waves: Any, asked: Asked) -> Any:
        lengths.extend(map(len, waves))
        return encode(waves, asked)

    monkeypatch.setattr(adapter, "_encode", counted)
    (answer,) = ask(adapter, [audio(samples)], language="en")
    assert sum(lengths) == len(samples)
    assert max(lengths) <= 10 * 16_000
    assert answer.details["pieces"] == len(lengths) > 1


@pytest.mark.parametrize("samples", [0, 1, 160])
def test_audio_too_short_for_a_word(samples: int, model: Prompted) -> None:
    (answer,) = ask(model, [audio(clips()[0].samples[:samples])], max_new_tokens=4)
    assert isinstance(answer.text, str)


# What is asked


@pytest.fixture(scope="module")
def qwen(qwen2_audio_checkpoint: Path) -> Prompted:
    return loaded(Prompted, qwen2_audio_checkpoint)


def asked(model: Prompted, language: str | None, prompt: str | None = None) -> str:
    """What the model reads for a clip of this language, without the audio."""
    inputs = model._encode([clips()[0].samples], Asked(language, prompt))
    return str(model.processor.tokenizer.decode(inputs["input_ids"][0])).replace(model.processor.audio_token, "")


def test_qwen2_audio_is_asked_in_a_chat(qwen: Prompted) -> None:
    assert asked(qwen, "en") == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nAudio 1: <|audio_bos|>"
        "<|audio_eos|>\nDetect the language and recognize the speech: <|en|><|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_checkpoint_that_has_learnt_no_chat_is_asked_by_the_words_alone(qwen2_audio_checkpoint: Path) -> None:
    bare = loaded(Prompted, qwen2_audio_checkpoint, chat="false")
    assert asked(bare, None) == "<|audio_bos|><|audio_eos|>Detect the language and recognize the speech:"
    assert errors(hear(bare, language="en")) == 0


def test_omni_is_told_the_language_by_its_name(qwen_omni_checkpoint: Path) -> None:
    omni = loaded(QwenOmni, qwen_omni_checkpoint)
    system, question = "You are a speech recognition model.", "Transcribe the English audio into text."
    assert system in asked(omni, "en")
    assert question in asked(omni, "en")
    for unnamed in (None, "xx"):
        assert "Transcribe the audio into text." in asked(omni, unnamed)


def test_the_system_text_can_be_another(qwen2_audio_checkpoint: Path) -> None:
    other = loaded(Prompted, qwen2_audio_checkpoint, system="You write down card games.")
    assert "system\nYou write down card games.<|im_end|>" in asked(other, "en")


@pytest.mark.parametrize(("version", "right"), [("5.14.1", False), ("5.15.0", True), ("6.0.0.dev0", True)])
def test_omnis_batches_are_right_since_a_version(version: str, right: bool) -> None:
    assert batches_are_right(version) == right


def test_omni_hears_one_clip_after_the_other_where_batches_are_wrong(
    qwen_omni_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    omni = loaded(QwenOmni, qwen_omni_checkpoint)
    sizes: list[int] = []
    encode = omni._encode

    def counted(waves: Any, asked: Asked) -> Any:
        sizes.append(len(waves))
        return encode(waves, asked)

    monkeypatch.setattr(omni, "_encode", counted)
    monkeypatch.setattr("pytest_asrbench.model_adapters.qwen_omni.batches_are_right", lambda _: False)
    assert errors(hear(omni, language="en", batch_size=8)) == 0
    assert sizes == [1] * len(clips())


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (lambda folder: cut_in_half(folder / "model.safetensors"), "model.safetensors"),
    "no processor": (lambda folder: (folder / "preprocessor_config.json").unlink(), "processor"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "processor|tokenizer"),
    "missing weights": (
        lambda folder: rename_tensors(folder / "model.safetensors", lambda name: None if "v_proj" in name else name),
        "lacks",
    ),
    "another class": (lambda folder: edit_json(folder / "config.json", model_type="bark"), "bark checkpoint"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_files(fault: str, family: str, folder: Path, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    copy = broken_copy(folder, tmp_path / family, spoil)
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(FAMILIES[family], copy)
    assert str(copy) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
