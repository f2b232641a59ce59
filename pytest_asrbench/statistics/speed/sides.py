"""What a judgement of speed is made of: one run's seconds, by snippet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

MIN_ROUNDS = 3  # fewer may all have met the same busy moment
MIN_BEATS = 5  # of the reference, to tell of the machine
ONE_CORE = 0.03  # by how much processor seconds may differ from those of the clock, as a fraction


@dataclass(frozen=True, slots=True)
class Side:
    """One run: seconds of each snippet's rounds in the order measured, and the reference's beats beside them.

    cpu: processor seconds of the same rounds, of all threads together. others: the cores that other programs kept busy
    meanwhile, None where nobody looked. Both are empty where they are not known.
    """

    rounds: Mapping[str, Sequence[float]]
    beats: Sequence[Mapping[str, float]] = ()
    cpu: Mapping[str, Sequence[float]] = field(default_factory=dict)
    others: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    def quiet(self, most: float) -> Side:
        """The rounds during which others kept at most `most` cores busy; all, if nobody ever looked."""
        if not any(load is not None for loads in self.others.values() for load in loads):
            return self
        chosen = {
            name: [place for place, load in enumerate(loads) if load is not None and load <= most]
            for name, loads in self.others.items()
        }
        rounds = {name: [self.rounds[name][place] for place in places] for name, places in chosen.items()}
        cpu = {name: [self.cpu[name][place] for place in places] for name, places in chosen.items() if name in self.cpu}
        return replace(self, rounds=rounds, cpu=cpu)

    def only(self, names: Sequence[str]) -> Side:
        """These snippets alone."""
        rounds, cpu = ({name: found[name] for name in names if name in found} for found in (self.rounds, self.cpu))
        return replace(self, rounds=rounds, cpu=cpu)


def busy_cores(calls: Iterable[Iterable[tuple[float, float]]]) -> float:
    """How many cores a model keeps busy where it is least disturbed: median over the snippets of their best call.

    calls: of each snippet, (seconds by the clock, processor seconds).
    """
    return median(max((cpu / clock for clock, cpu in some if clock), default=0.0) for some in calls)
