"""transcribe.cpp: one GGUF file of any of its families, on the CPU, by Vulkan, CUDA, ROCm or Metal, without PyTorch.

Its families are Whisper, Parakeet, Canary and Canary-Qwen, Voxtral, Moonshine, Qwen3-ASR, Granite speech, Cohere,
GigaAM, SenseVoice and more; what a file can be asked for is the library's own knowledge of it. ggml files of
whisper.cpp run, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Stream, Transcript, Utterance
from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError

from . import chunking, guards
from .batches import in_groups
from .cpu import physical_cores
from .languages import code_for, iso_code, restricted
from .options import parse_options
from .transcribe_cpp_loading import find_device, import_library, inspect, open_model
from .transcribe_cpp_stream import TranscribeCppStream
from .whisper_cpp import DTYPES, LEAST_SAMPLES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Behaviour that some models have a switch for: our option -> the library's parameter and name of the ability.
SWITCHES = {"punctuation": "pnc", "numbers": "itn"}


class TranscribeCpp:
    """A GGUF file on exactly one device. Decoding is greedy.

    A clip that is longer than the model takes in one call is cut at pauses; most families take any length by their
    own windows. Clips of a batch go through one call of the library.

    Options: `threads` (by default as many as there are physical cores), `kv_type` ("auto", "f16", "f32"), `context`
    (bound on the decoder's context, in tokens; 0: the model's), `punctuation` and `numbers` ("default", "on" or "off":
    capital letters and punctuation, numbers as digits, where a model has a switch for them), `languages` (those that
    the model was made for, if not for all that it knows), `memory_map` (true: weights stay in the file's pages), and
    of Whisper `guards` (see that module; the tokens of sounds that its file lists are never said in any case) and
    `condition_on_previous_text` (false).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="transcribe.cpp",
        packages=("transcribe-cpp", "transcribe-cpp-native", "transcribe-cpp-native-cu12"),
        modules=("transcribe_cpp",),
        extra="transcribe-cpp",
        backend="transcribe.cpp",
        tasks=("transcribe", "translate", "instruct"),
        follows=("prompt", "timestamps"),
        modes=("batch", "stream"),
        options={
            "threads": 0,
            "kv_type": "auto",
            "context": 0,
            "punctuation": "default",
            "numbers": "default",
            "languages": frozenset(),
            "memory_map": True,
            "guards": guards.DEFAULT,
            "condition_on_previous_text": False,
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("transcribe-cpp", options, self.info.options)}
        self.options["threads"] = self.options["threads"] or physical_cores()
        self.library: Any = None
        self.model: Any = None
        self.session: Any = None
        self.languages: frozenset[str] = frozenset()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the file; see `Adapter.load`. The dtype is the file's own: "auto", or exactly that."""
        if not self.source:
            raise WeightsError("transcribe-cpp needs a GGUF file: name it as transcribe-cpp:FILE.")
        path = Path(self.source)
        header = inspect(path)
        if dtype != "auto" and DTYPES.get(dtype, dtype) != header.precision:
            raise DeviceError(f"{path} is in {header.precision}; {dtype} needs another file.")
        self.library = import_library(self.info.extra)
        chosen = find_device(self.library, device)
        self.model = open_model(self.library, path, header.architecture, chosen, self.options["memory_map"])
        self._check_switches()
        self.session = self.model.session(
            n_threads=self.options["threads"], kv_type=self.options["kv_type"], n_ctx=self.options["context"]
        )
        known = frozenset(self.model.capabilities.languages)
        self.languages = restricted(known, self.options["languages"], self.source)
        return Loaded(device, header.precision, self._details(chosen))

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Transcribe; utterances of one language and prompt go through one call of the library.

        Raises UnsuitedError for a task, language, prompt or timestamps that the model lacks.
        """
        return in_groups(
            batch,
            lambda one: (one.language, one.prompt),
            lambda group, shared: self._group(group, *shared, decoding),
        )

    def open_stream(self, decoding: Decoding, *, language: str | None, prompt: str | None) -> Stream:
        """Listen piece by piece, if the model can; see `Streaming.open_stream`."""
        if not self.model.capabilities.supports_streaming:
            raise UnsuitedError(f"{self.source} takes whole clips only: models of {self.model.arch} do not stream")
        if decoding.timestamps:
            raise UnsuitedError("streams of transcribe.cpp give text alone, without timestamps")
        return TranscribeCppStream(self.session.stream(**self._request(language, prompt, decoding)))

    def close(self) -> None:
        """Free the session and the model."""
        for held in (self.session, self.model):
            if held is not None:
                held.close()
        self.session = self.model = None

    def _check_switches(self) -> None:
        for option, ability in SWITCHES.items():
            chosen = self.options[option]
            if chosen not in ("default", "on", "off"):
                raise UsageError(f"transcribe-cpp[{option}={chosen}]: it is default, on or off.")
            if chosen != "default" and not self.model.supports(ability):
                raise UsageError(f"transcribe-cpp[{option}={chosen}]: {self.model.arch} has no such switch.")

    def _details(self, device: Any) -> dict[str, Any]:
        details = {
            **self.options,
            "languages": sorted(self.options["languages"]),
            "family": self.model.arch,
            "variant": self.model.variant,
            "backend": self.model.backend,
            "device_name": device.description,
            "library": f"{self.library.native_version()} ({self.library.native_commit()})",
            "streams": self.model.capabilities.supports_streaming,
            "longest_seconds": self._limit(),
        }
        if self._is_whisper():
            details["guards"] = guards.in_force(self.options["guards"], suppressed=True)
        return details

    def _is_whisper(self) -> bool:
        return bool(self.model.accepts(self.library.WhisperRunOptions()))

    def _limit(self) -> float | None:
        """Seconds of the longest clip of one call; None for any length."""
        milliseconds = self.session.limits.effective_max_audio_ms
        return milliseconds / 1000 if milliseconds else None

    def _request(self, language: str | None, prompt: str | None, decoding: Decoding) -> dict[str, Any]:
        """Return the library's parameters. Raises UnsuitedError for what the library would pass over in silence."""
        able, family = self.model.capabilities, self.model.arch
        if decoding.task == "translate" and not able.supports_translate:
            raise UnsuitedError(f"{self.source} does not translate: models of {family} that do say so")
        if decoding.task == "instruct" and not self.model.supports("instruct"):
            raise UnsuitedError(f"{self.source} follows no instructions: models of {family} only transcribe")
        if prompt and decoding.task != "instruct" and not self.model.supports("context_prompt"):
            raise UnsuitedError(f"{self.source} takes no prompt: models of {family} have none")
        if decoding.timestamps and able.max_timestamp_kind == "none":
            raise UnsuitedError(f"{self.source} knows no timestamps: models of {family} give text alone")
        only = next(iter(self.languages)) if len(self.languages) == 1 else None
        return {
            "task": decoding.task,
            "language": (code_for(language, self.languages, self.source) if self.languages else language) or only,
            "target_language": "en" if decoding.task == "translate" else None,
            "timestamps": "segment" if decoding.timestamps else "none",
            "prompt": prompt,
            **{ability: self.options[option] for option, ability in SWITCHES.items()},
        }

    def _group(
        self, group: Sequence[Utterance], language: str | None, prompt: str | None, decoding: Decoding
    ) -> list[Transcript]:
        """Transcribe utterances that share language and prompt, those that are too long for one call in pieces."""
        request = self._request(language, prompt, decoding)
        if self._is_whisper():
            request["family"] = self._whisper_options()
        heard: list[tuple[Any, int]] = []

        def listen(pieces: list[NDArray[np.float32]]) -> list[str]:
            results = self._run(pieces, request)
            heard.extend(zip(results, map(len, pieces), strict=True))
            return [result.text for result in results]

        longest = self._limit() or 1 + max(one.audio.seconds for one in group)
        clips = [one.audio.numpy() for one in group]
        transcripts = []
        for text, count in chunking.transcribe_pieces(clips, self.info.sample_rate, longest, listen):
            transcripts.append(Transcript(text, self._told(heard[:count], decoding.timestamps)))
            del heard[:count]
        return transcripts

    def _run(self, pieces: list[NDArray[np.float32]], request: Mapping[str, Any]) -> list[Any]:
        """Return the library's result of each piece, or its OutputTruncated, to which the text so far is given."""
        import numpy as np

        # Families differ in what they make of less than a tenth of a second: silence behind it harms none.
        padded = [np.pad(piece, (0, max(0, LEAST_SAMPLES - len(piece)))) for piece in pieces]
        results: list[Any] = self.session.run_batch(padded, return_exceptions=True, **request)
        for result in results:
            if isinstance(result, self.library.UnsupportedRequest):
                raise UnsuitedError(f"{self.source}: {result}") from result
            if isinstance(result, self.library.OutputTruncated) and result.partial_result is not None:
                result.text, result.language = result.partial_result.text, result.partial_result.language
                result.segments = result.partial_result.segments
            elif isinstance(result, Exception):
                raise result
        return results

    def _told(self, parts: Sequence[tuple[Any, int]], timestamps: bool) -> dict[str, Any]:
        """Return the details of a clip, of which `parts` are the results of its pieces and their numbers of samples."""
        details: dict[str, Any] = {"pieces": len(parts)} if len(parts) > 1 else {}
        if broken_off := sum(isinstance(result, Exception) for result, _ in parts):
            details["cut_off_by_token_limit"] = broken_off
        if (language := parts[0][0].language) and len(self.languages) > 1:
            details["language"] = iso_code(language)
        if timestamps:
            begin, details["segments"] = 0.0, []
            for result, samples in parts:
                details["segments"] += [_segment(one, begin) for one in result.segments]
                begin += samples / self.info.sample_rate
        return details

    def _whisper_options(self) -> Any:
        """Greedy, without fallback to temperatures; the guards as that option says. Infinity: never."""
        on = self.options["guards"]
        return self.library.WhisperRunOptions(
            condition_on_prev_tokens=self.options["condition_on_previous_text"],
            temperature_inc=0.0,
            compression_ratio_thold=math.inf,
            logprob_thold=guards.LOG_PROBABILITY if on else -math.inf,
            no_speech_thold=guards.NO_SPEECH if on else math.inf,
        )


def _segment(one: Any, begin: float) -> dict[str, Any]:
    return {"start": begin + one.t0_ms / 1000, "end": begin + one.t1_ms / 1000, "text": one.text.strip()}
