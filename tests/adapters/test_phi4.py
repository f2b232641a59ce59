"""Phi-4-multimodal on its tiny checkpoint: what it hears, what it must not hear, what it says about unusable files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.optional_packages import usable
from pytest_asrbench.model_adapters.phi4 import Phi4
from pytest_asrbench.model_adapters.speech_llm import Asked

from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, cut_in_half, errors, hear, long_clip
from tests.checkpoints.common import CONTROLS, audio, clips
from tests.checkpoints.layout import edit_json, rename_tensors

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")


def loaded(folder: Path, **options: Any) -> Phi4:
    adapter = Phi4(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def phi4(phi4_checkpoint: Path) -> Phi4:
    return loaded(phi4_checkpoint)


def test_hears_every_word(phi4: Phi4) -> None:
    assert errors(hear(phi4)) == 0


def test_reports_what_it_loaded(phi4_checkpoint: Path) -> None:
    report = Phi4(str(phi4_checkpoint), {}).load("cpu", "auto")
    assert (report.device, report.dtype) == ("cpu", "float32")
    assert report.details["attention"] == "eager"
    assert report.details["lora_layers"] == 8


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_each_attention_and_dtype_hears_every_word(phi4_checkpoint: Path, attention: str, dtype: str) -> None:
    adapter = Phi4(str(phi4_checkpoint), {"attention": attention})
    report = adapter.load("cpu", dtype)
    assert (report.dtype, adapter.model.config._attn_implementation) == (dtype, attention)
    assert errors(hear(adapter)) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(phi4: Phi4, control: str) -> None:
    assert errors(hear(phi4, CONTROLS[control])) >= HEARD_WRONG


def test_without_its_speech_adapter_it_hears_nothing_right(phi4_checkpoint: Path) -> None:
    assert errors(hear(loaded(phi4_checkpoint, speech_adapter="false"))) >= HEARD_WRONG


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(phi4: Phi4, batch_size: int) -> None:
    assert hear(phi4, batch_size=batch_size) == hear(phi4)


def test_the_release_s_own_processor_is_at_work(phi4: Phi4) -> None:
    from transformers import Phi4MultimodalProcessor

    assert isinstance(phi4.processor, Phi4MultimodalProcessor)
    inputs = phi4._encode([clips()[0].samples], Asked())
    audio_tokens = (inputs["input_ids"] == phi4.processor.audio_token_id).sum().item()
    assert audio_tokens == inputs["audio_embed_sizes"][0].item() > 30
    text = phi4.processor.tokenizer.decode(inputs["input_ids"][0]).replace(phi4.processor.audio_token, "")
    assert text == "<|user|>Transcribe the audio clip into text.<|end|><|assistant|>"


@pytest.mark.skipif(usable("torchvision"), reason="torchvision serves images here")
def test_images_are_refused_where_nothing_can_read_them(phi4: Phi4) -> None:
    with pytest.raises(NotImplementedError, match="torchvision"):
        phi4.processor.image_processor.preprocess([])


def test_long_audio_is_heard_to_its_end(phi4_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, samples = loaded(phi4_checkpoint, max_seconds=6), long_clip()
    lengths: list[int] = []
    encode = adapter._encode

    def counted(waves: Any, asked: Asked) -> Any:
        lengths.extend(map(len, waves))
        return encode(waves, asked)

    monkeypatch.setattr(adapter, "_encode", counted)
    (answer,) = ask(adapter, [audio(samples)])
    assert sum(lengths) == len(samples)
    assert max(lengths) <= 6 * 16_000
    assert answer.details["pieces"] == len(lengths) > 3
    assert Phi4.info.max_seconds == 40


@pytest.mark.parametrize("samples", [0, 1, 160])
def test_audio_too_short_for_a_word(samples: int, phi4: Phi4) -> None:
    (answer,) = ask(phi4, [audio(clips()[0].samples[:samples])], max_new_tokens=4)
    assert isinstance(answer.text, str)


def test_a_language_it_lacks(phi4: Phi4) -> None:
    with pytest.raises(UnsuitedError, match="language 'sv'"):
        hear(phi4, language="sv")


def test_an_unknown_attention() -> None:
    with pytest.raises(UsageError, match="attention=paged"):
        Phi4(None, {"attention": "paged"})


LORA = Path("speech-lora") / "adapter_model.safetensors"
FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (lambda folder: cut_in_half(folder / "model.safetensors"), "model.safetensors"),
    "truncated speech adapter": (lambda folder: cut_in_half(folder / LORA), "adapter_model.safetensors"),
    "no speech adapter": (lambda folder: (folder / LORA).unlink(), "speech-lora lacks adapter_model.safetensors"),
    "speech adapter of another model": (
        lambda folder: rename_tensors(folder / LORA, lambda name: name.replace("layers", "blocks")),
        "took effect in 0 layers",
    ),
    "half a speech adapter": (
        lambda folder: edit_json(folder / LORA.with_name("adapter_config.json"), target_modules=["qkv_proj"]),
        "took effect in 2 layers",
    ),
    "no processor": (lambda folder: (folder / "preprocessor_config.json").unlink(), "processor"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "processor"),
    "missing weights": (
        lambda folder: rename_tensors(folder / "model.safetensors", lambda name: None if "speech" in name else name),
        "lacks 8 weights",
    ),
    "another class": (lambda folder: edit_json(folder / "config.json", model_type="phi3"), "phi3 checkpoint"),
    "the hub's main revision": (lambda folder: edit_json(folder / "config.json", model_type="phi4mm"), "refs/pr/70"),
    "other mel bands": (
        lambda folder: edit_json(folder / "preprocessor_config.json", feature_size=64),
        "64 mel bands",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_files(fault: str, phi4_checkpoint: Path, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    folder = broken_copy(phi4_checkpoint, tmp_path / "phi4", spoil)
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_adapter_that_also_names_the_encoder_s_layers(phi4_checkpoint: Path, tmp_path: Path) -> None:
    """Lists of layer names, as some tools write them, match layers of the audio encoder that have no LoRA."""
    names = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
    config = LORA.with_name("adapter_config.json")
    folder = broken_copy(
        phi4_checkpoint, tmp_path / "phi4", lambda copy: edit_json(copy / config, target_modules=names)
    )
    assert errors(hear(loaded(folder))) == 0
