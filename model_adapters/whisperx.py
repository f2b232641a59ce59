"""WhisperX: Whisper on CTranslate2, on the stretches in which its search for speech hears somebody, in batches.

It pins other versions of PyTorch and huggingface_hub than everything else here, so that it wants an environment of its
own (docs/environments.md). The search for speech is pyannote's, whose weights come in WhisperX's wheel; that by Silero
would be downloaded. Words are not aligned: that takes another model and changes no word.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import MissingDependencyError, UnsuitedError, UsageError

from . import guards
from .cpu import physical_cores
from .ctranslate2_support import compute_type, explained, place, whisper_folder
from .languages import code_for, iso_code, restricted
from .options import parse_options

LEAST_SAMPLES = 1_600
WINDOW_SECONDS = 30.0


class WhisperX:
    """A CTranslate2 folder of a Whisper. Greedy unless a beam is asked for, and without fallback to temperatures.

    Options: `compute_type` (as of faster-whisper), `num_beams` (1), `batch_size` (8: stretches of one clip that go
    through the model together), `chunk_seconds` (30: how long a stretch may be), `vad_onset` and `vad_offset` (0.5 and
    0.363: probabilities at which speech begins and ends), `threads` (by default as many as there are physical cores),
    `guards` (see that module: of them tokens of sounds alone; where nobody speaks nothing is decoded in any case) and
    `languages` (those that the model was made for, if not for all that it has tokens for).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="whisperx",
        packages=("whisperx", "faster-whisper", "ctranslate2", "torch", "pyannote-audio"),
        modules=("whisperx",),
        extra="whisperx",
        backend="ctranslate2",
        tasks=("transcribe", "translate"),
        follows=("prompt", "num_beams", "timestamps"),
        max_batch=1,
        apart=True,
        options={
            "compute_type": "",
            "num_beams": 1,
            "batch_size": 8,
            "chunk_seconds": WINDOW_SECONDS,
            "vad_onset": 0.5,
            "vad_offset": 0.363,
            "threads": 0,
            "guards": guards.DEFAULT,
            "languages": frozenset(),
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("whisperx", options, self.info.options)}
        self.options["threads"] = self.options["threads"] or physical_cores()
        if self.options["chunk_seconds"] > WINDOW_SECONDS:
            raise UsageError("whisperx[chunk_seconds=...]: Whisper hears no more than 30 s at once.")
        self.pipeline: Any = None
        self.languages: frozenset[str] = frozenset()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the folder and the search for speech; see `Adapter.load`."""
        folder = whisper_folder(self.source, "whisperx")
        library, runtime = _import_library(self.info.extra)
        kind, index = place(runtime, device)
        wanted = compute_type(runtime, device, dtype, self.options["compute_type"])
        try:
            self.pipeline = library.load_model(
                str(folder),
                kind,
                device_index=index,
                compute_type=wanted,
                asr_options={"suppress_tokens": [-1] if self.options["guards"] else []},
                vad_options={
                    "chunk_size": self.options["chunk_seconds"],
                    "vad_onset": self.options["vad_onset"],
                    "vad_offset": self.options["vad_offset"],
                },
                threads=self.options["threads"],
                local_files_only=True,
            )
        except Exception as error:
            raise explained(error, folder, device) from error
        model = self.pipeline.model
        codes = model.supported_languages if model.model.is_multilingual else ["en"]
        known = frozenset(code for code in codes if model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None)
        self.languages = restricted(known or frozenset({"en"}), self.options["languages"], self.source)
        used = model.model.compute_type
        details = {
            **self.options,
            "compute_type": used,
            "languages": sorted(self.options["languages"]),
            "guards": guards.in_force(False, suppressed=self.options["guards"]),
        }
        return Loaded(device, used, details)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Transcribe clip by clip. Raises UnsuitedError for a task or a language that the model lacks."""
        if decoding.task == "translate" and not self.pipeline.model.model.is_multilingual:
            raise UnsuitedError(f"{self.source} cannot do the task 'translate'; it is English-only")
        return [self._transcribe(one, decoding) for one in batch]

    def close(self) -> None:
        """Drop the model and the search for speech."""
        self.pipeline = None

    def _transcribe(self, one: Utterance, decoding: Decoding) -> Transcript:
        import numpy as np

        code = code_for(one.language, self.languages, self.source)
        if code is None and len(self.languages) == 1:
            code = next(iter(self.languages))
        self.pipeline.options = replace(
            self.pipeline.options,
            beam_size=decoding.num_beams or self.options["num_beams"],
            initial_prompt=one.prompt,
        )
        samples = one.audio.numpy()
        # The library takes arrays that it may write to, and its search for speech no empty ones.
        heard = np.pad(samples, (0, max(0, LEAST_SAMPLES - len(samples))))
        said = self.pipeline.transcribe(
            heard,
            batch_size=self.options["batch_size"],
            language=code,
            task=decoding.task,
            chunk_size=self.options["chunk_seconds"],
        )
        details: dict[str, Any] = {} if code else {"language": iso_code(said["language"])}
        if decoding.timestamps:
            details["segments"] = [
                {"start": part["start"], "end": part["end"], "text": part["text"].strip()} for part in said["segments"]
            ]
        return Transcript(" ".join(part["text"].strip() for part in said["segments"]), details)


def _import_library(extra: str) -> tuple[Any, Any]:
    # pyannote would tell its makers of each model that is loaded.
    os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "false")
    try:
        import ctranslate2
        import whisperx
        import whisperx.asr
    except (ImportError, OSError) as error:  # a torchaudio that is built for another torch cannot be loaded
        raise MissingDependencyError(
            f'WhisperX cannot be imported ({error}): pip install "pytest-asrbench[{extra}]", in its own environment'
        ) from error
    return whisperx, ctranslate2
