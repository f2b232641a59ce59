"""Which device a model gets, and why.

"auto" walks a chain: what the model's runtime reaches, in the order of KINDS, the CPU last; what was tried and why it
was left is noted in every record. A device that the user names is used or the model fails: nothing is replaced in
silence.
Runs inside the model's process, because only that interpreter knows what its runtime can reach.
"""

from __future__ import annotations

import gc
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from pytest_asrbench.adapter import REMOTE, Loadable, Loaded
from pytest_asrbench.errors import DeviceError
from pytest_asrbench.support.plain import told

# Best first. Vulkan stands where a maker's own interface ends: on AMD laptops it reaches GPUs that ROCm leaves out.
KINDS = ("cuda", "rocm", "mps", "xpu", "vulkan", "directml", "cpu")
_OUT_OF_MEMORY = ("out of memory", "outofmemory", "failed to allocate", "cannot allocate memory", "bad_alloc")


@dataclass(frozen=True, slots=True)
class Placed:
    """A loaded model and the story of its device: one sentence per candidate that was passed over."""

    loaded: Loaded
    notes: list[str]


def place(adapter: Loadable, asked: str, dtype: str) -> Placed:
    """Load `adapter` on the device `asked` for ("auto" or a name such as "cuda:0") and say what happened.

    On "auto" the next device of the chain is tried when one has too little memory or refuses; any other error,
    and any error on a named device, is raised as it is.
    """
    if adapter.info.remote:
        return Placed(adapter.load(REMOTE, dtype), [f"{REMOTE}: it computes on another machine, or in another program"])
    if asked != "auto":
        if asked.partition(":")[0] not in KINDS:
            raise DeviceError(f"unknown device {asked!r}; known are auto, {', '.join(KINDS)}, with an index if wanted")
        return Placed(adapter.load(asked, dtype), [f"{asked}: asked for"])
    notes: list[str] = []
    chain = candidates(adapter.info.backend)
    for device in chain:
        try:
            loaded = adapter.load(device, dtype)
        except Exception as error:
            if device == chain[-1] or not (isinstance(error, DeviceError) or is_out_of_memory(error)):
                raise
            adapter.close()
            gc.collect()
            notes.append(f"{device}: passed over, {' '.join(told(error).split())[:200]}")
            continue
        notes.append(
            f"{device}: used, " + ("the only one this runtime reaches" if len(chain) == 1 else "best available")
        )
        return Placed(loaded, notes)
    raise AssertionError("the chain always ends in a device")


def candidates(backend: str) -> list[str]:
    """Devices that `backend` reaches in this interpreter, best first; always ends in "cpu"."""
    probe = _PROBES.get(backend)
    found = probe() if probe else []
    return [*sorted(found, key=lambda device: KINDS.index(device.partition(":")[0])), "cpu"]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory (host's or device's) was exhausted; runtimes share no class for it."""
    text = f"{type(error).__name__} {told(error)}".lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY)


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except (ImportError, OSError, RuntimeError):  # a shared library of the package is missing, or of another version
        return None


def _torch() -> list[str]:
    torch = _import("torch")
    if torch is None:
        return []
    found: list[str] = []
    if torch.cuda.is_available():
        found.append("rocm:0" if torch.version.hip else "cuda:0")
    directml = _import("torch_directml")
    if directml is not None and directml.is_available():
        found.append("directml:0")
    if torch.backends.mps.is_available():
        found.append("mps")
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        found.append("xpu:0")
    return found


def _onnxruntime() -> list[str]:
    runtime = _import("onnxruntime")
    if runtime is None:
        return []
    providers = set(runtime.get_available_providers())
    known = {
        "CUDAExecutionProvider": "cuda:0",
        "MIGraphXExecutionProvider": "rocm:0",
        "ROCMExecutionProvider": "rocm:0",
        "DmlExecutionProvider": "directml:0",
    }
    return list(dict.fromkeys(device for provider, device in known.items() if provider in providers))


def _ctranslate2() -> list[str]:
    runtime = _import("ctranslate2")
    return ["cuda:0"] if runtime is not None and runtime.get_cuda_device_count() > 0 else []


def _whisper_cpp() -> list[str]:
    runtime = _import("_pywhispercpp")
    if runtime is None:
        return []
    # One build carries one accelerator as a rule; its name heads its part of the description.
    info = str(runtime.whisper_print_system_info())
    known = {"CUDA": "cuda:0", "ROCm|HIP": "rocm:0", "Metal|MTL": "mps", "SYCL": "xpu:0", "Vulkan": "vulkan:0"}
    return [device for name, device in known.items() if re.search(rf"\b({name})\s*:", info, re.IGNORECASE)]


def _transcribe_cpp() -> list[str]:
    runtime = _import("transcribe_cpp")
    if runtime is None:
        return []
    known = {"cuda": "cuda:0", "rocm": "rocm:0", "metal": "mps", "sycl": "xpu:0", "vulkan": "vulkan:0"}
    kinds = {one.kind for one in runtime.backends()}
    return [device for kind, device in known.items() if kind in kinds]


_PROBES: dict[str, Callable[[], list[str]]] = {
    "torch": _torch,
    "onnxruntime": _onnxruntime,
    "ctranslate2": _ctranslate2,
    "whisper.cpp": _whisper_cpp,
    "transcribe.cpp": _transcribe_cpp,
}
