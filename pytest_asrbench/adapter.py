"""The contract between the benchmark and a runtime: what goes in, what comes out, what an adapter must offer.

An adapter lives in a process of its own (see `host/`), in an interpreter that may be another one than pytest's.
So this file and everything that it needs is plain standard library, and audio travels as bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from pytest_asrbench.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

JSON = dict[str, Any]
# Pickles run whatever code they name when they are loaded: none is downloaded, and no adapter loads one. `.bin` says
# nothing, whisper.cpp, CTranslate2 and PyTorch use it: there the first bytes tell, those of a zip archive among them.
PICKLE_SUFFIXES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
PICKLE_STARTS = (b"PK\x03\x04", *(bytes([0x80, protocol]) for protocol in range(2, 6)))

CONTRACT = 2  # version of what follows: an adapter that is written for another one is refused
# To write down what is said, to say it in another language, to do what the prompt says.
TASKS = ("transcribe", "translate", "instruct")
_IN_WORDS = {"instruct": "do what a prompt says"}
REMOTE = "remote"  # the device of a model that computes on another machine
# The option by which an adapter is told at which commit the user allows the code that comes with the weights. Set by
# --asr-trust-remote-code on the command line, never by a file.
REMOTE_CODE = "trust_remote_code"
# Settings of a decoding that not every model has -> the value that asks for nothing.
SETTINGS: Mapping[str, Any] = {
    **{"max_new_tokens": None, "num_beams": 1, "temperature": 0.0, "timestamps": False},
    "target_language": None,
}


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
class Utterance:
    """One clip of a call, with what may differ from clip to clip.

    language: an ISO 639-1 code, None lets the model decide. prompt: words for the model (None: the adapter's own, if it
    has any): what it is told to do where the task is "instruct", else text that may help it.
    """

    audio: Audio
    language: str | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a call, in an utterance's place: what a model that reads is to make of it stands in the prompt.

    `name` ("corpus/snippet") is for logs and error messages alone.
    """

    text: str
    prompt: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Decoding:
    """What is the same for all of a call. None: the adapter's own choice, by its options for one.

    task: one of TASKS. max_new_tokens: bound on each answer. num_beams: width of a beam search, 1 is greedy.
    temperature: that of sampling, 0 is none. timestamps: whether `details` of each transcript is to have `segments`, a
    list of {"start", "end", "text"} with seconds from the clip's beginning. target_language: the ISO 639-1 code of what
    is translated into, None is English. options: what only one family knows.
    """

    task: str = TASKS[0]
    max_new_tokens: int | None = None
    num_beams: int | None = None
    temperature: float | None = None
    timestamps: bool = False
    target_language: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final text of one clip or passage; `details` takes whatever JSON the adapter wants to see in the record."""

    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partial:
    """What a stream has understood since its last final partial; `final`: these words will not change any more.

    The texts of all final partials, joined by blanks, are the transcript.
    """

    text: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """Facts about an adapter that can be read without its runtime.

    runtime: the library that executes the model, as users call it ("whisper.cpp").
    packages: distributions whose versions are stamped into every record.
    modules: top-level modules that must be importable; their absence is reported with `extra`.
    extra: the optional dependency group of pytest-asrbench that installs them ("" if they come with it).
    backend: who knows the devices: "none" (CPU only), "torch", "onnxruntime", "ctranslate2", "whisper.cpp",
        "transcribe.cpp".
    tasks: those of TASKS that it can be asked for.
    follows: what it heeds of an utterance and of the decoding: "prompt", and those of SETTINGS.
    modes: what it can be given: clips ("batch", `transcribe`), audio piece by piece ("stream", `open_stream`), texts
        ("text", `rewrite`). One that takes texts alone stands behind a model that listens.
    max_batch: most utterances of one call; None: any number.
    sample_rate: Hz of the audio that it expects.
    max_seconds: longest clip of one call; None where the model has its own way with any length.
    remote: whether the model computes on another machine, so that the time of a call holds that of the network, and
        the memory of its process says nothing. Its device is REMOTE. In the scenario `server` it is asked by several
        threads at once.
    own_code: whether it runs code that comes with the weights, which the user has to allow: "" never, "may" where a
        checkpoint has no other way, "must" always.
    apart: whether its packages want an environment of their own, because they pin what others have in another version.
    options: names of the options that it takes, with their defaults.
    """

    runtime: str
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    extra: str = ""
    backend: str = "none"
    tasks: tuple[str, ...] = (TASKS[0],)
    follows: tuple[str, ...] = ()
    modes: tuple[str, ...] = ("batch",)
    max_batch: int | None = None
    sample_rate: int = 16_000
    max_seconds: float | None = None
    remote: bool = False
    own_code: str = ""
    apart: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def refusal(self, prompts: Collection[str | None], decoding: Decoding) -> str:
        """Why a model of this adapter cannot be asked so, as the sentence of an UnsuitedError; "" if it can."""
        if decoding.task not in self.tasks:
            asked, *able = (_IN_WORDS.get(task, task) for task in (decoding.task, *self.tasks))
            return f"it cannot be asked to {asked}, only to {' or '.join(able)}"
        if any(prompts) and "prompt" not in self.follows:
            return "it follows no prompt"
        for name, without in SETTINGS.items():
            if getattr(decoding, name) not in (None, without) and name not in self.follows:
                return f"it does not follow {name} = {getattr(decoding, name)}"
        return ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What `load` really did: the device and dtype in use, and anything else worth recording."""

    device: str = "cpu"
    dtype: str = "float32"
    details: Mapping[str, Any] = field(default_factory=dict)


