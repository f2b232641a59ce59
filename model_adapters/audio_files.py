"""A clip as the bytes of an audio file, for models that are sent one: mono, 16 bits a sample, at the clip's rate."""

from __future__ import annotations

import wave
from io import BytesIO
from typing import TYPE_CHECKING

from pytest_asrbench.errors import MissingDependencyError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FULL_SCALE = 32768  # as 16-bit files are read: what came from one is the same again, bit by bit
KINDS = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}  # mp3 loses something


def check(kind: str) -> str:
    """Return the name of a kind of file, which is one of `KINDS`; raises UsageError."""
    if kind not in KINDS:
        raise UsageError(f"audio = {kind!r} is no kind of file that can be sent: it is one of {', '.join(KINDS)}")
    return kind


def encoded(samples: NDArray[np.float32], rate: int, kind: str) -> bytes:
    """Return samples (shape (n,), full scale ±1, `rate` Hz) as a file of a kind; louder ones are clipped."""
    file = BytesIO()
    pcm = (samples * FULL_SCALE).round().clip(-FULL_SCALE, FULL_SCALE - 1).astype("<i2")
    if kind == "wav":
        with wave.open(file, "wb") as writer:
            writer.setparams((1, 2, rate, 0, "NONE", "not compressed"))
            writer.writeframes(pcm.tobytes())
        return file.getvalue()
    try:
        import soundfile
    except ImportError as error:
        raise MissingDependencyError(f"{error}: pip install soundfile, or take audio = wav") from error
    soundfile.write(file, pcm.astype("int16"), rate, format=kind.upper())
    return file.getvalue()
