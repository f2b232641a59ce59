"""What every adapter on PyTorch needs: devices and dtypes taken at their word, and load errors in one sentence.

Checks of the files themselves, before anything is loaded, are in `checkpoint_files`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import AsrBenchError, DeviceError, MissingDependencyError, UsageError, WeightsError

from .checkpoint_files import damaged_file, never_loaded

EXTRA = "transformers"
_DTYPES = {
    "float32": "float32",
    "fp32": "float32",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
    "float16": "float16",
    "fp16": "float16",
}


def import_torch(extra: str = EXTRA) -> Any:
    """Import and return torch. Raises MissingDependencyError with the pip command that installs it."""
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError(
            f'PyTorch is not installed: pip install "pytest-asrbench[{extra}]" ({error})'
        ) from error
    return torch


def import_transformers(extra: str = EXTRA) -> Any:
    """Import and return transformers. Raises MissingDependencyError with the pip command that installs it."""
    import_torch(extra)
    try:
        import transformers
    except ImportError as error:
        raise MissingDependencyError(
            f'transformers is not installed: pip install "pytest-asrbench[{extra}]" ({error})'
        ) from error
    transformers.utils.logging.disable_progress_bar()
    return transformers


def torch_device(device: str) -> Any:
    """Return the torch.device behind "cpu", "cuda:0", "rocm:0", "directml:0", "mps" or "xpu:0".

    Raises DeviceError if this torch, or this machine, does not have it; nothing else is used in its stead.
    """
    torch = import_torch()
    kind, _, number = device.partition(":")
    index = int(number) if number.isdigit() else 0
    if kind == "cpu":
        return torch.device("cpu")
    if kind in ("cuda", "rocm"):
        return _cuda_device(torch, device, kind, index)
    if kind == "directml":
        return _directml_device(device, index)
    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise DeviceError(f"{device} was asked for, but torch {torch.__version__} finds no Metal device here.")
        return torch.device("mps")
    if kind == "xpu":
        if not torch.xpu.is_available() or index >= torch.xpu.device_count():
            raise DeviceError(f"{device} was asked for, but torch {torch.__version__} finds no such Intel GPU here.")
        return torch.device("xpu", index)
    raise DeviceError(f"{device!r} is no device that PyTorch knows; use cpu, cuda:0, rocm:0, directml:0, mps or xpu:0.")


def _cuda_device(torch: Any, device: str, kind: str, index: int) -> Any:
    built_for = "rocm" if torch.version.hip else "cuda" if torch.version.cuda else "cpu"
    if built_for != kind:
        raise DeviceError(
            f"{device} was asked for, but the installed torch {torch.__version__} is a {built_for} build; "
            f"install one for {kind} (pytest-asrbench doctor --fix-hints prints the command)."
        )
    if not torch.cuda.is_available() or index >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DeviceError(f"{device} was asked for, but torch {torch.__version__} sees {count} such GPUs here.")
    return torch.device("cuda", index)


def _directml_device(device: str, index: int) -> Any:
    try:
        import torch_directml
    except ImportError as error:
        raise DeviceError(f"{device} was asked for, but torch-directml is not installed ({error}).") from error
    if index >= torch_directml.device_count():
        raise DeviceError(f"{device} was asked for, but DirectML sees {torch_directml.device_count()} devices here.")
    return torch_directml.device(index)


def torch_dtype(dtype: str, device: Any, default: str | None = None) -> Any:
    """Return the torch.dtype for a name, or for "auto" the model's `default`, else bfloat16 on a GPU, float32 on a CPU.

    "auto" means float16 on GPUs without bfloat16. Raises UsageError for an unknown name and DeviceError for a named
    dtype that the device cannot compute in.
    """
    torch = import_torch()
    if dtype == "auto":
        if default is not None:
            return torch_dtype(default, device)
        if device.type == "cpu":
            return torch.float32
        return torch.bfloat16 if _has_bfloat16(torch, device) else torch.float16
    if dtype not in _DTYPES:
        raise UsageError(f"dtype {dtype!r} is unknown; use auto, float32, bfloat16 or float16.")
    if _DTYPES[dtype] == "bfloat16" and not _has_bfloat16(torch, device):
        raise DeviceError(f"{device} cannot compute in bfloat16; use float16 or float32, or dtype auto.")
    return getattr(torch, _DTYPES[dtype])


def _has_bfloat16(torch: Any, device: Any) -> bool:
    if device.type == "cuda":
        with torch.cuda.device(device):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        probe = torch.ones(2, 2, dtype=torch.bfloat16, device=device)
        return bool((probe @ probe).float().cpu()[0, 0] == 2)
    except (RuntimeError, TypeError, NotImplementedError):
        return False


def dtype_name(dtype: Any) -> str:
    """Return "float32" for torch.float32, and so on."""
    return str(dtype).removeprefix("torch.")


def synchronize(device: Any) -> None:
    """Wait until the device has finished. DirectML has no such call: there, copying a result to the host waits."""
    torch = import_torch()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "xpu":
        torch.xpu.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def explain_load_errors(folder: Path) -> Iterator[None]:
    """Turn what libraries raise for unusable files of a folder into a WeightsError of one sentence with the file.

    Within the block nothing is unpickled: whatever an index or a configuration leads to, torch.load refuses by name.
    Out-of-memory errors pass unchanged (torch.OutOfMemoryError, MemoryError), as do this project's own errors.
    """
    torch = import_torch()
    try:
        with _no_pickles(torch):
            yield
    except (AsrBenchError, torch.OutOfMemoryError, MemoryError):
        raise
    except ImportError as error:
        if error.name is None:  # a library's own sentence on what it needs
            raise MissingDependencyError(f"{folder} cannot be loaded here: {first_line(error)}") from error
        package = error.name
        raise MissingDependencyError(
            f'{folder} needs {package}: pip install "pytest-asrbench[{EXTRA}]" ({first_line(error)})'
        ) from error
    except Exception as error:  # libraries raise what they like for values that make no sense
        reason = damaged_file(folder) or f"{folder} cannot be loaded: {first_line(error)}; check its config.json files."
        raise WeightsError(reason) from error


@contextmanager
def _no_pickles(torch: Any) -> Iterator[None]:
    def refuse(file: Any, *_: Any, **__: Any) -> None:
        raise WeightsError(never_loaded(file))

    load = torch.load
    torch.load = refuse
    try:
        yield
    finally:
        torch.load = load


def first_line(error: BaseException) -> str:
    """An error's class and the first line of its message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300] if lines else 'no message'}"