class Loadable(Protocol):
    """One runtime, as far as it is loaded and released. Import the runtime inside `load`, never at module level."""

    info: ClassVar[AdapterInfo]

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        """Take the weights' place (a local path, or None) and the model's options; do no work yet."""

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the weights on `device` ("cpu", "cuda:0" ...; never "auto") in `dtype` ("auto": the model's own).

        Raises DeviceError rather than using another device, WeightsError for unusable files,
        MissingDependencyError for an absent package.
        """

    def close(self) -> None:
        """Release what `load` took. Never raises."""


class Adapter(Loadable, Protocol):
    """One runtime made to transcribe."""

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Return one transcript per utterance, in order, when the device has finished.

        What `info` says that it cannot is never asked for. Raises UnsuitedError for what this very model cannot.
        """


class TextAdapter(Loadable, Protocol):
    """One runtime made to rewrite texts, with "text" among its modes."""

    def rewrite(self, batch: Sequence[Passage], decoding: Decoding) -> Sequence[Transcript]:
        """Return what the model made of each passage, in order and uncut: whatever it said is its answer.

        A served model that cannot take the call now raises BusyError, and is asked again.
        """


@runtime_checkable
class Streaming(Protocol):
    """What an adapter with "stream" among its modes has besides."""

    def open_stream(self, decoding: Decoding, *, language: str | None, prompt: str | None) -> Stream:
        """Begin to listen to an utterance that comes piece by piece; see `Utterance` for language and prompt."""


class Stream(Protocol):
    """One utterance that comes piece by piece."""

    def feed(self, audio: Audio, last: bool) -> Sequence[Partial]:
        """Take the next piece, and return what has been understood by now, oldest first.

        With the last piece nothing is left to be said: the last partial, if there is one, is final.
        """

    def close(self) -> None:
        """Release the stream, also before its last piece. Never raises."""


OUTDATED = (
    "is written for version 1 of the contract with models, transcribe(batch of Audio, request); "
    f"this is version {CONTRACT}, transcribe(batch of Utterance, decoding): change it as docs/adapters.md shows"
)

if not TYPE_CHECKING:  # else any name would be taken for one of this module's

    def __getattr__(name: str) -> Any:
        if name == "Request":
            raise UsageError(f"the adapter, which imports {name} of {__name__}, {OUTDATED}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
