"""Which environment variables a model's process gets: what runtimes read, what its entry names, and no secrets.

A list of what is let in, not of what is kept out: nobody knows the names of all secrets, and a model that needs more
says so (`env` in its table).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping

from pytest_asrbench.support.redaction import holds_secret, is_secret_name

_NAMES = re.compile(
    "PATH|HOME|PWD|USER|LOGNAME|SHELL|TMPDIR|TEMP|TMP|LANG|LANGUAGE|TZ|TERM|DISPLAY|WAYLAND_DISPLAY|VIRTUAL_ENV|"
    "SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|"
    # Windows
    "SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|OS|USERPROFILE|USERNAME|HOMEDRIVE|HOMEPATH|(LOCAL)?APPDATA|"
    "PROGRAMDATA|ALLUSERSPROFILE|(COMMON)?PROGRAM(FILES|W6432)([(]X86[)])?|NUMBER_OF_PROCESSORS|PROCESSOR_.*|"
    # loaders, interpreters, memory
    "(LC|XDG|LD|DYLD|CONDA|NIX|MALLOC|JEMALLOC|GLIBC|COVERAGE)_.*|(PYTHON|WSL).*|"
    # threads and numerics
    "(OMP|GOMP|KMP|MKL|OPENBLAS|BLIS|VECLIB|NUMEXPR|NUMBA|TBB|DNNL|ONEDNN)_.*|"
    # accelerators
    "(CUDA|CUDNN|CUBLAS|NVIDIA|TENSORRT).*|(NCCL|HIP|ROCR|ROCM|HSA|AMD|MIOPEN|GPU|RCCL|SYCL|ONEAPI|ZE|UR|INTEL|OCL)_.*|"
    "(OPENCL|VK|VULKAN|MESA|RADV|METAL|MTL|MPS|OPENVINO|OV|DML)_.*|"
    # frameworks and their caches
    "(TORCH|ONNX).*|(PYTORCH|ATEN|TRITON|INDUCTOR|TF|TENSORFLOW|XLA|JAX|FLAX|KERAS|HF|HUGGINGFACE|TRANSFORMERS)_.*|"
    "(TOKENIZERS|SAFETENSORS|BITSANDBYTES|ACCELERATE|PEFT|ORT|GGML|WHISPER|TRANSCRIBE|CT2|NEMO|MISTRAL|POCKETSPHINX|ASRBENCH)_.*"
)


def kept(environment: Mapping[str, str], named: Collection[str] = ()) -> dict[str, str]:
    """Return what of `environment` a model's process gets; `named` are the variables that its entry asks for."""
    wanted = {_spelt(name) for name in named}
    return {name: value for name, value in environment.items() if _spelt(name) in wanted or _goes(name, value)}


def _goes(name: str, value: str) -> bool:
    return bool(_NAMES.fullmatch(_spelt(name))) and not is_secret_name(name) and not holds_secret(value)


def _spelt(name: str) -> str:
    return name.upper() if sys.platform == "win32" else name
