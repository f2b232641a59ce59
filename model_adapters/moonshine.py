"""Moonshine through useful-moonshine-onnx: the release's two ONNX files, run by ONNX Runtime.

The source is a folder with `encoder_model.onnx` and `decoder_model_merged.onnx` (on the hub:
UsefulSensors/moonshine, `onnx/merged/{tiny,base}/float`). Whether it is a tiny or a base is read from the decoder.
The library's own class transcribes; only its sessions are made here, because its constructor takes neither an
execution provider nor a number of threads. Its answers are the library's, up to the bound on their length.

Options: `threads` (ONNX Runtime's intra-op threads, its own choice if not given), `provider_options` (a table that is
passed to the execution provider), `tokens_per_second` (bound on the answer's length, 6.5 as the authors advise).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import DeviceError, MissingDependencyError, WeightsError

from . import chunking
from .kinds import refuse_other_kinds
from .languages import code_for
from .onnx_support import import_onnxruntime, input_names, open_session, provider
from .options import parse_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENCODER, DECODER = "encoder_model.onnx", "decoder_model_merged.onnx"
VARIANTS = {6: "tiny", 8: "base"}
# The library refuses 64 s and more and 0.1 s and less; its authors advise against more than 30 s in one call.
MAX_SECONDS = 30.0
MIN_SAMPLES = 1_601
# The authors' bound against endless repetition; one word in half a second has more tokens than that.
TOKENS_PER_SECOND, MIN_TOKENS = 6.5, 16
LANGUAGES = frozenset({"en"})


class Moonshine:
    """English encoder-decoder of 27 to 61 million weights, decoded greedily by the library itself."""

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="useful-moonshine-onnx",
        packages=("useful-moonshine-onnx", "onnxruntime"),
        modules=("moonshine_onnx", "onnxruntime"),
        extra="moonshine",
        backend="onnxruntime",
        follows=("max_new_tokens",),
        max_batch=1,
        max_seconds=MAX_SECONDS,
        options={"threads": 0, "provider_options": {}, "tokens_per_second": TOKENS_PER_SECOND},
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self._source = source
        self._options = {**self.info.options, **parse_options("moonshine", options, self.info.options)}
        self._model: Any = None
        self._tokenizer: Any = None

    def load(self, device: str, dtype: str) -> Loaded:
        """Open both files with the device's execution provider; the dtype is the files' own, float32."""
        library = _import_library(self.info.extra)
        runtime = import_onnxruntime(self.info.extra)
        if dtype not in ("auto", "float32"):
            raise DeviceError(f"moonshine's ONNX files compute in float32, not in {dtype}.")
        folder = _folder(self._source)
        chosen = provider(runtime, device, self._options["provider_options"])
        threads = self._options["threads"]
        sessions = {name: open_session(runtime, folder / name, chosen, threads) for name in (ENCODER, DECODER)}
        kind = variant(folder, input_names(sessions[ENCODER]), input_names(sessions[DECODER]))
        self._model = _construct(library, runtime, folder, kind, sessions)
        self._tokenizer = library.load_tokenizer()
        used = sessions[ENCODER].get_providers()
        return Loaded(device, "float32", {"variant": kind, "providers": used, "threads": threads or "auto"})

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Transcribe clip by clip (the graphs take one at a time), those of more than 30 s in pieces.

        `details` says how many pieces there were, and whether an answer was cut off by its limit of tokens.
        """
        return [self._transcribe(one, decoding.max_new_tokens) for one in batch]

    def close(self) -> None:
        """Drop both sessions."""
        self._model = self._tokenizer = None

    def _transcribe(self, utterance: Utterance, limit: int | None) -> Transcript:
        code_for(utterance.language, LANGUAGES, "moonshine")
        audio, cut_off = utterance.audio, 0

        def listen(pieces: list[NDArray[np.float32]]) -> list[str]:
            nonlocal cut_off
            answers = [self._generate(piece, limit or self._limit(piece)) for piece in pieces]
            cut_off += sum(answer[-1] != self._model.eos_token_id for answer in answers)
            texts: list[str] = self._tokenizer.decode_batch(answers)
            return texts

        [(text, pieces)] = chunking.transcribe_pieces([audio.numpy()], audio.sample_rate, MAX_SECONDS, listen)
        details = {"pieces": pieces} if pieces > 1 else {}
        if cut_off:
            details["cut_off_by_token_limit"] = cut_off
        return Transcript(text.strip(), details)

    def _generate(self, samples: NDArray[np.float32], limit: int) -> list[int]:
        """Return the token ids of one piece; what is too short for the convolutions is followed by silence."""
        import numpy as np

        if len(samples) < MIN_SAMPLES:
            samples = np.pad(samples, (0, MIN_SAMPLES - len(samples)))
        tokens: list[int] = self._model.generate(samples[None], max_len=limit)[0]
        return tokens

    def _limit(self, samples: NDArray[np.float32]) -> int:
        seconds = len(samples) / self.info.sample_rate
        return max(MIN_TOKENS, math.ceil(seconds * float(self._options["tokens_per_second"])))


def _import_library(extra: str) -> Any:
    try:
        import moonshine_onnx
    except ImportError as error:
        raise MissingDependencyError(
            f'useful-moonshine-onnx cannot be imported ({error}): pip install "pytest-asrbench[{extra}]"'
        ) from error
    return moonshine_onnx


def _folder(source: str | None) -> Path:
    if not source:
        raise WeightsError(f"moonshine needs a folder with {ENCODER} and {DECODER}: name it as moonshine:FOLDER.")
    folder = Path(source)
    if not all((folder / name).is_file() for name in (ENCODER, DECODER)):
        refuse_other_kinds(folder, "moonshine")
    absent = [name for name in (ENCODER, DECODER) if not (folder / name).is_file()]
    if absent:
        raise WeightsError(f"{folder} has no {' and no '.join(absent)}; name the folder of one Moonshine release.")
    return folder


def variant(folder: Path, encoder: set[str], decoder: set[str]) -> str:
    """Return "tiny" or "base" by the decoder's layers, as counted in its inputs. Raises WeightsError for neither."""
    absent = ({"input_values"} - encoder) | ({"input_ids", "encoder_hidden_states", "use_cache_branch"} - decoder)
    if absent:
        raise WeightsError(
            f"{folder} is no Moonshine release with a merged decoder: its graphs have no input {sorted(absent)[0]}."
        )
    layers = sum(name.endswith(".decoder.key") for name in decoder)
    if layers not in VARIANTS:
        known = " or ".join(f"{count} ({name})" for count, name in VARIANTS.items())
        raise WeightsError(f"{folder / DECODER} has {layers} layers; useful-moonshine-onnx knows {known} only.")
    return VARIANTS[layers]


def _construct(library: Any, runtime: Any, folder: Path, kind: str, sessions: Mapping[str, Any]) -> Any:
    """Call the library's constructor so that it gets the open sessions where it would open its own."""
    opens = runtime.InferenceSession
    runtime.InferenceSession = lambda path: sessions[Path(path).name]
    try:
        return library.MoonshineOnnxModel(models_dir=str(folder), model_name=kind)
    finally:
        runtime.InferenceSession = opens
