"""PocketSphinx 5: the small recogniser that carries its English model inside its wheel.

Source: https://pocketsphinx.readthedocs.io. A folder given as source replaces the acoustic model, language model and
dictionary by what it holds (`en-us/`, `*.lm.bin`, `*.dict`, the layout of the wheel).
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Audio, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import DeviceError, MissingDependencyError, WeightsError

from .kinds import refuse_other_kinds
from .languages import code_for
from .options import parse_options

OWN_LANGUAGES = frozenset({"en"})


class PocketSphinx:
    """GMM-HMM decoder on the CPU, one thread, 16-bit fixed input."""

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="pocketsphinx",
        packages=("pocketsphinx",),
        modules=("pocketsphinx",),
        extra="pocketsphinx",
        max_batch=1,
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self._source = source
        self._options = dict(options)
        self._decoder: Any = None

    def load(self, device: str, dtype: str) -> Loaded:
        """Build the decoder; options are passed on as PocketSphinx parameters (`beam`, `lw`, `samprate` ...)."""
        if device != "cpu" or dtype not in ("auto", "int16"):
            raise DeviceError(f"pocketsphinx runs on the cpu in fixed point, not on {device} in {dtype}")
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise MissingDependencyError(
                f'pocketsphinx cannot be imported ({error}): pip install "pytest-asrbench[pocketsphinx]" '
                "(without a wheel for this platform it is built from source, which takes a C compiler)"
            ) from error
        # Its own rules choose rounding noise; fixed, two runs give the same transcripts.
        parameters = {"loglevel": "FATAL", "dither": False, **self._model_files(), **_checked(self._options)}
        try:
            self._decoder = Decoder(**parameters)
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            given = f" with the options {reprlib.repr(self._options)}" if self._options else ""
            raise WeightsError(f"pocketsphinx cannot load {self._source or 'its own model'}{given}: {error}") from error
        return Loaded("cpu", "int16")

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Decode each clip as one utterance."""
        if self._source is None:
            for one in batch:
                code_for(one.language, OWN_LANGUAGES, "pocketsphinx's own model")
        return [self._decode(one.audio) for one in batch]

    def close(self) -> None:
        """Drop the decoder."""
        self._decoder = None

    def _decode(self, audio: Audio) -> Transcript:
        samples = (audio.numpy() * 32767.0).clip(-32768, 32767).astype("int16")
        decoder = self._decoder
        # Cepstral means adapt from call to call; a fresh start makes each clip independent of those before it.
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), False, True)
        decoder.end_utt()
        best = decoder.hyp()
        return Transcript(best.hypstr if best is not None else "")

    def _model_files(self) -> dict[str, str]:
        if self._source is None:
            return {}
        folder = Path(self._source)
        refuse_other_kinds(folder, "pocketsphinx")
        acoustic = next((d.parent for d in sorted(folder.rglob("mdef"))), None)
        language = next(iter(sorted(folder.rglob("*.lm.bin"))), None)
        dictionary = next(iter(sorted(folder.rglob("*.dict"))), None)
        if acoustic is None or language is None or dictionary is None:
            raise WeightsError(
                f"{folder} is no PocketSphinx model: it needs a folder with mdef, a *.lm.bin and a *.dict"
            )
        return {"hmm": str(acoustic), "lm": str(language), "dict": str(dictionary)}


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as PocketSphinx takes them; raises UsageError for a name or a value that it does not know."""
    from pocketsphinx import Config

    known = {parameter.name: parameter.type() for parameter in Config().describe()}
    return parse_options("pocketsphinx", options, known, signed=True)
