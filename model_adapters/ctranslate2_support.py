"""What an adapter on CTranslate2 needs: devices and precisions taken at their word, and folders checked first.

CTranslate2 replaces a precision that it was not asked for in so many words, and faster-whisper downloads a tokenizer
where a folder has none: neither happens here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_asrbench.errors import DeviceError, UsageError, WeightsError

from .checkpoint_files import read_json
from .kinds import refuse_other_kinds

MODEL, TOKENIZER = "model.bin", "tokenizer.json"
SPECIFICATION = "WhisperSpec"
# What CTranslate2 says when a device, not a file, is the trouble.
_OF_DEVICES = ("CUDA", "cuDNN", "cuBLAS", "Library lib")


def whisper_folder(source: str | None, adapter: str) -> Path:
    """Return a Whisper's CTranslate2 folder if its files are there. Raises WeightsError that names what is not."""
    if not source:
        raise WeightsError(f"{adapter} needs a CTranslate2 folder: name it as {adapter}:FOLDER.")
    folder = Path(source)
    refuse_other_kinds(folder, adapter)
    if folder.is_file():
        raise WeightsError(f"{folder} is one file of a model; name the folder that holds it.")
    if not folder.is_dir():
        raise WeightsError(f"{folder} is no folder; {adapter} needs one with {MODEL}, config.json and {TOKENIZER}.")
    absent = [name for name in (MODEL, "config.json", TOKENIZER) if not (folder / name).is_file()]
    if absent:
        raise WeightsError(f"{folder} has no {' and no '.join(absent)}; take the whole folder of one release.")
    for path in sorted(folder.glob("*.json")):
        if not path.name.startswith("vocabulary"):  # a list
            read_json(path)
    _check_specification(folder / MODEL)
    return folder


def _check_specification(path: Path) -> None:
    """Raise WeightsError if a model.bin is of another architecture: the name of its specification follows a version."""
    with path.open("rb") as file:
        head = file.read(64)
    length = int.from_bytes(head[4:6], "little")
    name = head[6 : 6 + length].rstrip(b"\0").decode("utf-8", "replace")
    if name != SPECIFICATION:
        raise WeightsError(f"{path} holds a model of another kind ({name[:50] or 'nameless'}), no {SPECIFICATION}.")


def place(runtime: Any, device: str) -> tuple[str, int]:
    """Return CTranslate2's name and index of a device. Raises DeviceError for one that it does not reach."""
    kind, _, number = device.partition(":")
    if kind == "cpu":
        return "cpu", 0
    if kind != "cuda" or (number and not number.isdigit()):
        raise DeviceError(f"CTranslate2 cannot use {device}; it has cpu and cuda:0 (its ROCm builds say cuda, too).")
    count = runtime.get_cuda_device_count()
    if int(number or 0) >= count:
        raise DeviceError(f"{device} was asked for, but CTranslate2 {runtime.__version__} finds {count} CUDA devices.")
    return "cuda", int(number or 0)


def compute_type(runtime: Any, device: str, dtype: str, option: str) -> str:
    """Return the type to compute in: the option's, else the dtype's, else "default", which is the model's own.

    Raises UsageError if both are named and differ, DeviceError if the device lacks the type.
    """
    if option and dtype not in ("auto", option):
        raise UsageError(f"compute_type={option} and the dtype {dtype} contradict each other; name one of them.")
    wanted = option or (dtype if dtype != "auto" else "default")
    has = runtime.get_supported_compute_types(*place(runtime, device))
    if wanted != "default" and wanted not in has:
        raise DeviceError(
            f"CTranslate2 cannot compute in {wanted} on this {device}; it can in {', '.join(sorted(has))}."
        )
    return wanted


def explained(error: Exception, folder: Path, device: str) -> Exception:
    """Return the error to raise for one of CTranslate2's, which all are RuntimeError or ValueError.

    Errors of memory are left as they are.
    """
    reason = " ".join(str(error).split())[:300].rstrip(".")
    if "memory" in reason or isinstance(error, MemoryError):
        return error
    if any(sign in reason for sign in _OF_DEVICES):
        return DeviceError(f"CTranslate2 cannot use {device}: {reason}.")
    return WeightsError(f"CTranslate2 cannot load {folder}: {reason}; convert or download it again.")
