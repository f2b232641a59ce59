"""Forms of one checkpoint: quantised by bitsandbytes, tuned by a LoRA, and a LoRA alone that stands for its base."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_asrbench.model_adapters import forms
from pytest_asrbench.model_adapters.transformers_auto import TransformersAuto
from pytest_asrbench.model_adapters.whisper import Whisper

from pytest_asrbench.adapter import Adapter
from pytest_asrbench.errors import DeviceError, MissingDependencyError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, errors, hear

for module in ("torch", "transformers", "peft"):
    pytest.importorskip(module)

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
MODULES = ("q_proj", "v_proj")
RANK = 4


@pytest.fixture(scope="module")
def lora(whisper_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA of random matrices, in PEFT's format: with it, the model that hears every word right hears nothing."""
    import torch
    from safetensors.torch import save_file
    from transformers import WhisperForConditionalGeneration

    torch.manual_seed(0)
    weights = {}
    for name, part in WhisperForConditionalGeneration.from_pretrained(whisper_checkpoint).named_modules():
        if name.endswith(MODULES):
            weights[f"base_model.model.{name}.lora_A.weight"] = torch.randn(RANK, part.in_features)
            weights[f"base_model.model.{name}.lora_B.weight"] = torch.randn(part.out_features, RANK)
    folder = tmp_path_factory.mktemp("lora") / "tuned"
    folder.mkdir()
    save_file(weights, folder / WEIGHTS)
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": 64, "target_modules": list(MODULES)}
    (folder / CONFIG).write_text(json.dumps({**config, "base_model_name_or_path": str(whisper_checkpoint)}), "utf-8")
    return folder


def loaded(adapter: type[Adapter], source: Path, **options: Any) -> tuple[Any, Any]:
    model: Any = adapter(str(source), options)
    return model, model.load("cpu", "auto")


def changed(lora: Path, folder: Path, **config: Any) -> Path:
    """A copy whose configuration says otherwise."""
    shutil.copytree(lora, folder)
    path = folder / CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **config}), "utf-8")
    return folder


# Quantised


def test_a_quantised_model_still_hears(whisper_checkpoint: Path) -> None:
    pytest.importorskip("bitsandbytes")
    model, found = loaded(Whisper, whisper_checkpoint, quantization="8bit")
    assert found.dtype == "int8"
    assert found.details["quantization"] == "8bit"
    assert "Linear8bitLt" in {type(part).__name__ for part in model.model.modules()}
    assert errors(hear(model)) < HEARD_WRONG
    assert errors(hear(model, lambda samples: 0 * samples)) > HEARD_WRONG


def test_any_adapter_of_transformers_takes_the_option(whisper_checkpoint: Path) -> None:
    pytest.importorskip("bitsandbytes")
    model, found = loaded(TransformersAuto, whisper_checkpoint, quantization="4bit")
    assert found.dtype == "nf4"
    assert "Linear4bit" in {type(part).__name__ for part in model.inner.model.modules()}


@pytest.mark.parametrize("kind", ["mps", "privateuseone"])
def test_a_device_that_lacks_it_is_told_in_one_sentence(kind: str) -> None:
    with pytest.raises(DeviceError, match=f"{kind} has no quantization=4bit: bitsandbytes computes on cpu") as caught:
        forms.quantised({"quantization": "4bit"}, dtype=None, device=SimpleNamespace(type=kind))
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_one_is_told() -> None:
    with pytest.raises(UsageError, match="quantization=2bit is unknown; use 4bit or 8bit"):
        forms.quantised({"quantization": "2bit"}, dtype=None, device=SimpleNamespace(type="cpu"))


def test_without_bitsandbytes_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    cpu = SimpleNamespace(type="cpu")
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[quantization\]"'):
        forms.quantised({"quantization": "8bit"}, dtype=None, device=cpu)
    assert forms.quantised({"quantization": ""}, dtype=None, device=cpu) == {}


# Tuned


def test_a_lora_is_at_work(whisper_checkpoint: Path, lora: Path) -> None:
    model, found = loaded(Whisper, whisper_checkpoint, lora=str(lora))
    layers = sum("lora_B" in name for name, _ in model.model.named_parameters())
    assert (found.details["lora"], found.details["lora_layers"]) == (str(lora), layers)
    assert layers > 0
    # Of its own accord such a model never ends a transcript.
    assert errors(hear(model, max_new_tokens=40)) > HEARD_WRONG
    assert errors(hear(loaded(Whisper, whisper_checkpoint)[0])) == 0


@pytest.mark.parametrize("adapter", [Whisper, TransformersAuto])
def test_a_lora_alone_stands_for_its_base_with_it(adapter: type[Adapter], whisper_checkpoint: Path, lora: Path) -> None:
    _, found = loaded(adapter, lora)
    assert found.details["lora"] == str(lora)
    assert found.details["lora_base"] == str(whisper_checkpoint)
    assert found.details["lora_layers"] > 0


def test_a_base_that_is_not_here_is_named(lora: Path, tmp_path: Path) -> None:
    absent = changed(lora, tmp_path / "absent", base_model_name_or_path="nobody/whisper-of-nowhere")
    with pytest.raises(WeightsError, match="is a LoRA for nobody/whisper-of-nowhere, which is not on this machine"):
        loaded(Whisper, absent)
    untold = changed(lora, tmp_path / "untold", base_model_name_or_path=None)
    with pytest.raises(WeightsError, match=r"that it does not name.*name the base yourself, transformers:BASE\[lora="):
        loaded(TransformersAuto, untold)


def test_two_loras_are_one_too_many(lora: Path) -> None:
    with pytest.raises(WeightsError, match="names another one; leave one of them out"):
        loaded(Whisper, lora, lora=str(lora))


def test_a_lora_for_a_wider_model_is_told_in_one_sentence(whisper_checkpoint: Path, lora: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    wide = changed(lora, tmp_path / "wide", base_model_name_or_path="openai/whisper-large")
    weights = load_file(wide / WEIGHTS)
    wider = {name: torch.cat([value, value]) if "lora_B" in name else value for name, value in weights.items()}
    save_file(wider, wide / WEIGHTS)
    assert refusal(whisper_checkpoint, wide).startswith(f"{wide} is a LoRA for openai/whisper-large, and does not fit")


def test_a_lora_for_other_layers_is_told_in_one_sentence(whisper_checkpoint: Path, lora: Path, tmp_path: Path) -> None:
    foreign = changed(lora, tmp_path / "foreign", target_modules=["query_key_value"])
    assert "and does not fit this one: " in refusal(whisper_checkpoint, foreign)


def refusal(checkpoint: Path, lora: Path) -> str:
    """The one sentence with which a LoRA is refused."""
    with pytest.raises(WeightsError) as caught:
        loaded(Whisper, checkpoint, lora=str(lora))
    (sentence,) = str(caught.value).splitlines()
    return sentence


def test_what_is_no_lora_is_told(whisper_checkpoint: Path, lora: Path, tmp_path: Path) -> None:
    assert "nowhere is no folder; name the one that holds adapter_config.json" in refusal(
        whisper_checkpoint, tmp_path / "nowhere"
    )
    assert "has no adapter_config.json" in refusal(whisper_checkpoint, tmp_path)
    pickled = changed(lora, tmp_path / "pickled")
    (pickled / WEIGHTS).rename(pickled / "adapter_model.bin")
    assert "lacks adapter_model.safetensors" in refusal(whisper_checkpoint, pickled)
