"""The contract between the benchmark and a runtime: what goes in, what comes out, what an adapter must offer.

An adapter lives in a process of its own (see `host/`), in an interpreter that may be another one than pytest's.
So this file and everything that it needs is plain standard library, and audio travels as bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np

JSON = dict[str, Any]
# Pickles run whatever code they name when they are loaded: none is downloaded, and no adapter loads one. `.bin` says
# nothing, whisper.cpp, CTranslate2 and PyTorch use it: there the first bytes tell, those of a zip archive among them.
PICKLE_SUFFIXES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
PICKLE_STARTS = (b"PK\x03\x04", *(bytes([0x80, protocol]) for protocol in range(2, 6)))


@dataclass(frozen=True, slots=True)
class Audio:
    """One clip in memory: mono, 32-bit float in host byte order, full scale = ±1.0.

    `name` ("corpus/snippet") is for logs and error messages alone.
    """

    pcm: bytes | memoryview
    sample_rate: int
    name: str = ""

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.pcm) // 4

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.samples / self.sample_rate

    def numpy(self) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """The samples as a read-only float32 array of shape (samples,), without a copy."""
        import numpy

        return numpy.frombuffer(self.pcm, dtype=numpy.float32)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the model for one batch.

    `language` is an ISO 639-1 code or None (let the model decide); `prompt` is the text prompt of an audio-LLM
    (None: the adapter's own); `max_new_tokens` bounds generation; `options` holds what only one family knows.
    """

    task: str = "transcribe"
    language: str | None = None
    prompt: str | None = None
    max_new_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final text of one clip; `details` takes whatever JSON the adapter wants to see in the record."""

    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """Facts about an adapter that can be read without its runtime.

    runtime: the library that executes the model, as users call it ("whisper.cpp").
    packages: distributions whose versions are stamped into every record.
    modules: top-level modules that must be importable; their absence is reported with `extra`.
    extra: the optional dependency group of pytest-asrbench that installs them ("" if they come with it).
    backend: who knows the devices: "none" (CPU only), "torch", "onnxruntime", "whisper.cpp", "ctranslate2".
    sample_rate: Hz of the audio that `transcribe` expects.
    max_seconds: longest clip of one call; None where the model has its own way with any length.
    """

    runtime: str
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    extra: str = ""
    backend: str = "none"
    sample_rate: int = 16_000
    max_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What `load` really did: the device and dtype in use, and anything else worth recording."""

    device: str = "cpu"
    dtype: str = "float32"
    details: Mapping[str, Any] = field(default_factory=dict)


class Adapter(Protocol):
    """One runtime made to transcribe. Import the runtime inside `load`, never at module level."""

    info: ClassVar[AdapterInfo]

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        """Take the weights' place (a local path, or None) and the model's options; do no work yet."""

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the weights on `device` ("cpu", "cuda:0" ...; never "auto") in `dtype` ("auto": the model's own).

        Raises DeviceError rather than using another device, WeightsError for unusable files,
        MissingDependencyError for an absent package.
        """

    def transcribe(self, batch: Sequence[Audio], request: Request) -> Sequence[Transcript]:
        """Return one transcript per clip, in order, when the device has finished."""

    def close(self) -> None:
        """Release what `load` took. Never raises."""
