"""What a file or folder of weights is, told by what it holds, and which adapter runs it.

Weights under a wrong adapter are a common mistake: the message names what they are, instead of what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from pytest_asrbench.adapter import PICKLE_STARTS, PICKLE_SUFFIXES
from pytest_asrbench.errors import WeightsError

TRANSFORMERS = (
    *("transformers", "whisper", "granite", "voxtral", "phi4", "crisperwhisper", "transformers-llm"),
    *("ultravox", "qwen-audio", "baichuan-omni", "kimi-audio", "nemo-salm"),  # in its layout
)
NOBODY = "no adapter of this version runs it"
PICKLED_NAMES = "*_model*.bin"  # pytorch_model.bin, adapter_model.bin and their shards
HEAD = 64  # bytes that tell a file's format


@dataclass(frozen=True, slots=True)
class Kind:
    """A format: what users call it, the adapters that run it, and what to do ("{}" stands for the path)."""

    name: str
    adapters: tuple[str, ...] = ()
    remedy: str = NOBODY


FORMATS = {
    "ggml": Kind("a ggml file of whisper.cpp", ("whisper-cpp", "transcribe-cpp"), "name it as whisper-cpp:{}"),
    "gguf": Kind(
        "a GGUF file",
        ("transcribe-cpp", "llama-cpp"),
        "name it as transcribe-cpp:{}, if it is a speech model's, or llama-cpp:{} behind a plus, if a language model's",
    ),
    "ctranslate2": Kind("a CTranslate2 model", ("faster-whisper", "whisperx"), "name its folder as faster-whisper:{}"),
    "onnx": Kind(
        "an ONNX model",
        ("moonshine", "onnx-asr"),
        "the adapter moonshine runs Moonshine's, onnx-asr those of Parakeet, Canary, GigaAM, Whisper and others",
    ),
    "nemo": Kind("a NeMo archive", (), f"{NOBODY}; take the model in transformers' format, if there is one"),
    "pickle": Kind("a pickle", (), "loading one runs code, so that none ever is; convert it to safetensors"),
    "safetensors": Kind("one file of a checkpoint", (), "name the folder that holds it and its config.json"),
    "transformers": Kind("a checkpoint for transformers", TRANSFORMERS, "name it as transformers:{}"),
    "pocketsphinx": Kind("a PocketSphinx model", ("pocketsphinx",), "name it as pocketsphinx:{}"),
    "coreml": Kind("a Core ML model", (), NOBODY),
    "tflite": Kind("a TensorFlow Lite model", (), NOBODY),
    "tensorflow": Kind("a TensorFlow or Flax checkpoint", (), "convert it to safetensors"),
    "openvino": Kind("an OpenVINO model", (), NOBODY),
    "mlx": Kind("an MLX or NumPy archive", (), f"{NOBODY}; take the model's safetensors"),
}
SUFFIXES = {
    ".gguf": "gguf",
    ".onnx": "onnx",
    ".nemo": "nemo",
    ".safetensors": "safetensors",
    ".mlmodel": "coreml",
    ".mlmodelc": "coreml",
    ".mlpackage": "coreml",
    ".tflite": "tflite",
    ".h5": "tensorflow",
    ".msgpack": "tensorflow",
    ".npz": "mlx",
    **dict.fromkeys(PICKLE_SUFFIXES, "pickle"),
}


def refuse_other_kinds(path: Path, adapter: str) -> None:
    """Raise WeightsError, with what it is and what runs it, if `path` holds what another adapter, or none, is for."""
    found = list(_contents(path))
    kinds = [FORMATS[name] for _, name in found]
    if any(adapter in kind.adapters for kind in kinds):
        return
    if lora := _lora(path):
        raise WeightsError(lora)
    for (file, _), kind in zip(found, kinds, strict=True):
        holds = f"{path} is" if file == path else f"{path} holds {file.name},"
        remedy = kind.remedy.replace("{}", str(file))
        raise WeightsError(f"{holds} {kind.name}, which the adapter {adapter} cannot run: {remedy}.")


def _lora(folder: Path) -> str:
    """Return what to say of a folder that holds a LoRA alone; "" for any other."""
    config = folder / "adapter_config.json"
    if not config.is_file() or (folder / "config.json").exists():
        return ""
    try:
        base = json.loads(config.read_text("utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError, RecursionError):
        base = None
    return (
        f"{folder} is a LoRA (PEFT) without its base model{f' {str(base)[:100]}' if base else ''}: name it as "
        f"transformers:{folder}, which puts it on that, or merge the two and name the folder of the result."
    )


def _contents(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield what a path is, or what the files in a folder are: (file, name of the format), the whole folder first."""
    if path.is_dir() and path.suffix not in SUFFIXES:
        files = sorted(path.iterdir())
        names = {file.name for file in files}
        if "config.json" in names and any(name.endswith(".safetensors") for name in names):
            yield path, "transformers"
        elif (path / "mdef").is_file() or any(path.glob("*/mdef")):
            yield path, "pocketsphinx"
        elif "model.bin" in names and _format(path / "model.bin") == "ctranslate2":
            yield path, "ctranslate2"
        elif any(path.glob("openvino_*.xml")):
            yield path, "openvino"
        for file in files + sorted(path.glob("onnx/*.onnx")):
            if kind := _format(file):
                yield file, kind
    elif kind := _format(path):
        yield path, kind


def _format(path: Path) -> str:
    """Return the name of a file's format, by its first bytes, else by its suffix; "" if it is none of ours."""
    by_name = "pickle" if fnmatch(path.name, PICKLED_NAMES) else SUFFIXES.get(path.suffix.lower(), "")
    if not path.is_file():
        return by_name if path.is_dir() else ""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return by_name
    if head.startswith(b"GGUF"):
        return "gguf"
    if head.startswith(b"lmgg"):
        return "ggml"
    if path.suffix.lower() == ".bin" and _is_ctranslate2(head):
        return "ctranslate2"
    if path.suffix.lower() == ".bin" and head.startswith(PICKLE_STARTS):
        return "pickle"
    return by_name


def _is_ctranslate2(head: bytes) -> bool:
    """Whether a file begins as CTranslate2's do: a small version, then the length and the name of a "...Spec"."""
    version, length = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:6], "little")
    return 0 < version < 100 and head[6 : 6 + length].rstrip(b"\0").endswith(b"Spec")
