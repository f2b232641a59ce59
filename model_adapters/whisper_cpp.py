"""whisper.cpp through pywhispercpp: any ggml file of a Whisper, Q5_0 and other quantisations included.

The package's binding of whisper.cpp's C functions is called directly: its `Model` class drops the return code, so
that a failed transcription would look like silence.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import AudioError, DeviceError, MissingDependencyError, UnsuitedError, WeightsError

from . import guards
from .cpu import physical_cores
from .ggml_file import GgmlHeader, inspect
from .languages import code_for, iso_code, restricted
from .options import parse_options

WINDOW_SAMPLES = 30 * 16_000
LEAST_SAMPLES = 1_600  # whisper.cpp says nothing to less than 0.1 s, or fails
TICKS = 100  # of its timestamps in a second
ERROR_LEVEL = 4  # of ggml's log
# What whisper.cpp calls the backend of a device in its log.
BACKENDS = {"cuda": "CUDA", "rocm": "ROCm|HIP", "mps": "Metal|MTL", "vulkan": "Vulkan", "xpu": "SYCL"}
LOADING = re.compile(r"whisper_(init|model_load)")
USING = re.compile(r"using (\S+) backend")
DTYPES = {"fp32": "float32", "fp16": "float16"}


class WhisperCpp:
    """A ggml file. Decoding is greedy, and always repeats itself; the details of what was loaded say `repeatable`.

    A beam search of whisper.cpp is not repeatable: it draws what it follows by chance, from numbers that go on from
    call to call, and its binding for Python has no way to begin them anew but to load the model again.

    Clips of up to 30 s are decoded without timestamps, longer ones by whisper.cpp's own windows, each beginning at
    the last timestamp that the model said.

    Options: `threads` (by default as many as there are physical cores), `num_beams` (1), `flash_attention` (true),
    `guards` (see that module), `languages` (those that the model was made for, if not for all that it has tokens for)
    and `condition_on_previous_text` (false). A language that is not told is detected, for which whisper.cpp encodes the
    clip a second time, and `language` in the details says which. The prompt is Whisper's own: text that
    might have come before.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="whisper.cpp",
        packages=("pywhispercpp",),
        modules=("pywhispercpp", "_pywhispercpp"),
        extra="whispercpp",
        backend="whisper.cpp",
        tasks=("transcribe", "translate"),
        follows=("prompt", "max_new_tokens", "num_beams", "timestamps"),
        max_batch=1,
        options={
            "threads": 0,
            "num_beams": 1,
            "flash_attention": True,
            "condition_on_previous_text": False,
            "guards": guards.DEFAULT,
            "languages": frozenset(),
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("whisper-cpp", options, self.info.options)}
        self.options["threads"] = self.options["threads"] or physical_cores()
        self.library: Any = None
        self.context: Any = None
        self.header: GgmlHeader | None = None
        self.languages: frozenset[str] = frozenset()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the file; see `Adapter.load`. The dtype is the file's own: "auto", or exactly that."""
        if not self.source:
            raise WeightsError("whisper-cpp needs a ggml file: name it as whisper-cpp:FILE.")
        path = Path(self.source)
        self.header = inspect(path)
        if dtype != "auto" and DTYPES.get(dtype, dtype) != self.header.precision:
            raise DeviceError(f"{path} is in {self.header.precision}; {dtype} needs another file.")
        self.library = _import_library(self.info.extra)
        backend = self._open(path, device)
        self.languages = restricted(self._languages(), self.options["languages"], self.source)
        details = {
            **self.options,
            "languages": sorted(self.options["languages"]),
            "guards": guards.in_force(self.options["guards"], suppressed=self.options["guards"]),
            "repeatable": self.options["num_beams"] == 1,
            "backend": backend,
            "multilingual": self.header.multilingual,
            "system_info": _text(self.library.whisper_print_system_info()).strip(" |\n"),
        }
        return Loaded(device, self.header.precision, details)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Transcribe clip by clip; whisper.cpp takes one at a time. Those over 30 s say `long_form` in their details.

        Raises UnsuitedError for a task or a language that the model lacks, RuntimeError where whisper.cpp fails.
        """
        return [self._transcribe(one, decoding) for one in batch]

    def close(self) -> None:
        """Free the model."""
        context, self.context = self.context, None
        if context is not None:
            self.library.whisper_free(context)

    def _open(self, path: Path, device: str) -> str:
        """Load the model and return the name of the backend in use, as whisper.cpp's log tells it."""
        kind, _, number = device.partition(":")
        if kind != "cpu" and kind not in BACKENDS:
            raise DeviceError(f"whisper.cpp cannot use {device}; it has cpu and, built for it, {', '.join(BACKENDS)}.")
        wanted = self.library.whisper_context_default_params()
        wanted.use_gpu = kind != "cpu"
        wanted.gpu_device = int(number) if number.isdigit() else 0
        wanted.flash_attn = self.options["flash_attention"]
        log: list[tuple[int, str]] = []
        self.library.whisper_log_set(lambda level, text: log.append((level, _text(text).strip())))
        try:
            self.context = self.library.whisper_init_from_file_with_params(str(path), wanted)
        finally:
            # A Python callback left in place would be called after the interpreter has ended.
            self.library.whisper_log_set(None)
        # The binding wraps a null pointer as it wraps a model: only the log tells them apart.
        if failures := [line for level, line in log if level >= ERROR_LEVEL and LOADING.match(line)]:
            self.context = None
            raise WeightsError(f"whisper.cpp cannot load {path}: {failures[0]}; convert or download it again.")
        used = next((match[1] for _, line in reversed(log) if (match := USING.search(line))), "CPU")
        if kind != "cpu" and not re.match(BACKENDS[kind], used):
            self.close()
            raise DeviceError(
                f"{device} was asked for, but this build of pywhispercpp found no such GPU; "
                "reinstall it with the backend enabled (pytest-asrbench doctor --fix-hints prints the command)."
            )
        return used if kind != "cpu" else "CPU"

    def _languages(self) -> frozenset[str]:
        """The codes that the model has tokens for: the last one, Cantonese, came with the largest vocabulary."""
        assert self.header is not None
        if not self.header.multilingual:
            return frozenset({"en"})
        count = min(self.header.vocabulary - 51_766, self.library.whisper_lang_max_id() + 1)
        return frozenset(_text(self.library.whisper_lang_str(number)) for number in range(count))

    def _parameters(self, utterance: Utterance, decoding: Decoding) -> Any:
        assert self.header is not None
        tasks = self.info.tasks if self.header.multilingual else self.info.tasks[:1]
        if decoding.task not in tasks:
            raise UnsuitedError(f"{self.source} cannot do the task {decoding.task!r}; it has {', '.join(tasks)}.")
        language = code_for(utterance.language, self.languages, self.source)
        beams = decoding.num_beams or self.options["num_beams"]
        strategy = self.library.whisper_sampling_strategy
        params = self.library.whisper_full_default_params(
            strategy.WHISPER_SAMPLING_BEAM_SEARCH if beams > 1 else strategy.WHISPER_SAMPLING_GREEDY
        )
        params.print_progress = params.print_realtime = params.print_special = params.print_timestamps = False
        params.n_threads = self.options["threads"]
        params.temperature = params.temperature_inc = 0.0
        params.suppress_nst = self.options["guards"]
        params.logprob_thold = guards.LOG_PROBABILITY
        params.no_speech_thold = guards.NO_SPEECH if self.options["guards"] else 1.0  # no probability is above 1
        params.greedy = {"best_of": 1}
        if beams > 1:
            params.beam_search = {"beam_size": beams, "patience": -1.0}
        params.language = language or (next(iter(self.languages)) if len(self.languages) == 1 else "")
        params.translate = decoding.task == "translate"
        params.max_tokens = decoding.max_new_tokens or 0
        params.no_context = True
        if utterance.prompt:
            params.initial_prompt = utterance.prompt
        elif not self.options["condition_on_previous_text"]:
            params.n_max_text_ctx = 0
        return params

    def _transcribe(self, utterance: Utterance, decoding: Decoding) -> Transcript:
        params, clip = self._parameters(utterance, decoding), utterance.audio
        if clip.sample_rate != self.info.sample_rate:
            raise AudioError(f"{clip.name or 'a clip'} has {clip.sample_rate} Hz; whisper-cpp needs 16000 Hz.")
        if clip.samples < LEAST_SAMPLES:
            return Transcript("", {"too_short": True})
        long = clip.samples > WINDOW_SAMPLES
        params.no_timestamps = not (long or decoding.timestamps)
        code = self.library.whisper_full(self.context, params, clip.numpy(), clip.samples)
        if code != 0:
            raise RuntimeError(f"whisper.cpp failed with code {code} on {clip.name or 'a clip'} ({clip.seconds:.1f} s)")
        count = self.library.whisper_full_n_segments(self.context)
        # Bytes are joined before they are decoded: a character may lie across two segments.
        parts = [self.library.whisper_full_get_segment_text(self.context, number) for number in range(count)]
        text = b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)
        details: dict[str, Any] = {"long_form": True} if long else {}
        if utterance.language is None and self.header is not None and self.header.multilingual:
            number = self.library.whisper_full_lang_id(self.context)
            details["language"] = iso_code(_text(self.library.whisper_lang_str(number)))
        if decoding.timestamps:
            details["segments"] = [self._segment(number, _text(part)) for number, part in enumerate(parts)]
        return Transcript(text.decode("utf-8", "replace").strip(), details)

    def _segment(self, number: int, text: str) -> dict[str, Any]:
        start = self.library.whisper_full_get_segment_t0(self.context, number)
        end = self.library.whisper_full_get_segment_t1(self.context, number)
        return {"start": start / TICKS, "end": end / TICKS, "text": text.strip()}


def _import_library(extra: str) -> Any:
    try:
        importlib.import_module("pywhispercpp")
        return importlib.import_module("_pywhispercpp")
    except ImportError as error:
        raise MissingDependencyError(
            f'pywhispercpp is not installed: pip install "pytest-asrbench[{extra}]" ({error})'
        ) from error


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
