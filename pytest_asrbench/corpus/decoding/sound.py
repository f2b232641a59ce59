"""What a decoder returns, and how far a length may differ from another one that somebody states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

_SHARE = 0.02  # of a length
_SECONDS = 0.1
# Encoders put up to some 2,100 samples in front and fill the last of their frames of about 1,100. Decoders take that
# away if the file says how much it is, and few who measure a length agree on what belongs to it.
_PADDING = 3_200  # samples


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded audio: samples of shape (frames, channels), the rate in Hz, and whether its codec pads.

    remarks: what a reader should know about it, one sentence each.
    """

    samples: Samples
    rate: int
    padded: bool = False
    remarks: tuple[str, ...] = ()


def tolerance(seconds: float, rate: int, *, padded: bool) -> float:
    """Return by how many seconds a length may differ from the one that is stated, `seconds`, and still be the same."""
    return max(_SHARE * seconds, _SECONDS + (_PADDING / rate if padded else 0.0))
