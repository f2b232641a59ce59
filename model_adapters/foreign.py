"""What adapters share of models that run by code of their own: what comes with the weights, or their project's package.

A family's own file says how it is loaded, as its authors publish it, and how one piece of audio is asked for. Pieces go
through the model one by one. What the authors' code does with other lengths than the longest is never asked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import REMOTE_CODE, AdapterInfo, Loaded
from pytest_asrbench.errors import MissingDependencyError

from . import audio_files
from .checkpoint_files import local_folder
from .remote_code import permitted
from .speech_llm import SPARE_TOKENS, Asked, SpeechLLM
from .torch_support import dtype_name, explain_load_errors, import_torch, synchronize, torch_device, torch_dtype

LONGEST = 30.0


def own_info(runtime: str, packages: Sequence[str], modules: Sequence[str], extra: str = "") -> AdapterInfo:
    """Return what such an adapter says of itself; one clip a call, since none of these is asked for batches."""
    return AdapterInfo(
        runtime=runtime,
        packages=tuple(packages),
        modules=tuple(modules),
        extra=extra,
        backend="torch",
        tasks=("transcribe", "instruct"),
        follows=("prompt", "max_new_tokens"),
        max_batch=1,
        max_seconds=LONGEST,
        own_code="must",
        apart=True,
        options={"max_seconds": LONGEST, "languages": frozenset(), REMOTE_CODE: ""},
    )


class Foreign(SpeechLLM):
    """An adapter but for `_open` and `_say`. Decoding is greedy.

    Options: `max_seconds`, `languages` (as of `SpeechLLM`; any is accepted where none are known) and
    `trust_remote_code`, the commit at which the user has allowed the code.
    """

    question: ClassVar[str] = ""

    def load(self, device: str, dtype: str) -> Loaded:
        """Load the model by its own code, if that is allowed; see `Adapter.load`."""
        folder = local_folder(self.source, self.name)
        allowed = permitted(folder, self.options)
        self.device = torch_device(device)
        precision = torch_dtype(dtype, self.device)
        with explain_load_errors(folder):
            details = self._open(folder, precision)
        return Loaded(device, dtype_name(precision), {**allowed, **details})

    def _open(self, folder: Path, precision: Any) -> Mapping[str, Any]:
        """Set `model`, on `device`; return details for the record."""
        raise NotImplementedError

    def _say(self, wave: Any, asked: Asked, limit: int) -> tuple[str, bool]:
        """Return what is said in one piece, float32 of shape (samples,), and whether `limit` ended the answer.

        limit: of new tokens.
        """
        raise NotImplementedError

    def _answer(self, waves: Sequence[Any], asked: Asked) -> tuple[list[str], list[bool]]:
        torch = import_torch()
        answers = []
        for wave in waves:
            seconds = len(wave) / self.info.sample_rate
            limit = asked.decoding.max_new_tokens or SPARE_TOKENS + int(self.tokens_per_second * seconds)
            with torch.inference_mode():
                answers.append(self._say(wave, asked, limit))
        synchronize(self.device)
        return [text.strip() for text, _ in answers], [cut for _, cut in answers]

    def _language(self, language: str | None) -> str | None:
        return super()._language(language) if self.options["languages"] else language

    def _asked(self, asked: Asked) -> str:
        """What the model is asked in words."""
        return asked.prompt or self.question

    @staticmethod
    def _reaches(tokenizer: Any, text: str, limit: int) -> bool:
        """Whether an answer that came as a text alone has as many tokens as it might have."""
        return len(tokenizer(text, add_special_tokens=False)["input_ids"]) >= limit


def import_own(module: str, recipe: str) -> Any:
    """Import a project's own package, and return the module; raises MissingDependencyError that names the recipe."""
    import importlib

    try:
        return importlib.import_module(module)
    except (ImportError, OSError, RuntimeError) as error:  # native parts that are built for another torch
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise MissingDependencyError(
            f"{module} cannot be imported ({reason}): it wants an environment of its own, {recipe} in "
            "docs/environments.md says how it is made and named."
        ) from error


@contextmanager
def as_file(wave: Any, rate: int) -> Iterator[str]:
    """Lend a piece as a WAV file, for code that takes paths alone; the file is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="asrbench-") as folder:
        path = Path(folder) / "audio.wav"
        path.write_bytes(audio_files.encoded(wave, rate, "wav"))
        yield str(path)
