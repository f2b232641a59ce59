"""What a run takes of main memory, by the formula and as it was measured, on every checkpoint that is made here.

`python -m tests.benchmarks.memory [NAME ...]` prints a table. Each checkpoint is loaded in a process of its own, as a
session does, and hears all clips; its peak less that of an empty process is held against `models.footprint.estimate`.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import Decoding, Utterance
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.models.catalog import Architecture, CatalogFacts
from pytest_asrbench.models.entry import ModelEntry, catalogue
from pytest_asrbench.models.footprint import Estimate, estimate
from pytest_asrbench.models.registry import adapters
from tests.checkpoints.common import RATE, audio, cached, clips, joined
from tests.checkpoints.real import whisper
from tests.real.models import WAYS

PATIENCE = Limit(600.0)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint, and how it is run. source: where it lies, made if it is not there.

    like: the model of the catalogue whose architecture it has; None: one so small that its weights and the runtime are
    all. precision: in which it computes; sizes: of its weights then, by their files.
    """

    adapter: str
    source: Callable[[], Path]
    sizes: Callable[[Path], Mapping[str, int]]
    options: Mapping[str, Any] = field(default_factory=dict)
    like: str = ""
    parameters: int | None = None
    language: str | None = "en"

    @property
    def entry(self) -> ModelEntry:
        """As a catalogue would describe it."""
        built = catalogue()[self.like].facts.architecture if self.like else Architecture()
        facts = CatalogFacts(self.parameters, self.sizes(self.source()), built)
        return ModelEntry("checkpoint", self.adapter, str(self.source()), self.options, facts=facts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was reckoned and what was measured, in bytes."""

    estimate: Estimate
    measured: int

    @property
    def error(self) -> float:
        """How far the estimate is off, as a share of what was measured."""
        return self.estimate.total / self.measured - 1


def compare(checkpoint: Checkpoint) -> Comparison:
    """Run a checkpoint on all clips, and reckon what that takes."""
    entry = checkpoint.entry
    (precision,) = entry.facts.weights or ("int8",)
    heard = [*clips(1), joined(clips())]
    found = estimate(entry, "cpu", precision, max(len(one.samples) for one in heard) / RATE)
    assert found is not None
    with tempfile.TemporaryDirectory() as folder:
        plan = HostPlan(
            "checkpoint",
            adapters()[entry.adapter],
            entry.source,
            dict(entry.options),
            "cpu",
            "auto",
            Path(folder) / "log.txt",
        )
        host = ChildHost(plan)
        try:
            host.load(PATIENCE)
            for clip in heard:
                told = Utterance(audio(clip.samples, clip.id), checkpoint.language)
                (call,) = host.transcribe([told], Decoding(), rounds=1, warmup=0, limit=PATIENCE)
        finally:
            host.close()
    assert call.memory.peak_ram is not None
    return Comparison(found, call.memory.peak_ram - (call.memory.empty_ram or 0))


def made(family: str, below: str = "") -> Callable[[], Path]:
    """Where a tiny checkpoint lies."""

    def source() -> Path:
        module = importlib.import_module(f"tests.checkpoints.{family}")
        return cached(family, module.make, *getattr(module, "SOURCES", ())) / below

    return source


def tensors(source: Path) -> Mapping[str, int]:
    """Bytes in float32 of a folder of transformers, by the headers of its files."""
    shapes = [one["shape"] for path in source.glob("*.safetensors") for one in _header(path) if "shape" in one]
    return {"float32": 4 * sum(map(prod, shapes))}


def _header(path: Path) -> list[Mapping[str, Any]]:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        return list(json.loads(file.read(size)).values())


def file(precision: str, pattern: str = "", factor: float = 1.0) -> Callable[[Path], Mapping[str, int]]:
    """Bytes of the files that match `pattern`, or of the one that is the source, times `factor`."""

    def sizes(source: Path) -> Mapping[str, int]:
        found = source.glob(pattern) if pattern else [source]
        return {precision: round(factor * sum(path.stat().st_size for path in found))}

    return sizes


def _real() -> dict[str, Checkpoint]:
    """Whisper tiny.en and base by every way."""
    sizes = {
        "hf": tensors,
        "onnx": file("float32", "onnx/*model*[!8].onnx"),
        "ct2": file("float32", "model.bin", 2.0),
    }
    found = {}
    for name, like in (("tiny.en", "whisper-tiny.en"), ("base", "whisper-base")):
        for key, way in WAYS.items():
            if name == "base" and way.adapter == "onnx-asr":
                continue  # exporting it takes longer than all else
            size = sizes.get(way.layout, file(way.precision))
            if way.options.get("compute_type"):
                size = lambda source: {}  # noqa: E731
            elif way.options.get("quantization"):
                size = file("int8", "onnx/*_int8.onnx")
            found[f"{name}-{key}"] = Checkpoint(
                way.adapter,
                lambda name=name, layout=way.layout: whisper(name, layout),
                size,
                way.options,
                like,
                catalogue()[like].facts.parameters,
                None if name == "tiny.en" else "en",
            )
    return found


REAL = _real()
TINY = {
    "whisper": Checkpoint("whisper", made("whisper"), tensors),
    "whisper.cpp-f16": Checkpoint("whisper-cpp", made("ggml", "ggml-f16.bin"), file("float16")),
    "whisper.cpp-q5_0": Checkpoint("whisper-cpp", made("ggml", "ggml-q5_0.bin"), file("q5_0")),
    "faster-whisper": Checkpoint("faster-whisper", made("ct2"), file("float32", "model.bin", 2.0)),
    "transcribe.cpp-f16": Checkpoint("transcribe-cpp", made("gguf", "whisper-F16.gguf"), file("float16")),
    "transcribe.cpp-q8_0": Checkpoint("transcribe-cpp", made("gguf", "whisper-Q8_0.gguf"), file("q8_0")),
    "onnx-asr-whisper": Checkpoint("onnx-asr", made("whisper_onnx"), file("float32", "onnx/*merged.onnx")),
    "onnx-asr-nemo": Checkpoint("onnx-asr", made("nemo_ctc"), file("float32", "model.onnx")),
    "moonshine": Checkpoint("moonshine", made("moonshine"), file("float32", "*.onnx")),
    "granite": Checkpoint("granite", made("granite"), tensors),
    "voxtral": Checkpoint("voxtral", made("voxtral"), tensors),
    "phi4": Checkpoint("phi4", made("phi4"), tensors),
    **{
        name: Checkpoint("transformers", made(name), tensors)
        for name in ("ctc", "qwen2_audio", "qwen_omni", "glm_asr", "seamless")
    },
    "moonshine-hf": Checkpoint("transformers", made("moonshine", "transformers"), tensors),
    **{
        name: Checkpoint("transformers", made("untrained", name), tensors)
        for name in (
            *("parakeet_ctc", "parakeet_tdt", "canary", "cohere_asr", "qwen3_asr", "fun_asr_nano", "kyutai_stt"),
            *("voxtral_realtime", "vibevoice_asr", "moonshine_streaming"),
        )
    },
}


def main(names: list[str]) -> None:
    """Print what each takes."""
    for name, one in {**REAL, **{f"tiny {key}": value for key, value in TINY.items()}}.items():
        if names and name not in names:
            continue
        found = compare(one)
        parts = found.estimate
        print(
            f"{name:32} weights {parts.weights / 1e6:7.1f} working {parts.working.total / 1e6:6.1f} runtime "
            f"{parts.runtime / 1e6:6.1f} = {parts.total / 1e6:7.1f} measured {found.measured / 1e6:7.1f} MB "
            f"{found.error:+.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
