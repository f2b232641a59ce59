"""Devices and dtypes taken at their word, shown with stand-ins for the torch builds that one machine cannot have."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_asrbench.model_adapters import torch_support

from pytest_asrbench.errors import DeviceError, MissingDependencyError, UsageError


class Tensor:
    """The result of a 2 x 2 product of ones, on a device that can compute it."""

    def __matmul__(self, other: Tensor) -> Tensor:
        return self

    def float(self) -> Tensor:
        return self

    def cpu(self) -> dict[tuple[int, int], int]:
        return {(0, 0): 2}


def build(*, cuda: str | None = None, hip: str | None = None, gpus: int = 0, **more: Any) -> Any:
    """A torch of a certain build, with `gpus` devices. `bf16`: whether they compute in bfloat16."""

    def ones(*_: Any, device: Any, **__: Any) -> Tensor:
        if not more.get("bf16", True):
            raise RuntimeError("no bfloat16 here")
        return Tensor()

    def device(kind: str, index: int = 0) -> Any:
        return SimpleNamespace(type=kind, index=index)

    class Selected:
        def __init__(self, _: Any) -> None: ...
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    gpu = SimpleNamespace(
        is_available=lambda: gpus > 0,
        device_count=lambda: gpus,
        is_bf16_supported=lambda including_emulation: more.get("bf16", True),
        device=Selected,
    )
    none = SimpleNamespace(is_available=lambda: False, device_count=lambda: 0)
    return SimpleNamespace(
        __version__="2.99",
        version=SimpleNamespace(cuda=cuda, hip=hip),
        cuda=gpu if cuda or hip else none,
        xpu=gpu if more.get("xpu") else none,
        backends=SimpleNamespace(mps=gpu if more.get("mps") else none),
        device=device,
        ones=ones,
        float32="torch.float32",
        float16="torch.float16",
        bfloat16="torch.bfloat16",
    )


CUDA = build(cuda="13.0", gpus=2)
ROCM = build(hip="7.1", gpus=1)
CPU = build()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda torch: monkeypatch.setattr(torch_support, "import_torch", lambda extra="": torch)


@pytest.mark.parametrize(
    ("torch", "asked", "type_", "index"),
    [
        (CPU, "cpu", "cpu", 0),
        (CUDA, "cuda:1", "cuda", 1),
        (CUDA, "cuda", "cuda", 0),
        (ROCM, "rocm:0", "cuda", 0),
        (build(gpus=1, xpu=True), "xpu:0", "xpu", 0),
        (build(gpus=1, mps=True), "mps", "mps", 0),
    ],
)
def test_the_device_asked_for(use: Any, torch: Any, asked: str, type_: str, index: int) -> None:
    use(torch)
    device = torch_support.torch_device(asked)
    assert (device.type, device.index) == (type_, index)


@pytest.mark.parametrize(
    ("torch", "asked", "reason"),
    [
        (CPU, "cuda:0", "is a cpu build"),
        (ROCM, "cuda:0", "is a rocm build"),
        (CUDA, "rocm:0", "is a cuda build"),
        (CUDA, "cuda:2", "sees 2 such GPUs"),
        (build(cuda="13.0"), "cuda:0", "sees 0 such GPUs"),
        (CPU, "mps", "no Metal device"),
        (CPU, "xpu:0", "no such Intel GPU"),
        (CPU, "directml:0", "torch-directml is not installed"),
        (CPU, "tpu:0", "no device that PyTorch knows"),
    ],
)
def test_nothing_else_in_its_stead(use: Any, torch: Any, asked: str, reason: str) -> None:
    use(torch)
    with pytest.raises(DeviceError, match=reason) as caught:
        torch_support.torch_device(asked)
    assert asked in str(caught.value)


def test_directml(use: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    use(CPU)
    plugin = SimpleNamespace(device_count=lambda: 1, device=lambda index: f"privateuseone:{index}")
    monkeypatch.setitem(sys.modules, "torch_directml", plugin)
    assert str(torch_support.torch_device("directml:0")) == "privateuseone:0"
    with pytest.raises(DeviceError, match="sees 1 devices"):
        torch_support.torch_device("directml:1")


@pytest.mark.parametrize(
    ("torch", "kind", "asked", "default", "got"),
    [
        (CPU, "cpu", "auto", None, "float32"),
        (CUDA, "cuda", "auto", None, "bfloat16"),
        (build(cuda="12.8", gpus=1, bf16=False), "cuda", "auto", None, "float16"),
        (build(gpus=1, mps=True, bf16=False), "mps", "auto", None, "float16"),
        (CUDA, "cuda", "auto", "float16", "float16"),
        (CUDA, "cuda", "fp32", None, "float32"),
        (CPU, "cpu", "bf16", None, "bfloat16"),
    ],
)
def test_the_dtype_asked_for(use: Any, torch: Any, kind: str, asked: str, default: str | None, got: str) -> None:
    use(torch)
    dtype = torch_support.torch_dtype(asked, torch.device(kind), default)
    assert torch_support.dtype_name(dtype) == got


def test_dtypes_that_cannot_be_had(use: Any) -> None:
    old = build(cuda="12.8", gpus=1, bf16=False)
    use(old)
    with pytest.raises(DeviceError, match="cannot compute in bfloat16"):
        torch_support.torch_dtype("bfloat16", old.device("cuda"))
    with pytest.raises(UsageError, match="'int3' is unknown"):
        torch_support.torch_dtype("int3", old.device("cuda"))


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_absent_packages(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if package == "transformers":
        monkeypatch.setattr(torch_support, "import_torch", lambda extra: CPU)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[transformers\]"'):
        torch_support.import_transformers()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ImportError("it needs the sentencepiece library"),
            "cannot be loaded here: ImportError: it needs the sentencepiece",
        ),
        (ModuleNotFoundError("No module named 'tiktoken'", name="tiktoken"), 'needs tiktoken: pip install "pytest-asr'),
    ],
)
def test_a_package_that_a_folder_needs_is_told(tmp_path: Path, error: ImportError, said: str) -> None:
    pytest.importorskip("torch")
    with pytest.raises(MissingDependencyError) as caught, torch_support.explain_load_errors(tmp_path):
        raise error
    assert str(caught.value).startswith(f"{tmp_path} {said}")
