"""Weights given to a wrong adapter: what they are, and which adapter runs them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_asrbench.model_adapters.checkpoint_files import local_folder
from pytest_asrbench.model_adapters.ggml_file import inspect
from pytest_asrbench.model_adapters.kinds import TRANSFORMERS, refuse_other_kinds
from pytest_asrbench.model_adapters.moonshine import _folder

from pytest_asrbench.errors import WeightsError

CTRANSLATE2 = struct.pack("<IH", 6, 12) + b"WhisperSpec\0" + struct.pack("<I", 3)
GGML = struct.pack("<i", 0x67676D6C) + bytes(44)


def files(**contents: bytes) -> Callable[[Path], Path]:
    """Make a folder of files; two underscores in a keyword stand for a dot."""

    def make(folder: Path) -> Path:
        folder.mkdir()
        for name, content in contents.items():
            (folder / name.replace("__", ".")).write_bytes(content)
        return folder

    return make


def file(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        folder.mkdir()
        (folder / name).write_bytes(content)
        return folder / name

    return make


# What it is called: how it is made, what is said, and the adapters that it is right for.
KINDS: dict[str, tuple[Callable[[Path], Path], str, tuple[str, ...]]] = {
    "GGUF": (
        file("voxtral.gguf", b"GGUF\x03\0\0\0"),
        r"is a GGUF file.*name it as transcribe-cpp:.*gguf, if it.*llama-cpp:.*gguf behind a plus",
        ("transcribe-cpp", "llama-cpp"),
    ),
    "GGUF called .bin": (file("model.bin", b"GGUF\x03\0\0\0"), "is a GGUF file", ("transcribe-cpp", "llama-cpp")),
    "GGUF in a folder": (
        files(model__gguf=b"GGUF"),
        r"holds model\.gguf, a GGUF file",
        ("transcribe-cpp", "llama-cpp"),
    ),
    "ggml": (
        file("ggml-base.bin", GGML),
        r"is a ggml file .*name it as whisper-cpp:.*ggml-base\.bin",
        ("whisper-cpp", "transcribe-cpp"),
    ),
    "ggml in a folder": (
        files(x__bin=GGML),
        r"holds x\.bin, a ggml file.*whisper-cpp:.*x\.bin",
        ("whisper-cpp", "transcribe-cpp"),
    ),
    "CTranslate2": (
        files(model__bin=CTRANSLATE2, config__json=b"{}", vocabulary__txt=b"a"),
        r"is a CTranslate2 model, .*: name its folder as faster-whisper:",
        ("faster-whisper", "whisperx"),
    ),
    "CTranslate2's file": (file("model.bin", CTRANSLATE2), "is a CTranslate2 model", ("faster-whisper", "whisperx")),
    "ONNX": (files(model__onnx=b"\x08\x07"), r"holds model\.onnx, an ONNX model.*onnx-asr", ("moonshine", "onnx-asr")),
    "NeMo": (file("canary.nemo", b"./\0"), "is a NeMo archive", ()),
    "a pickle": (file("large.pt", b"PK\x03\x04"), "is a pickle, .*loading one runs code", ()),
    "an old pickle": (file("model.bin", b"\x80\x02}q"), "is a pickle", ()),
    "a pickled folder": (
        files(config__json=b"{}", pytorch_model__bin=b"PK\x03\x04"),
        r"holds pytorch_model\.bin, a pickle",
        (),
    ),
    "one file of a checkpoint": (file("model.safetensors", b"x"), "name the folder that holds it", ()),
    "transformers": (
        files(config__json=b"{}", model__safetensors=b"x"),
        "is a checkpoint for transformers, .*: name it as transformers:",
        TRANSFORMERS,
    ),
    "PocketSphinx": (files(mdef=b"x"), "is a PocketSphinx model", ("pocketsphinx",)),
    "Core ML": (file("encoder.mlmodel", b"x"), "is a Core ML model", ()),
}
ADAPTERS = (
    "transformers",
    "whisper",
    "granite",
    "voxtral",
    "phi4",
    "whisper-cpp",
    "faster-whisper",
    "whisperx",
    "crisperwhisper",
    "ultravox",
    "qwen-audio",
    "baichuan-omni",
    "kimi-audio",
    "nemo-salm",
    "transcribe-cpp",
    "moonshine",
    "onnx-asr",
    "pocketsphinx",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_weights_of_another_kind_are_named(kind: str, adapter: str, tmp_path: Path) -> None:
    make, message, right = KINDS[kind]
    path = make(tmp_path / "weights")
    if adapter in right:
        refuse_other_kinds(path, adapter)
        return
    with pytest.raises(WeightsError, match=message) as caught:
        refuse_other_kinds(path, adapter)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_none_of_them_is_left_to_the_adapter(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", "utf-8")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "absent", tmp_path / "absent.bin"):
        refuse_other_kinds(path, "whisper")


def test_a_checkpoint_that_holds_its_pickle_too_is_used(tmp_path: Path) -> None:
    folder = files(config__json=b"{}", model__safetensors=b"x", pytorch_model__bin=b"PK\x03\x04")(tmp_path / "both")
    refuse_other_kinds(folder, "whisper")


def test_a_moonshine_release_for_both_runtimes_serves_both(tmp_path: Path) -> None:
    folder = files(config__json=b"{}", model__safetensors=b"x", encoder_model__onnx=b"x")(tmp_path / "both")
    refuse_other_kinds(folder, "moonshine")
    refuse_other_kinds(folder, "transformers")


@pytest.mark.parametrize(
    "config", ['{"base_model_name_or_path": "openai/whisper-small", "peft_type": "LORA"}', "{", "[]"]
)
@pytest.mark.parametrize("weights", ["adapter_model.safetensors", "adapter_model.bin"])
def test_a_lora_alone_is_named_with_the_way_in(config: str, weights: str, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(config, "utf-8")
    (tmp_path / weights).write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"LoRA .*transformers:.*name the folder of the result") as caught:
        local_folder(str(tmp_path), "whisper")
    assert ("openai/whisper-small" in str(caught.value)) == ("base_model" in config)


def test_a_model_with_its_lora_inside_is_no_lora_alone(tmp_path: Path) -> None:
    for name in ("config.json", "adapter_config.json"):
        (tmp_path / name).write_text(json.dumps({}), "utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"x")
    refuse_other_kinds(tmp_path, "granite")


def test_each_adapter_asks(tmp_path: Path) -> None:
    folder = files(model__bin=CTRANSLATE2, config__json=b"{}")(tmp_path / "ct2")
    asked: list[Callable[[], object]] = [
        lambda: local_folder(str(folder), "whisper"),
        lambda: inspect(folder),
        lambda: _folder(str(folder)),
    ]
    for ask in asked:
        with pytest.raises(WeightsError, match="CTranslate2"):
            ask()
