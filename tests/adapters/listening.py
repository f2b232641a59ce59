"""How the tests of speech LLMs listen: the clips through a loaded adapter, whole, in batches, or spoiled on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import Adapter, Audio, Decoding, Transcript, Utterance
from tests.checkpoints.common import Control, audio, clips, wer

# A control that leaves more than this many words right would not have been noticed.
HEARD_WRONG = 0.3


def ask(
    adapter: Adapter,
    batch: Sequence[Audio],
    *,
    language: str | None = None,
    prompt: str | None = None,
    **decoding: Any,
) -> Sequence[Transcript]:
    """Return the adapter's transcripts of clips that are all asked for alike."""
    return adapter.transcribe([Utterance(clip, language, prompt) for clip in batch], Decoding(**decoding))


def hear(adapter: Adapter, control: Control | None = None, batch_size: int = 1, **asked: Any) -> list[str]:
    """Return the adapter's texts for all clips, each changed by `control`, in batches of `batch_size`."""
    heard = [audio(control(clip.samples) if control else clip.samples, clip.id) for clip in clips()]
    batches = [heard[first : first + batch_size] for first in range(0, len(heard), batch_size)]
    return [answer.text for batch in batches for answer in ask(adapter, batch, **asked)]


def errors(texts: Sequence[str]) -> float:
    """Return the word error rate of `hear`'s texts."""
    return wer([clip.text for clip in clips()], texts)


def long_clip() -> Any:
    """Return all clips joined by half a second of silence each: about 25 s of audio, shape (samples,)."""
    import numpy

    gap = numpy.zeros(8000, numpy.float32)
    return numpy.concatenate([part for clip in clips() for part in (clip.samples, gap)])


def broken_copy(checkpoint: Path, folder: Path, spoil: Callable[[Path], object]) -> Path:
    """Copy a checkpoint to `folder` and spoil the copy."""
    shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
    spoil(folder)
    return folder


def cut_in_half(path: Path) -> None:
    """Leave the first half of a file, as an interrupted download does."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
