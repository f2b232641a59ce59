"""onnx-asr: NeMo's Parakeet, Canary and FastConformer, GigaAM, Zipformer, T-one and Whisper as ONNX files.

The source is a folder in the layout of its family. Which family that is stands in its config.json (`model_type`);
where a release holds several, or says nothing, the option `model` names it as onnx-asr does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from pytest_asrbench.adapter import AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import DeviceError, MissingDependencyError, UnsuitedError, UsageError, WeightsError

from . import chunking
from .batches import in_groups
from .checkpoint_files import read_json
from .kinds import refuse_other_kinds
from .languages import code_for, restricted
from .onnx_asr_languages import spoken
from .onnx_support import explained, import_onnxruntime, provider, session_settings
from .options import parse_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Answers = Sequence[str]

LONGEST_SECONDS = 30.0  # Whisper's window; the authors advise against more for most others
LEAST_SAMPLES = 1_600
# The parts of the files' names after the model's -> what that is called.
DTYPES = {"": "float32", "fp16": "float16", "bf16": "bfloat16"}
CANARY, WHISPER = "NemoConformerAED", ("WhisperHf", "WhisperOrt")


class OnnxAsr:
    """A folder of ONNX files on exactly one execution provider. Decoding is greedy.

    Options: `model` (onnx-asr's name of the model or its type, such as "nemo-conformer-tdt"; by default what
    config.json says), `quantization` ("int8", "fp16" ...: the files with this suffix), `threads` (ONNX Runtime's
    intra-op threads, its own choice if not given), `provider_options` (a table for the execution provider),
    `longest_seconds` (30; clips that are longer are cut at pauses; Whisper cannot hear more), `languages` (those that
    the model was made for) and `punctuation` ("default", "on", "off"; Canary alone).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="onnx-asr",
        packages=("onnx-asr", "onnxruntime"),
        modules=("onnx_asr", "onnxruntime"),
        extra="onnx-asr",
        backend="onnxruntime",
        tasks=("transcribe", "translate"),
        options={
            "model": "",
            "quantization": "",
            "threads": 0,
            "provider_options": {},
            "longest_seconds": LONGEST_SECONDS,
            "languages": frozenset(),
            "punctuation": "default",
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source
        self.options = {**self.info.options, **parse_options("onnx-asr", options, self.info.options)}
        self.model: Any = None
        self.family = ""
        self.languages: frozenset[str] = frozenset()
        self.tells_language = False

    def load(self, device: str, dtype: str) -> Loaded:
        """Open the files with the device's execution provider; the dtype is that of the files."""
        library = _import_library(self.info.extra)
        runtime = import_onnxruntime(self.info.extra)
        quantization = self.options["quantization"]
        precision = DTYPES.get(quantization, quantization)
        if dtype not in ("auto", precision):
            raise DeviceError(f"{self.source} is taken in {precision}; {dtype} needs other files: [quantization=...].")
        folder = _folder(self.source)
        chosen = provider(runtime, device, self.options["provider_options"])
        files = self._files(library, folder)
        self.model = self._open(library, runtime, folder, chosen)
        self.family = type(self.model.asr).__name__
        providers = _providers(self.model.asr, chosen[0])
        self._check_options()
        known, self.tells_language = spoken(files, self.family == CANARY)
        made_for = self.options["languages"]
        self.languages = restricted(known, made_for, self.source) if known else made_for
        details = {
            **self.options,
            "languages": sorted(self.options["languages"]),
            "family": self.family,
            "files": sorted(file.name for file in files.values()),
            "providers": providers,
        }
        return Loaded(device, precision, details)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Transcribe; utterances of one language go through the library together, long ones in pieces."""
        if decoding.task == "translate" and self.family != CANARY:
            raise UnsuitedError(f"{self.source} does not translate: of onnx-asr's families Canary alone does")
        return in_groups(
            batch, lambda one: one.language, lambda group, language: self._group(group, language, decoding)
        )

    def close(self) -> None:
        """Drop the sessions."""
        self.model = None

    def _files(self, library: Any, folder: Path) -> dict[str, Path]:
        """Return the files that the library will open. Raises WeightsError for absent ones, and if no type is known."""
        try:
            resolver = library.loader.create_asr_resolver(self._name(library, folder), folder)
            files: dict[str, Path] = resolver.resolve_model(quantization=self.options["quantization"] or None)
        except library.utils.ModelLoadingError as error:
            raise WeightsError(f"onnx-asr cannot take {folder}: {error} Name the folder of one release.") from error
        return files

    def _name(self, library: Any, folder: Path) -> str:
        """Return what the library is to load: the option, or a name that makes it read config.json."""
        known = {*get_args(library.loader.AsrNames), *get_args(library.loader.AsrTypeNames)}
        named = str(self.options["model"] or _config(folder).get("model_type") or "")
        if named not in known:
            said = (
                f"{folder / 'config.json'} names {named!r}" if named else f"{folder} names no type in its config.json"
            )
            raise WeightsError(f"{said}; tell onnx-asr with [model=...], which is one of {', '.join(sorted(known))}.")
        return named

    def _open(self, library: Any, runtime: Any, folder: Path, chosen: tuple[str, dict[str, Any]]) -> Any:
        try:
            return library.load_model(
                self._name(library, folder),
                folder,
                quantization=self.options["quantization"] or None,
                sess_options=session_settings(runtime, chosen[0], self.options["threads"]),
                providers=[chosen],
                # By itself it makes the features of a batch at once, those of Whisper with the loudest clip's maximum:
                # more than one worker means each clip alone.
                preprocessor_config={"max_concurrent_workers": 2},
            )
        except Exception as error:
            raise explained(error, folder, chosen[0]) from error

    def _check_options(self) -> None:
        punctuation = self.options["punctuation"]
        if punctuation not in ("default", "on", "off"):
            raise UsageError(f"onnx-asr[punctuation={punctuation}]: it is default, on or off.")
        if punctuation != "default" and self.family != CANARY:
            raise UsageError(f"onnx-asr[punctuation={punctuation}]: of its families Canary alone has this switch.")
        if self.options["longest_seconds"] > LONGEST_SECONDS and self.family in WHISPER:
            raise UsageError("onnx-asr[longest_seconds=...]: Whisper hears no more than 30 s of a clip.")

    def _group(self, group: Sequence[Utterance], language: str | None, decoding: Decoding) -> list[Transcript]:
        code = code_for(language, self.languages, self.source) if self.languages else None
        if code is None and len(self.languages) == 1:
            code = next(iter(self.languages))
        asked: dict[str, Any] = {"language": code} if self.tells_language else {}
        if decoding.task == "translate":
            asked["target_language"] = "en"
        if self.options["punctuation"] != "default":
            asked["pnc"] = self.options["punctuation"] == "on"

        def listen(pieces: list[NDArray[np.float32]]) -> Answers:
            import numpy as np

            padded = [np.pad(piece, (0, max(0, LEAST_SAMPLES - len(piece)))) for piece in pieces]
            texts: Answers = self.model.recognize(padded, **asked)
            return texts

        clips = [one.audio.numpy() for one in group]
        longest = self.options["longest_seconds"]
        heard = chunking.transcribe_pieces(clips, self.info.sample_rate, longest, listen)
        return [Transcript(text.strip(), {"pieces": pieces} if pieces > 1 else {}) for text, pieces in heard]


def _config(folder: Path) -> dict[str, Any]:
    return read_json(folder / "config.json") if (folder / "config.json").is_file() else {}


def _folder(source: str | None) -> Path:
    if not source:
        raise WeightsError("onnx-asr needs a folder with ONNX files: name it as onnx-asr:FOLDER.")
    folder = Path(source)
    if not any(folder.rglob("*.onnx")):
        refuse_other_kinds(folder, "onnx-asr")
    if not folder.is_dir():
        raise WeightsError(f"{folder} is no folder; onnx-asr needs the one that holds a model's ONNX files.")
    return folder


def _providers(asr: Any, wanted: str) -> list[str]:
    """See that every session runs by the provider that was asked for, and keep it there. Raises DeviceError if not.

    A provider that cannot start is replaced by the CPU with a line in the log, and one that the library excludes for a
    family leaves none, which means the CPU.
    """
    sessions = [one for one in vars(asr).values() if hasattr(one, "disable_fallback")]
    for session in sessions:
        if session.get_providers()[0] != wanted:
            raise DeviceError(
                f"{wanted} does not run {type(asr).__name__} here: ONNX Runtime would have used "
                f"{session.get_providers()[0]}; the host's log has the reason, if it is a missing driver."
            )
        session.disable_fallback()
    return list(sessions[0].get_providers()) if sessions else [wanted]


def _import_library(extra: str) -> Any:
    try:
        import onnx_asr
        import onnx_asr.loader
        import onnx_asr.utils
    except ImportError as error:
        raise MissingDependencyError(
            f'onnx-asr cannot be imported ({error}): pip install "pytest-asrbench[{extra}]"'
        ) from error
    return onnx_asr
