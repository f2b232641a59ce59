"""Which device a model gets, with adapters and runtimes that stand in for real ones."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import DeviceError, WeightsError
from pytest_asrbench.machine import devices


class Picky:
    """Loads on devices that `failures` does not name, and raises what it says for the others."""

    info: ClassVar[AdapterInfo] = AdapterInfo(runtime="picky", backend="torch")

    def __init__(self, failures: Mapping[str, Exception] | None = None) -> None:
        self.failures = dict(failures or {})
        self.tried: list[str] = []
        self.closed = 0

    def load(self, device: str, dtype: str) -> Loaded:
        self.tried.append(device)
        if device in self.failures:
            raise self.failures[device]
        return Loaded(device, dtype)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        return []

    def close(self) -> None:
        self.closed += 1


def torch_with(*, cuda: bool = False, hip: str | None = None, mps: bool = False, xpu: bool = False) -> Any:
    return SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: cuda),
        version=SimpleNamespace(hip=hip),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
        xpu=SimpleNamespace(is_available=lambda: xpu),
    )


@pytest.fixture
def rocm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose torch is a ROCm build, with DirectML beside it."""
    monkeypatch.setitem(sys.modules, "torch", torch_with(cuda=True, hip="7.0"))
    monkeypatch.setitem(sys.modules, "torch_directml", SimpleNamespace(is_available=lambda: True))


@pytest.mark.parametrize(
    ("torch", "chain"),
    [
        (torch_with(), ["cpu"]),
        (torch_with(cuda=True), ["cuda:0", "cpu"]),
        (torch_with(cuda=True, hip="7.0"), ["rocm:0", "cpu"]),
        (torch_with(mps=True), ["mps", "cpu"]),
        (torch_with(xpu=True), ["xpu:0", "cpu"]),
        (None, ["cpu"]),
    ],
)
def test_the_chain_of_torch(monkeypatch: pytest.MonkeyPatch, torch: Any, chain: list[str]) -> None:
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch_directml", None)
    assert devices.candidates("torch") == chain


@pytest.mark.parametrize(
    ("providers", "chain"),
    [
        (["CPUExecutionProvider"], ["cpu"]),
        (["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"], ["cuda:0", "cpu"]),
        (["MIGraphXExecutionProvider", "ROCMExecutionProvider", "CPUExecutionProvider"], ["rocm:0", "cpu"]),
        (["DmlExecutionProvider", "CPUExecutionProvider"], ["directml:0", "cpu"]),
    ],
)
def test_the_chain_of_onnx_runtime(monkeypatch: pytest.MonkeyPatch, providers: list[str], chain: list[str]) -> None:
    runtime = SimpleNamespace(get_available_providers=lambda: providers)
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    assert devices.candidates("onnxruntime") == chain


@pytest.mark.parametrize(
    ("info", "chain"),
    [
        ("WHISPER : COREML = 0 | OPENVINO = 0 | CPU : SSE3 = 1 | AVX2 = 1 |", ["cpu"]),
        ("WHISPER : COREML = 0 | CUDA : ARCHS = 890 | USE_GRAPHS = 1 | CPU : SSE3 = 1 |", ["cuda:0", "cpu"]),
        ("WHISPER : COREML = 0 | ROCm : NO_VMM = 1 | CPU : SSE3 = 1 |", ["rocm:0", "cpu"]),
        ("WHISPER : COREML = 0 | Metal : EMBED_LIBRARY = 1 | CPU : NEON = 1 |", ["mps", "cpu"]),
        ("WHISPER : COREML = 0 | Vulkan : FP16 = 1 | CPU : SSE3 = 1 |", ["vulkan:0", "cpu"]),
        ("AVX = 1 | METAL = 0 | CUDA = 0 | COREML = 0 |", ["cpu"]),
    ],
)
def test_the_chain_of_whisper_cpp(monkeypatch: pytest.MonkeyPatch, info: str, chain: list[str]) -> None:
    monkeypatch.setitem(sys.modules, "_pywhispercpp", SimpleNamespace(whisper_print_system_info=lambda: info))
    assert devices.candidates("whisper.cpp") == chain


