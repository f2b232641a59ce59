"""What is suspicious about samples that can be measured all the same: told in the record, never a reason to refuse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_asrbench.corpus.decoding.sound import Samples

_FULL_SCALE = 0.9995
_CLIPPED = 0.001  # of the samples stand at full scale with a neighbour that does, too
_OFFSET = 0.02  # of full scale
_QUIET = 0.01  # of full scale: -40 dB


def flaws(name: str, samples: Samples) -> tuple[str, ...]:
    """Return a sentence on each flaw of `samples`, of one channel and not empty; `name` is that of the file."""
    import numpy

    low, high = float(samples.min()), float(samples.max())
    peak = max(-low, high)
    if low == high:
        return (f"{name} is digital silence: all of its samples are the same",)
    found = []
    offset = float(samples.mean(dtype="float64"))
    if abs(offset) > _OFFSET:
        found.append(f"{name} has a constant offset of {abs(offset):.0%} of full scale")
    if peak < _QUIET:
        found.append(f"{name} is very quiet: its loudest sample is at {20 * math.log10(peak):.0f} dB of full scale")
    if peak >= _FULL_SCALE:
        full = numpy.abs(samples) >= _FULL_SCALE
        clipped = numpy.count_nonzero(full[1:] & full[:-1]) / len(samples)
        if clipped > _CLIPPED:
            found.append(f"{name} is clipped: {clipped:.1%} of its samples stand at full scale")
    return tuple(found)
