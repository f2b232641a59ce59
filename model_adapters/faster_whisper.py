"""faster-whisper: Whisper on CTranslate2, any folder that was converted for it, in float32, float16 or int8.

Clips of up to 30 s are decoded without timestamps, longer ones by the library's own windows, each beginning at the last
timestamp that the model said. Decoding is greedy unless a beam is asked for, and without temperature fallback, so the
same clip always gives the same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import (
    AudioError,
    DeviceError,
    MissingDependencyError,
    UnsuitedError,
    UsageError,
    WeightsError,
)

from . import guards
from .batches import in_groups
from .cpu import physical_cores
from .ctranslate2_support import compute_type, explained, place, whisper_folder
from .faster_whisper_windows import LONG, NOTHING, RATE, WINDOW_FRAMES, extent, segment, side_by_side
from .languages import code_for, iso_code, restricted
from .options import parse_options

if TYPE_CHECKING:
    from pathlib import Path

ALONE = ("guards", "condition_on_previous_text")  # what the batched pipeline takes no notice of


class FasterWhisper:
    """A CTranslate2 folder of a Whisper: model.bin, config.json, tokenizer.json and a vocabulary.

    Short clips of one call go through the model together, by the library's batched pipeline.

    Options: `compute_type` (CTranslate2's: float32, float16, bfloat16, int8, int8_float32 ...; the dtype if not given,
    and the model's own if that is not either), `beam_size` (1), `vad_filter` (false: no search for speech before
    decoding), `condition_on_previous_text` (false), `batch_size` (1: clips over 30 s go window by window; above, the
    batched pipeline cuts them where nobody speaks and decodes as many pieces at once), `word_timestamps` (false: they
    take time, which is measured; with it the details have `segments` with `words`), `threads` (by default as many as
    there are physical cores), `guards` (see that module) and `languages` (those that the model was made for, if not
    for all that it has tokens for). A language that is not told is detected, for which the clip is encoded a second
    time, and `language` in the details says which. The prompt is Whisper's own: text that might have come before.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="faster-whisper",
        packages=("faster-whisper", "ctranslate2"),
        modules=("faster_whisper", "ctranslate2"),
        extra="faster-whisper",
        backend="ctranslate2",
        tasks=("transcribe", "translate"),
        follows=("prompt", "max_new_tokens", "num_beams", "timestamps"),
        options={
            "compute_type": "",
            "beam_size": 1,
            "vad_filter": False,
            "condition_on_previous_text": False,
            "batch_size": 1,
            "word_timestamps": False,
            "threads": 0,
            "guards": guards.DEFAULT,
            "languages": frozenset(),
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("faster-whisper", options, self.info.options)}
        self.options["threads"] = self.options["threads"] or physical_cores()
        if self.options["batch_size"] > 1 and (ignored := [name for name in ALONE if self.options[name]]):
            raise UsageError(
                f"faster-whisper's batched pipeline takes no notice of {' and '.join(ignored)}; leave that out, or "
                f"batch_size={self.options['batch_size']}."
            )
        self.model: Any = None
        self.pipeline: Any = None
        self.languages: frozenset[str] = frozenset()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the folder; see `Adapter.load`. "auto" is the precision of the file where the device has it."""
        folder = whisper_folder(self.source, "faster-whisper")
        library, runtime = _import_library(self.info.extra)
        kind, index = place(runtime, device)
        wanted = compute_type(runtime, device, dtype, self.options["compute_type"])
        try:
            self.model = library.WhisperModel(
                str(folder),
                device=kind,
                device_index=index,
                compute_type=wanted,
                cpu_threads=self.options["threads"],
                local_files_only=True,
            )
        except Exception as error:
            raise explained(error, folder, device) from error
        self.pipeline = library.BatchedInferencePipeline(self.model)
        used = self.model.model.compute_type
        if wanted not in ("default", used) and not used.startswith(f"{wanted}_"):
            raise DeviceError(f"{wanted} was asked for, and CTranslate2 computes in {used}; name what {device} has.")
        self._check_features(folder)
        self.languages = restricted(self._languages(), self.options["languages"], self.source)
        details = {
            **self.options,
            "compute_type": used,
            "languages": sorted(self.options["languages"]),
            "multilingual": self.model.model.is_multilingual,
            "guards": guards.in_force(self.options["guards"], suppressed=self.options["guards"]),
        }
        return Loaded(device, used, details)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Return one transcript per clip; those over 30 s say `long_form` in their details.

        Raises UnsuitedError for a task or a language that the model lacks.
        """
        if decoding.task == "translate" and not self.model.model.is_multilingual:
            raise UnsuitedError(f"{self.source} cannot do the task 'translate'; it is English-only.")
        for one in batch:
            if one.audio.sample_rate != RATE:
                raise AudioError(
                    f"{one.audio.name or 'a clip'} has {one.audio.sample_rate} Hz; faster-whisper needs {RATE} Hz."
                )
        alone = len(batch) == 1
        return in_groups(
            batch,
            lambda one: (extent(one), self._language(one, alone=alone), one.prompt),
            lambda group, key: self._answer(group, *key, decoding),
        )

    def close(self) -> None:
        """Drop the model."""
        self.model = self.pipeline = None

    def _check_features(self, folder: Path) -> None:
        """Raise WeightsError if the folder says nothing, or something wrong, of how its sound is to be prepared."""
        made, needed = len(self.model.feature_extractor.mel_filters), self.model.model.n_mels
        if made != needed:
            raise WeightsError(
                f"{folder}: features of {made} mel bands are made, but the model needs {needed}; take the "
                "preprocessor_config.json of the same release."
            )

    def _languages(self) -> frozenset[str]:
        """The codes that the model has tokens for."""
        known = self.model.supported_languages
        token = self.model.hf_tokenizer.token_to_id
        return frozenset(code for code in known if code == "en" or token(f"<|{code}|>") is not None)

    def _language(self, utterance: Utterance, *, alone: bool) -> str | None:
        """Return the code to decode in; None leaves it to the library, which several clips of a call cannot."""
        code = code_for(utterance.language, self.languages, self.source)
        if code is None and len(self.languages) == 1:
            return next(iter(self.languages))
        if code is not None or alone or extent(utterance) == NOTHING:
            return code
        detected: str = self.model.detect_language(utterance.audio.numpy())[0]
        return detected

    def _answer(
        self, group: Sequence[Utterance], size: str, language: str | None, prompt: str | None, decoding: Decoding
    ) -> list[Transcript]:
        if size == NOTHING:
            return [Transcript("", {"too_short": True}) for _ in group]
        choices = {**self._choices(decoding), "language": language, "initial_prompt": prompt}
        by_itself = size == LONG or self.options["vad_filter"] or self.options["guards"]
        if len(group) == 1 or by_itself:
            return [self._alone(one, size == LONG, choices, decoding) for one in group]
        return self._together(group, choices, decoding)

    def _choices(self, decoding: Decoding) -> dict[str, Any]:
        """How the library is to decode."""
        on = self.options["guards"]
        return {
            "task": decoding.task,
            "beam_size": decoding.num_beams or self.options["beam_size"],
            "temperature": 0.0,
            "compression_ratio_threshold": None,
            "log_prob_threshold": guards.LOG_PROBABILITY if on else None,
            "no_speech_threshold": guards.NO_SPEECH if on else None,
            "suppress_tokens": [-1] if on else [],
            "condition_on_previous_text": self.options["condition_on_previous_text"],
            "max_new_tokens": decoding.max_new_tokens,
            "word_timestamps": self.options["word_timestamps"],
        }

    def _timed(self, decoding: Decoding) -> bool:
        return bool(decoding.timestamps or self.options["word_timestamps"])

    def _alone(self, one: Utterance, long: bool, choices: Mapping[str, Any], decoding: Decoding) -> Transcript:
        timed = self._timed(decoding)
        if long and self.options["batch_size"] > 1:
            segments, about = self.pipeline.transcribe(
                one.audio.numpy(), batch_size=self.options["batch_size"], without_timestamps=not timed, **choices
            )
        else:
            segments, about = self.model.transcribe(
                one.audio.numpy(),
                vad_filter=self.options["vad_filter"],
                without_timestamps=not (long or timed),
                **choices,
            )
        return self._transcript(one, segments, about.language, decoding, long=long)

    def _together(self, group: Sequence[Utterance], choices: Mapping[str, Any], decoding: Decoding) -> list[Transcript]:
        """Decode short clips at once: as one recording, in which each has a window of its own."""
        sound, places = side_by_side([one.audio for one in group])
        segments, about = self.pipeline.transcribe(
            sound,
            clip_timestamps=places,
            batch_size=len(group),
            without_timestamps=not self._timed(decoding),
            **choices,
        )
        said: list[list[Any]] = [[] for _ in group]
        for part in segments:
            said[part.seek // WINDOW_FRAMES].append(part)
        return [
            self._transcript(one, parts, about.language, decoding, place["start"])
            for one, parts, place in zip(group, said, places, strict=True)
        ]

    def _transcript(
        self,
        one: Utterance,
        segments: Iterable[Any],
        language: str,
        decoding: Decoding,
        begins: float = 0.0,
        *,
        long: bool = False,
    ) -> Transcript:
        """Put together what was said of a clip that begins `begins` seconds after the recording."""
        parts = list(segments)
        details: dict[str, Any] = {"long_form": True} if long else {}
        if one.language is None and self.model.model.is_multilingual:
            details["language"] = iso_code(language)
        if self._timed(decoding):
            details["segments"] = [segment(part, begins) for part in parts]
        return Transcript("".join(part.text for part in parts).strip(), details)


def _import_library(extra: str) -> tuple[Any, Any]:
    try:
        import ctranslate2
        import faster_whisper
    except ImportError as error:
        raise MissingDependencyError(
            f'faster-whisper cannot be imported ({error}): pip install "pytest-asrbench[{extra}]"'
        ) from error
    return faster_whisper, ctranslate2
