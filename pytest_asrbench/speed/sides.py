"""What a judgement of speed is made of: one run's seconds, by snippet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Side:
    """One run: seconds of each snippet's rounds in the order measured, and the reference's beats beside them.

    cpu: processor seconds of the same rounds, of all threads together; empty where they are not known.
    """

    rounds: Mapping[str, Sequence[float]]
    beats: Sequence[Mapping[str, float]] = ()
    cpu: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def cores(self) -> float:
        """How many cores the model kept busy: processor seconds / seconds; 0 where that is not known."""
        return sum(map(sum, self.cpu.values())) / (sum(map(sum, self.rounds.values())) or 1.0)
