"""CrisperWhisper by its own package: Whisper that writes down what was said, word for word, or what was meant.

Version 2 (nyralabs/CrisperWhisper2.0_...) has both modes; version 1 (nyrahealth/CrisperWhisper) is verbatim, and any
other Whisper is taken for one of version 1. The weights are for non-commercial use alone. The package runs beside
everything else here by transformers; its faster backend replaces CTranslate2 by a fork of the same name, and wants an
environment of its own (docs/environments.md).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import DeviceError, MissingDependencyError, UsageError

from .checkpoint_files import local_folder, read_json
from .languages import code_for, restricted
from .optional_packages import hide_unusable
from .options import parse_options
from .torch_support import dtype_name, explain_load_errors, torch_device, torch_dtype
from .whisper_settings import plain_code

MODES = ("verbatim", "intended")
LEAST_SAMPLES = 1_600
MAX_NEW_TOKENS = 256  # the package's own, of a window of 30 s
ASSUMED = "en"


class CrisperWhisper:
    """A transformers folder of a CrisperWhisper. Greedy, without fallback to temperatures; long audio by its windows.

    Options: `mode` ("verbatim" or "intended"; a transcript of one cannot be scored by references of the other),
    `backend` ("transformers" or "ct2"), `mitigation` (true: repetitions are detected and decoded anew, as the package
    does by itself), `words` (false: times of words, which take time, which is measured) and `languages` (those that
    the model was made for, if not for all that it has tokens for). The language has to be told; a clip of which nobody
    tells it is taken for English, and its details say so.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="crisperwhisper",
        packages=("crisperwhisper", "transformers", "torch", "ctranslate2-crisperwhisper"),
        modules=("crisperwhisper",),
        extra="crisperwhisper",
        backend="torch",
        follows=("max_new_tokens",),
        max_batch=1,
        options={
            "mode": MODES[0],
            "backend": "transformers",
            "mitigation": True,
            "words": False,
            "languages": frozenset(),
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("crisperwhisper", options, self.info.options)}
        for name, values in (("mode", MODES), ("backend", ("transformers", "ct2"))):
            if self.options[name] not in values:
                raise UsageError(f"crisperwhisper[{name}={self.options[name]}]: it is {' or '.join(values)}.")
        self.model: Any = None
        self.languages: frozenset[str] = frozenset()

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the folder; see `Adapter.load`."""
        folder = local_folder(self.source, "crisperwhisper")
        place = torch_device(device)
        if place.type not in ("cpu", "cuda"):
            raise DeviceError(f"crisperwhisper cannot use {device}; it has cpu, cuda:0 and rocm:0.")
        precision = dtype_name(torch_dtype(dtype, place))
        hide_unusable("torchaudio", "torchvision")
        library = _import_library(self.info.extra)
        with explain_load_errors(folder), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that version 1 is the older one
            self.model = library.CrisperWhisperModel(
                str(folder),
                backend=self.options["backend"],
                compute_type=precision,
                device=place.type,
                device_index=place.index or 0,
            )
        version = self.model.model_version
        if version == 1 and self.options["mode"] != MODES[0]:
            raise UsageError(f"{folder} is a CrisperWhisper of version 1, which has no mode but {MODES[0]}.")
        tokens = read_json(folder / "generation_config.json").get("lang_to_id") or {"<|en|>": 0}
        self.languages = restricted(frozenset(map(plain_code, tokens)), self.options["languages"], self.source)
        languages = sorted(self.options["languages"])
        details = {**self.options, "languages": languages, "backend": self.model.backend, "version": version}
        return Loaded(device, precision, details)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Transcribe clip by clip. Raises UnsuitedError for a language that the model has no token for."""
        return [self._transcribe(one, decoding) for one in batch]

    def close(self) -> None:
        """Drop the model."""
        self.model = None

    def _transcribe(self, one: Utterance, decoding: Decoding) -> Transcript:
        import numpy as np

        samples = one.audio.numpy()
        code = code_for(one.language or ASSUMED, self.languages, self.source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = self.model.transcribe(
                np.pad(samples, (0, max(0, LEAST_SAMPLES - len(samples)))),
                sr=one.audio.sample_rate,
                language=code,
                mode=self.options["mode"],
                max_new_tokens=decoding.max_new_tokens or MAX_NEW_TOKENS,
                temperature_fallback=False,
                hallucination_mitigation=self.options["mitigation"],
                word_timestamps=self.options["words"],
            )
        details: dict[str, Any] = {} if one.language else {"language": code, "language_assumed": True}
        if self.options["words"] and said.words:
            details["words"] = [{"start": word.start, "end": word.end, "text": word.word} for word in said.words]
        return Transcript(said.text.strip(), details)


def _import_library(extra: str) -> Any:
    try:
        import crisperwhisper
    except ImportError as error:
        raise MissingDependencyError(
            f'crisperwhisper cannot be imported ({error}): pip install "pytest-asrbench[{extra}]"'
        ) from error
    return crisperwhisper
