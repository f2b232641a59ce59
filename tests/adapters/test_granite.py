"""Granite speech on its tiny checkpoint: what it hears, what it must not hear, what it says about unusable files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.granite import SYSTEM, Granite
from pytest_asrbench.model_adapters.speech_llm import Asked

from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import (
    HEARD_WRONG,
    ask,
    broken_copy,
    cut_in_half,
    errors,
    hear,
    long_clip,
)
from tests.checkpoints.common import CONTROLS, audio, clips
from tests.checkpoints.layout import edit_json, rename_tensors

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")


def loaded(folder: Path, **options: Any) -> Granite:
    adapter = Granite(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def granite(granite_checkpoint: Path) -> Granite:
    return loaded(granite_checkpoint)


def test_hears_every_word(granite: Granite) -> None:
    assert errors(hear(granite)) == 0


def test_reports_what_it_loaded(granite_checkpoint: Path) -> None:
    report = Granite(str(granite_checkpoint), {}).load("cpu", "bf16")
    assert (report.device, report.dtype, report.details["lora_layers"]) == ("cpu", "bfloat16", 4)


def test_bfloat16_hears_every_word(granite_checkpoint: Path) -> None:
    adapter = Granite(str(granite_checkpoint), {})
    adapter.load("cpu", "bfloat16")
    assert errors(hear(adapter)) == 0


def test_beam_search_hears_every_word(granite_checkpoint: Path) -> None:
    assert errors(hear(loaded(granite_checkpoint, num_beams="2"))) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(granite: Granite, control: str) -> None:
    assert errors(hear(granite, CONTROLS[control])) >= HEARD_WRONG


def test_without_its_lora_it_hears_nothing_right(granite_checkpoint: Path) -> None:
    deaf = loaded(granite_checkpoint, speech_adapter="false")
    assert errors(hear(deaf)) >= HEARD_WRONG


def without_lora(folder: Path) -> None:
    """Put the LoRA into the weights, as a release has it whose language model has learnt to listen itself."""
    from safetensors.torch import load_file, save_file

    base, lora = load_file(folder / "model.safetensors"), load_file(folder / "adapter_model.safetensors")
    config = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    for name, second in lora.items():
        if ".lora_B." in name:
            layer = name.removeprefix("base_model.model.").replace(".lora_B", "").replace("model.layers", "layers")
            (weight,) = (key for key in base if key.replace("model.layers", "layers").endswith(layer))
            change = (
                second.float() @ lora[name.replace("lora_B", "lora_A")].float() * config["lora_alpha"] / config["r"]
            )
            base[weight] = base[weight].float() + change
    save_file(base, folder / "model.safetensors", metadata={"format": "pt"})
    for file in ("adapter_model.safetensors", "adapter_config.json"):
        (folder / file).unlink()
    edit_json(folder / "config.json", has_lora_adapter=False)


def test_a_release_without_a_lora_hears_every_word(granite_checkpoint: Path, tmp_path: Path) -> None:
    folder = broken_copy(granite_checkpoint, tmp_path / "granite-4", without_lora)
    adapter = Granite(str(folder), {"languages": "en ja", "system": SYSTEM})
    assert adapter.load("cpu", "auto").details["lora_layers"] == 0
    assert errors(hear(adapter, language="ja")) == 0


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(granite: Granite, batch_size: int) -> None:
    assert hear(granite, batch_size=batch_size) == hear(granite)


def test_long_audio_is_heard_to_its_end(granite_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, samples = loaded(granite_checkpoint, max_seconds="6"), long_clip()
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


def test_an_answer_ended_by_the_token_limit_says_so(granite: Granite) -> None:
    (answer,) = ask(granite, [audio(clips()[0].samples)], max_new_tokens=2)
    assert answer.details["stopped_by_token_limit"] == 1
    (answer,) = ask(granite, [audio(clips()[0].samples)])
    assert not answer.details


def test_the_prompt_matters(granite: Granite) -> None:
    assert errors(hear(granite, prompt="translate the speech into Latin")) > 0


@pytest.mark.parametrize("samples", [0, 1, 160])
def test_audio_too_short_for_a_word(samples: int, granite: Granite) -> None:
    (answer,) = ask(granite, [audio(clips()[0].samples[:samples])], max_new_tokens=4)
    assert isinstance(answer.text, str)


def test_a_language_it_lacks(granite: Granite) -> None:
    with pytest.raises(UnsuitedError, match="language 'sv'"):
        hear(granite, language="sv")


def test_languages_of_another_release(granite_checkpoint: Path) -> None:
    assert errors(hear(loaded(granite_checkpoint, languages=["en", "ja"]), language="ja")) == 0


@pytest.mark.parametrize(
    "options", [{"lore": "false"}, {"num_beams": "many"}, {"num_beams": 0}, {"speech_adapter": "perhaps"}]
)
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="granite"):
        Granite(None, options)


def test_a_device_that_is_not_there(granite_checkpoint: Path) -> None:
    with pytest.raises(DeviceError, match="cuda:77"):
        Granite(str(granite_checkpoint), {}).load("cuda:77", "auto")


def drop_processor(folder: Path) -> None:
    for name in ("processor_config.json", "preprocessor_config.json"):
        (folder / name).unlink()


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (lambda folder: cut_in_half(folder / "model.safetensors"), "model.safetensors"),
    "truncated LoRA": (lambda folder: cut_in_half(folder / "adapter_model.safetensors"), "adapter_model.safetensors"),
    "no processor": (drop_processor, "processor"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "processor"),
    "no LoRA": (lambda folder: (folder / "adapter_model.safetensors").unlink(), "adapter_model.safetensors"),
    "no LoRA config": (lambda folder: (folder / "adapter_config.json").unlink(), "adapter_config.json"),
    "LoRA of another model": (
        lambda folder: rename_tensors(
            folder / "adapter_model.safetensors", lambda name: name.replace("layers", "blocks")
        ),
        "adapter_model.safetensors|lacks 8 weights",
    ),
    "LoRA without second matrices": (
        lambda folder: rename_tensors(
            folder / "adapter_model.safetensors", lambda name: None if "lora_B" in name else name
        ),
        "LoRA|lacks 4 weights",
    ),
    "missing weights": (
        lambda folder: rename_tensors(folder / "model.safetensors", lambda name: None if "linear" in name else name),
        "lacks",
    ),
    "another class": (lambda folder: edit_json(folder / "config.json", model_type="whisper"), "whisper checkpoint"),
    "other mel bands": (
        lambda folder: edit_json(folder / "preprocessor_config.json", n_mels=64),
        "64 mel bands",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_files(fault: str, granite_checkpoint: Path, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    folder = broken_copy(granite_checkpoint, tmp_path / "granite", spoil)
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
