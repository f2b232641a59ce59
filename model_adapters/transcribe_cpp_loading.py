"""How a file comes into transcribe.cpp, on exactly one device; what stands in the way, in one sentence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import DeviceError, MissingDependencyError, WeightsError

from . import ggml_file, gguf_file
from .gguf_file import GgufHeader
from .kinds import refuse_other_kinds

# Kinds of devices -> what transcribe.cpp calls them.
BACKENDS = {"cpu": "cpu", "cuda": "cuda", "rocm": "rocm", "mps": "metal", "xpu": "sycl", "vulkan": "vulkan"}
# What brings a kind of device that is not there.
REMEDIES = {
    "vulkan": "its wheels for Linux and Windows have Vulkan, which wants the Vulkan loader of the driver",
    "cuda": 'pip install "transcribe-cpp[cu12]" brings CUDA 12',
    "mps": "its wheel for Apple silicon has Metal",
}
WARNING, ERROR = 2, 3  # levels of its log


def import_library(extra: str) -> Any:
    """Import and return transcribe_cpp. Raises MissingDependencyError with the pip command that installs it."""
    try:
        import transcribe_cpp
    except (ImportError, OSError, RuntimeError) as error:  # its native part is absent, or of another version
        raise MissingDependencyError(
            f'transcribe-cpp cannot be imported ({error}): pip install "pytest-asrbench[{extra}]"'
        ) from error
    return transcribe_cpp


def inspect(path: Path) -> GgufHeader:
    """Return what a file says of itself. Raises WeightsError for one that is not there, of another kind, or damaged."""
    refuse_other_kinds(path, "transcribe-cpp")
    if not path.is_file():
        raise WeightsError(f"{path} is no file; transcribe-cpp needs a GGUF file, such as whisper-base-Q8_0.gguf.")
    with path.open("rb") as file:
        is_gguf = path.suffix.lower() == ".gguf" or file.read(4) == gguf_file.MAGIC
    return gguf_file.inspect(path) if is_gguf else GgufHeader("whisper", ggml_file.inspect(path).precision)


def find_device(library: Any, device: str) -> Any:
    """Return the library's device of a name such as "vulkan:0". Raises DeviceError if there is none."""
    kind, _, number = device.partition(":")
    if kind not in BACKENDS or (number and not number.isdigit()):
        raise DeviceError(f"{device!r} is no device of transcribe.cpp; use {', '.join(BACKENDS)}, with an index.")
    there = library.backends()
    found = [one for one in there if one.kind == BACKENDS[kind]]
    if int(number or 0) < len(found):
        return found[int(number or 0)]
    names = ", ".join(f"{one.kind} ({one.description})" for one in there)
    remedy = REMEDIES.get(kind, "transcribe-cpp-native has to be built for it")
    raise DeviceError(f"{device} was asked for, but transcribe.cpp finds only {names}: {remedy}.")


def open_model(library: Any, path: Path, architecture: str, device: Any, memory_map: bool) -> Any:
    """Load a file that `inspect` let through. Raises WeightsError for what the library cannot run.

    The library's warnings and errors go into the process's log from now on, what it says for debugging does not.
    """
    errors: list[str] = []

    def note(level: int, text: str) -> None:
        if level == ERROR:
            errors[:] = [text.strip()]
        if level in (WARNING, ERROR):
            print(text.rstrip(), file=sys.stderr, flush=True)

    library.set_log_callback(note)
    try:
        model = library.Model(path, device=device, no_mmap=not memory_map)
    except library.BackendError as error:
        raise DeviceError(f"{device.description} cannot run {path} ({(errors or [error])[0]}).") from error
    except library.ModelLoadError as error:
        if "unsupported arch" in str(error):
            raise WeightsError(
                f"{path} is a model of the family {architecture!r}, which transcribe.cpp does not run: it wants a "
                "speech model; a language model that writes text runs in llama.cpp."
            ) from error
        raise WeightsError(
            f"{path} ({path.stat().st_size} bytes) is cut short, damaged, or newer than this transcribe.cpp: download "
            f"it again ({(errors or [error])[0]})."
        ) from error
    if library.Role.ASR not in model.roles:
        family = model.arch
        model.close()
        raise WeightsError(f"{path} is a model of the family {family!r}, which does not transcribe; name another.")
    return model