def load_model(cls: Any, folder: Path, *, dtype: Any, device: Any, **options: Any) -> Any:
    """Return `cls.from_pretrained(folder)` on `device` in `dtype`, in evaluation mode, from safetensors only.

    Raises WeightsError if weights that the class needs are missing from the file or have another shape: transformers
    would fill them with random numbers and only warn.
    """
    with explain_load_errors(folder):
        model, report = cls.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            **precision_option(dtype),
            **options,
        )
    missing = sorted(map(str, report["missing_keys"])) + sorted(str(key[0]) for key in report["mismatched_keys"])
    if missing:
        raise WeightsError(
            f"{folder} lacks {len(missing)} weights of {cls.__name__} ({missing[0]} ...), or has them in another "
            "shape; download the model again, or check its config.json."
        )
    model.requires_grad_(False)
    if not getattr(model, "is_quantized", False):  # which is where it belongs already
        model = model.to(device)
    return model.eval()


def precision_option(dtype: Any) -> dict[str, Any]:
    """Return what transformers is told of a dtype: the versions that old code is written for have another word."""
    import transformers

    word = "dtype" if int(transformers.__version__.partition(".")[0]) >= 5 else "torch_dtype"
    return {word: dtype}


def load_processor(cls: Any, folder: Path, **options: Any) -> Any:
    """Return `cls.from_pretrained(folder)`. Raises WeightsError where processor or tokenizer files are absent."""
    with explain_load_errors(folder):
        try:
            return cls.from_pretrained(folder, local_files_only=True, **options)
        except (OSError, ValueError, TypeError) as error:
            raise WeightsError(
                damaged_file(folder)
                or f"{folder} holds no usable processor (preprocessor_config.json or processor_config.json, and the "
                f"tokenizer's files): {first_line(error)}; download these files too, or name a repository or folder "
                "that has them by the option processor."
            ) from error
