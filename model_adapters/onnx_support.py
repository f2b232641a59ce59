"""What every adapter on ONNX Runtime needs: execution providers taken at their word, and load errors in one sentence.

ONNX Runtime puts single operators that a provider lacks on the CPU by itself; a provider that cannot start at all is
replaced by the CPU with no more than a line in the log. The latter is an error here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import DeviceError, MissingDependencyError, WeightsError

Provider = tuple[str, dict[str, Any]]

# Device kind -> providers that reach it, best first, and the package that brings them.
_PROVIDERS = {
    "cpu": (("CPUExecutionProvider",), "onnxruntime"),
    "cuda": (("CUDAExecutionProvider",), "onnxruntime-gpu"),
    "rocm": (("MIGraphXExecutionProvider", "ROCMExecutionProvider"), "onnxruntime-migraphx or onnxruntime-rocm"),
    "directml": (("DmlExecutionProvider",), "onnxruntime-directml (Windows)"),
    "mps": (("CoreMLExecutionProvider",), "onnxruntime on macOS"),
    "xpu": (("OpenVINOExecutionProvider",), "onnxruntime-openvino"),
}
_DEFECTIVE = ("InvalidProtobuf", "InvalidGraph", "NoModel", "ModelLoadCanceled", "InvalidArgument", "NoSuchFile")


def import_onnxruntime(extra: str) -> Any:
    """Import and return onnxruntime. Raises MissingDependencyError with the pip command that installs it."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError(
            f'ONNX Runtime cannot be imported ({error}): pip install "pytest-asrbench[{extra}]"'
        ) from error
    return onnxruntime


def provider(runtime: Any, device: str, options: Mapping[str, Any]) -> Provider:
    """Return the execution provider behind a device ("cpu", "cuda:0", "rocm:0", "directml:0" ...) and its options.

    `options` override the defaults, which say no more than the device's number. Raises DeviceError if the installed
    ONNX Runtime has no such provider.
    """
    kind, _, number = device.partition(":")
    if kind not in _PROVIDERS or (number and not number.isdigit()):
        raise DeviceError(
            f"{device!r} is no device of ONNX Runtime; use {', '.join(_PROVIDERS)}, with an index if wanted."
        )
    names, package = _PROVIDERS[kind]
    available = runtime.get_available_providers()
    name = next((name for name in names if name in available), None)
    if name is None:
        raise DeviceError(
            f"{device} was asked for, but the installed onnxruntime {runtime.__version__} has no {' or '.join(names)} "
            f"(it has {', '.join(available)}); install {package} in place of it."
        )
    return name, {**_defaults(kind, int(number or 0)), **options}


def open_session(runtime: Any, file: Path, chosen: Provider, threads: int = 0) -> Any:
    """Open an ONNX file with one provider and `threads` intra-op threads (0: ONNX Runtime's choice).

    Raises WeightsError for a file that is absent, truncated or no ONNX, DeviceError if the provider does not start.
    Errors of memory are left as they are.
    """
    if not file.is_file():
        raise WeightsError(f"{file} does not exist; name the folder that holds it, or download the model again.")
    name, options = chosen
    settings = session_settings(runtime, name, threads)
    try:
        session = runtime.InferenceSession(str(file), settings, providers=[(name, options)])
    except Exception as error:
        raise explained(error, file, name) from error
    if name not in session.get_providers():
        raise DeviceError(
            f"{name} could not start for {file.name} and ONNX Runtime would have used {session.get_providers()[0]}; "
            "the host's log has the reason, often a missing driver library."
        )
    session.disable_fallback()
    return session


def session_settings(runtime: Any, name: str, threads: int) -> Any:
    """Return ONNX Runtime's settings of a session by the provider called `name`, with `threads` (0: its own choice)."""
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.log_severity_level = 3
    if name == "DmlExecutionProvider":  # its documented conditions
        settings.enable_mem_pattern = False
        settings.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    return settings


def input_names(session: Any) -> set[str]:
    """Return the names of a session's inputs."""
    return {one.name for one in session.get_inputs()}


def _defaults(kind: str, index: int) -> dict[str, Any]:
    if kind in ("cpu", "mps"):
        return {}
    if kind == "xpu":
        return {"device_type": f"GPU.{index}"}
    return {"device_id": index}


def explained(error: Exception, path: Path, name: str) -> Exception:
    """Return the error to raise for one that ONNX Runtime raised of a file, or of one in a folder, by a provider.

    Its classes share no base but Exception. What is no fault of the files is returned as it is.
    """
    reason = " ".join(str(error).split())[:300]
    if type(error).__name__ in _DEFECTIVE:
        size = f" ({path.stat().st_size} bytes)" if path.is_file() else ", or a file in it,"
        return WeightsError(f"{path}{size} is no whole ONNX model; download it again ({reason}).")
    if "NOT_IMPLEMENTED" in reason or type(error).__name__ == "NotImplemented":
        return WeightsError(f"{path} uses an operator that {name} of this ONNX Runtime lacks; update it ({reason}).")
    return error
