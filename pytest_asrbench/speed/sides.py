"""What a judgement of speed is made of: one run's seconds, by snippet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """One run: seconds of each snippet's rounds in the order measured, and the reference's beats beside them.

    cores: how many the model kept busy, processor seconds / seconds.
    """

    rounds: Mapping[str, Sequence[float]]
    beats: Sequence[Mapping[str, float]] = ()
    cores: float = 1.0