@pytest.mark.parametrize(
    ("kinds", "chain"),
    [
        (["cpu"], ["cpu"]),
        (["accel", "cpu"], ["cpu"]),
        (["vulkan", "vulkan", "cpu"], ["vulkan:0", "cpu"]),
        (["vulkan", "rocm", "cpu"], ["rocm:0", "vulkan:0", "cpu"]),
        (["metal", "cpu"], ["mps", "cpu"]),
        (["vulkan", "cuda", "cpu"], ["cuda:0", "vulkan:0", "cpu"]),
    ],
)
def test_the_chain_of_transcribe_cpp(monkeypatch: pytest.MonkeyPatch, kinds: list[str], chain: list[str]) -> None:
    runtime = SimpleNamespace(backends=lambda: [SimpleNamespace(kind=kind) for kind in kinds])
    monkeypatch.setitem(sys.modules, "transcribe_cpp", runtime)
    assert devices.candidates("transcribe.cpp") == chain


def test_a_runtime_whose_native_part_does_not_load_reaches_the_cpu_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "transcribe_cpp.py").write_text("raise RuntimeError('no usable compute backend')\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "transcribe_cpp", raising=False)
    assert devices.candidates("transcribe.cpp") == ["cpu"]


def test_one_order_for_all_runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an AMD laptop: ROCm, Vulkan, DirectML, CPU, each where the runtime has it, in whatever order it names them."""
    monkeypatch.setitem(devices._PROBES, "any", lambda: ["directml:0", "vulkan:0", "rocm:0"])
    assert devices.candidates("any") == ["rocm:0", "vulkan:0", "directml:0", "cpu"]


def test_an_amd_laptop_is_told_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(devices._PROBES, "torch", lambda: ["vulkan:0", "rocm:0"])
    placed = devices.place(Picky({"rocm:0": DeviceError("ROCm has no code for gfx1103")}), "auto", "auto")
    assert placed.loaded.device == "vulkan:0"
    assert placed.notes == [
        "rocm:0: passed over, ROCm has no code for gfx1103",
        "vulkan:0: used, best available",
    ]


def test_a_runtime_that_knows_no_accelerator_runs_on_the_cpu() -> None:
    assert devices.candidates("none") == ["cpu"]


@pytest.mark.usefixtures("rocm")
def test_auto_takes_the_best_and_says_so() -> None:
    placed = devices.place(Picky(), "auto", "auto")
    assert placed.loaded.device == "rocm:0"
    assert placed.notes == ["rocm:0: used, best available"]


@pytest.mark.usefixtures("rocm")
def test_auto_falls_back_when_memory_runs_out_and_tells_the_story() -> None:
    full = RuntimeError("HIP out of memory. Tried to allocate 9.00 GiB")
    adapter = Picky({"rocm:0": full, "directml:0": DeviceError("DirectML has no kernel for this model")})
    placed = devices.place(adapter, "auto", "auto")
    assert adapter.tried == ["rocm:0", "directml:0", "cpu"]
    assert adapter.closed == 2, "what was loaded half is let go before the next try"
    assert placed.notes == [
        "rocm:0: passed over, HIP out of memory. Tried to allocate 9.00 GiB",
        "directml:0: passed over, DirectML has no kernel for this model",
        "cpu: used, best available",
    ]


@pytest.mark.usefixtures("rocm")
def test_auto_does_not_hide_what_no_other_device_would_mend() -> None:
    adapter = Picky({"rocm:0": WeightsError("the file is truncated")})
    with pytest.raises(WeightsError, match="truncated"):
        devices.place(adapter, "auto", "auto")
    assert adapter.tried == ["rocm:0"]


@pytest.mark.usefixtures("rocm")
def test_a_named_device_never_falls_back() -> None:
    adapter = Picky({"rocm:0": RuntimeError("out of memory")})
    with pytest.raises(RuntimeError, match="out of memory"):
        devices.place(adapter, "rocm:0", "auto")
    assert adapter.tried == ["rocm:0"]


def test_an_unknown_device_is_named_with_the_known_ones() -> None:
    with pytest.raises(DeviceError, match="unknown device 'gpu'; known are auto, cuda, rocm"):
        devices.place(Picky(), "gpu", "auto")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (
            RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested buffer"),
            True,
        ),
        (OSError("[Errno 12] Cannot allocate memory"), True),
        (RuntimeError("shape mismatch"), False),
    ],
)
def test_out_of_memory_is_recognised_whoever_says_it(error: Exception, answer: bool) -> None:
    assert devices.is_out_of_memory(error) is answer
