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
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.models.catalog import Architecture, CatalogFacts
from pytest_asrbench.models.entry import ModelEntry, catalogue
from pytest_asrbench.models.footprint import Estimate, estimate
from pytest_asrbench.models.registry import adapters
from tests.checkpoints.common import RATE, Clip, cached, clips, joined
from tests.checkpoints.real import whisper
from tests.real.models import SEVERAL, WAYS, Way

PATIENCE = Limit(600.0)
NOTHING = Architecture()
TINY_WHISPER = Architecture(
    encoder_width=32,
    encoder_inner=128,
    encoder_heads=2,
    encoder_frames=50,
    window=30,
    layers=2,
    width=32,
    cache_width=32,
    audio_tokens=50,
    vocabulary=51_866,
)
# Of samples at 24 kHz; torch's convolutions on a CPU compute in blocks of 16 channels, where there are fewer, too.
TINY_CODEC = Architecture(front=16 * 24_000)
TINY_CONFORMER = Architecture(encoder_width=64, encoder_inner=128, encoder_heads=2, encoder_frames=50, pairs=2 + 32)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint, and how it is run. source: where it lies, made if it is not there.

    sizes: of its weights, in the precision in which it computes; none: packed when it is loaded. built: its sizes, of
    those that are so small that nothing but its weights and the runtime counts: none.
    """

    adapter: str
    source: Callable[[], Path]
    sizes: Callable[[Path], Mapping[str, int]]
    options: Mapping[str, Any] = field(default_factory=dict)
    built: Architecture = NOTHING
    parameters: int | None = None
    language: str | None = "en"

    @property
    def entry(self) -> ModelEntry:
        """As a catalogue would describe it."""
        facts = CatalogFacts(self.parameters, self.sizes(self.source()), self.built)
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
    heard = [*clips(), joined(clips())]
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
            rate = host.load(PATIENCE).sample_rate
            for clip in heard:
                told = Utterance(_at(rate, clip), checkpoint.language)
                (call,) = host.transcribe([told], Decoding(), rounds=1, warmup=0, limit=PATIENCE)
        finally:
            host.close()
    assert call.memory.peak_ram is not None
    return Comparison(found, call.memory.peak_ram - (call.memory.empty_ram or 0))


def _at(rate: int, clip: Clip) -> Audio:
    """A clip as an adapter receives it that expects this rate."""
    import numpy
    import soxr

    samples = clip.samples if rate == RATE else soxr.resample(clip.samples, RATE, rate)
    return Audio(numpy.ascontiguousarray(samples, dtype=numpy.float32).tobytes(), rate, clip.id)


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


def packed(_: Path) -> Mapping[str, int]:
    """Nothing: the weights are packed when they are loaded, and reckoned from their number."""
    return {}


def _real(name: str, like: str, way: Way) -> Checkpoint:
    """Whisper tiny.en or base by one of the ways."""
    facts = catalogue()[like].facts
    return Checkpoint(
        way.adapter,
        partial(whisper, name, way.layout),
        _SIZES.get((way.layout, way.precision), file(way.precision)),
        way.options,
        facts.architecture or NOTHING,
        facts.parameters,
        None if name == "tiny.en" else "en",
    )


_SIZES = {
    ("hf", "float32"): tensors,
    ("ct2", "float32"): file("float32", "model.bin", 2.0),  # which holds them in 16 bits
    ("ct2", "int8_float32"): packed,
    ("onnx", "float32"): file("float32", "onnx/*[!8].onnx"),
    ("onnx", "int8"): file("int8", "onnx/*_int8.onnx"),
}
REAL = {
    f"{name}-{key}": _real(name, like, way)
    for name, like in (("tiny.en", "whisper-tiny.en"), ("base", "whisper-base"))
    for key, way in WAYS.items()
    if name == "tiny.en" or key in SEVERAL
}
TINY = {
    "whisper": Checkpoint("whisper", made("whisper"), tensors, built=TINY_WHISPER),
    "whisper.cpp-f16": Checkpoint("whisper-cpp", made("ggml", "ggml-f16.bin"), file("float16"), built=TINY_WHISPER),
    "whisper.cpp-q5_0": Checkpoint("whisper-cpp", made("ggml", "ggml-q5_0.bin"), file("q5_0"), built=TINY_WHISPER),
    "faster-whisper": Checkpoint("faster-whisper", made("ct2"), file("float32", "model.bin", 2.0), built=TINY_WHISPER),
    "transcribe.cpp-f16": Checkpoint(
        "transcribe-cpp", made("gguf", "whisper-F16.gguf"), file("float16"), built=TINY_WHISPER
    ),
    "transcribe.cpp-q8_0": Checkpoint(
        "transcribe-cpp", made("gguf", "whisper-Q8_0.gguf"), file("q8_0"), built=TINY_WHISPER
    ),
    "onnx-asr-whisper": Checkpoint(
        "onnx-asr", made("whisper_onnx"), file("float32", "onnx/*[!8].onnx"), built=TINY_WHISPER
    ),
    "onnx-asr-nemo": Checkpoint("onnx-asr", made("nemo_ctc"), file("float32", "model.onnx")),
    "moonshine": Checkpoint("moonshine", made("moonshine"), file("float32", "*.onnx")),
    "granite": Checkpoint("granite", made("granite"), tensors),
    "voxtral": Checkpoint("voxtral", made("voxtral"), tensors),
    "phi4": Checkpoint("phi4", made("phi4"), tensors),
    **{name: Checkpoint("transformers", made(name), tensors) for name in ("qwen2_audio", "qwen_omni", "glm_asr")},
    **{name: Checkpoint("transformers", made(name), tensors, built=TINY_CONFORMER) for name in ("ctc", "seamless")},
    "moonshine-hf": Checkpoint("transformers", made("moonshine", "transformers"), tensors),
    **{
        name: Checkpoint("transformers", made("untrained", name), tensors)
        for name in (
            *("parakeet_ctc", "parakeet_tdt", "canary", "cohere_asr", "qwen3_asr", "fun_asr_nano"),
            *("voxtral_realtime", "moonshine_streaming"),
        )
    },
    **{
        name: Checkpoint("transformers", made("untrained", name), tensors, built=TINY_CODEC)
        for name in ("kyutai_stt", "vibevoice_asr")
    },
}


ALL = {**REAL, **{f"tiny {name}": one for name, one in TINY.items()}}


def main(names: list[str]) -> None:
    """Print what each takes, or those that are named."""
    for name in names or ALL:
        found = compare(ALL[name])
        parts = found.estimate
        print(
            f"{name:30} weights {parts.weights / 1e6:6.1f} + working {parts.working.total / 1e6:6.1f} + runtime "
            f"{parts.runtime / 1e6:6.1f} = {parts.total / 1e6:7.1f} MB, measured {found.measured / 1e6:7.1f}: "
            f"{found.error:+.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
