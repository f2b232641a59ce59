"""Device memory, by stand-ins for the libraries that tell: who is asked, and who is believed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_asrbench.engine.host import vram
from pytest_asrbench.engine.host.vram import DeviceMemory

GIB = 2**30


def torch_with(allocated: list[int], integrated: int = 0) -> SimpleNamespace:
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: len(allocated),
        max_memory_allocated=lambda index: allocated[index],
        get_device_properties=lambda index: SimpleNamespace(is_integrated=integrated),
    )
    return SimpleNamespace(cuda=cuda)


def nvml_with(*readings: dict[int, int | None]) -> SimpleNamespace:
    """A driver that tells bytes by process id, one reading after the other."""
    left = list(readings)

    def processes(_: object) -> list[SimpleNamespace]:
        now = left.pop(0) if len(left) > 1 else left[0]
        return [SimpleNamespace(pid=pid, usedGpuMemory=size) for pid, size in now.items()]

    return SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetComputeRunningProcesses=processes,
    )


def test_nothing_is_asked_for_a_model_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", torch_with([GIB]))
    assert DeviceMemory("cpu").read() == {"peak_vram": None, "peak_vram_driver": None, "unified": None}


def test_allocator_and_driver_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", torch_with([GIB, 3 * GIB]))
    monkeypatch.setitem(sys.modules, "pynvml", nvml_with({1: 50 * GIB, os.getpid(): 4 * GIB}))
    assert DeviceMemory("cuda:1").read() == {"peak_vram": 3 * GIB, "peak_vram_driver": 4 * GIB, "unified": False}


def test_the_drivers_largest_reading_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.getpid()
    monkeypatch.setitem(sys.modules, "pynvml", nvml_with({me: GIB}, {me: 3 * GIB}, {me: 2 * GIB}))
    memory = DeviceMemory("cuda:0")
    assert [memory.read()["peak_vram_driver"] for _ in range(3)] == [GIB, 3 * GIB, 3 * GIB]


@pytest.mark.parametrize("reading", [{}, {1: GIB}, {os.getpid(): None}], ids=["nothing", "others", "withheld"])
def test_a_driver_that_does_not_tell_leaves_it_open(
    monkeypatch: pytest.MonkeyPatch, reading: dict[int, int | None]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml_with(reading))
    assert DeviceMemory("cuda:0").read()["peak_vram_driver"] is None


def test_without_the_package_only_the_allocator_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", torch_with([GIB]))
    monkeypatch.setitem(sys.modules, "pynvml", None)
    found = DeviceMemory("cuda:0").read()
    assert (found["peak_vram"], found["peak_vram_driver"]) == (GIB, None)


def test_amd_is_read_from_the_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vram, "KFD", tmp_path)
    monkeypatch.setitem(sys.modules, "torch", torch_with([GIB], integrated=1))
    folder = tmp_path / str(os.getpid())
    folder.mkdir()
    (folder / "vram_1234").write_text(f"{2 * GIB}\n")
    (folder / "vram_5678").write_text(f"{GIB}\n")
    assert DeviceMemory("rocm:0").read() == {"peak_vram": GIB, "peak_vram_driver": 3 * GIB, "unified": True}


def test_apple_silicon_is_unified() -> None:
    assert DeviceMemory("mps").read()["unified"] is True
