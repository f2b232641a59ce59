"""The runs that are compared: one source of weights, through each runtime, in each precision that is made of it."""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import Adapter
from tests.checkpoints.real import whisper


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a Whisper: the adapter by its name, the layout that it takes, its options, and its precision.

    library: the module without which it cannot run here; loop: the loop in `tests.benchmarks.hand_written` that calls
    that library directly.
    """

    adapter: str
    layout: str
    precision: str
    library: str
    loop: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def there(self) -> bool:
        """Whether the library is installed."""
        return importlib.util.find_spec(self.library) is not None


WAYS = {
    "transformers": Way("whisper", "hf", "float32", "transformers", "whisper"),
    "whisper.cpp-f16": Way("whisper-cpp", "ggml", "float16", "pywhispercpp", "whisper_cpp"),
    "whisper.cpp-q5_0": Way("whisper-cpp", "ggml-q5_0", "q5_0", "pywhispercpp", "whisper_cpp"),
    "faster-whisper": Way("faster-whisper", "ct2", "float32", "faster_whisper", "faster_whisper"),
    "faster-whisper-int8": Way(
        "faster-whisper", "ct2", "int8_float32", "faster_whisper", "faster_whisper", {"compute_type": "int8"}
    ),
    "transcribe.cpp-f16": Way("transcribe-cpp", "gguf", "float16", "transcribe_cpp", "transcribe_cpp"),
    "transcribe.cpp-q8_0": Way("transcribe-cpp", "gguf-q8_0", "q8_0", "transcribe_cpp", "transcribe_cpp"),
    "onnx-asr": Way("onnx-asr", "onnx", "float32", "onnx_asr", "onnx_asr"),
    "onnx-asr-int8": Way("onnx-asr", "onnx", "int8", "onnx_asr", "onnx_asr", {"quantization": "int8"}),
}
# onnx-asr does not say which language it has heard, and exporting base takes longer than all else.
SEVERAL = [name for name, way in WAYS.items() if way.adapter != "onnx-asr"]
CLASSES = {
    "whisper": "whisper:Whisper",
    "whisper-cpp": "whisper_cpp:WhisperCpp",
    "faster-whisper": "faster_whisper:FasterWhisper",
    "transcribe-cpp": "transcribe_cpp:TranscribeCpp",
    "onnx-asr": "onnx_asr:OnnxAsr",
}


def loaded(name: str, way: Way, **options: Any) -> tuple[Adapter, Path]:
    """Return the adapter with the weights of the Whisper `name` in it, and where they lie."""
    module, _, kind = CLASSES[way.adapter].partition(":")
    source = whisper(name, way.layout)
    made = getattr(importlib.import_module(f"pytest_asrbench.model_adapters.{module}"), kind)
    adapter: Adapter = made(str(source), {**way.options, **options})
    adapter.load("cpu", "auto")
    return adapter, source


def project(folder: Path, name: str, ways: Iterable[str]) -> list[str]:
    """Define the Whisper `name` by each way in the folder's asrbench.toml; return the names of the models.

    The weights are links in `folder`, where links can be made, so that no result names another place.
    """
    (folder / "weights").mkdir(parents=True, exist_ok=True)
    models = {f"{name}-{key}": WAYS[key] for key in ways}
    with (folder / "asrbench.toml").open("a", encoding="utf-8") as file:
        for model, way in models.items():
            options = ", ".join(f"{key} = {json.dumps(value)}" for key, value in way.options.items())
            file.write(
                f"[models.{json.dumps(model)}]\n"
                f"adapter = {json.dumps(way.adapter)}\n"
                f"source = {json.dumps(_linked(folder, name, way.layout))}\n"
                f"options = {{ {options} }}\n\n"
            )
    return list(models)


def _linked(folder: Path, name: str, layout: str) -> str:
    """Return the place of the weights as a source of a model of the project in `folder`."""
    weights = whisper(name, layout)
    link = folder / "weights" / f"{name}-{layout}{weights.suffix if weights.is_file() else ''}"
    try:
        if not link.exists():
            link.symlink_to(weights, target_is_directory=weights.is_dir())
    except OSError:  # not everybody may, on Windows
        return str(weights)
    return f"./weights/{link.name}"
