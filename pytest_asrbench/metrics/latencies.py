"""What is said of a load: percentiles of latency, throughput, and how well its sender kept to the schedule.

Percentiles are no quotients of sums: they are taken over all requests together. A request without an answer is slower
than any that has one, so that an error never looks like speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf, isfinite
from statistics import median

from pytest_asrbench.records import Request

PERCENTILES = (50, 90, 95, 99)


def least(percent: int) -> int:
    """Of how many latencies a percentile can be told: of fewer it would be the slowest one, whatever that is."""
    return ceil(Fraction(100, 100 - percent))


def percentile(latencies: Sequence[float], percent: int) -> float | None:
    """The shortest latency that so many per cent do not exceed (nearest rank).

    None of too few, and where so many requests failed that it would be without end.
    """
    if len(latencies) < least(percent):
        return None
    found = sorted(latencies)[ceil(Fraction(len(latencies) * percent, 100)) - 1]
    return found if isfinite(found) else None


def latency(requests: Sequence[Request]) -> float | None:
    """The median latency of one clip's requests; None where that has no answer."""
    found = median(one.latency for one in requests) if requests else inf
    return found if isfinite(found) else None


@dataclass(frozen=True, slots=True)
class Served:
    """One run at a rate in figures. Seconds, and requests a second; None where nothing is known.

    seconds: from the beginning to the last answer, or the last arrival without one. audio_seconds: of the requests
    that were answered. late: by how much the sender was late at worst. latency: percentiles by "p90" ...
    """

    requests: int
    failed: int
    seconds: float
    audio_seconds: float
    late: float
    latency: dict[str, float | None]

    @property
    def rate(self) -> float | None:
        """Answers a second."""
        return (self.requests - self.failed) / self.seconds if self.seconds else None

    @property
    def throughput(self) -> float | None:
        """Seconds of audio that were answered in a second: RTFx."""
        return self.audio_seconds / self.seconds if self.seconds else None


def served(requests: Sequence[Request], audio_seconds: float) -> Served | None:
    """The figures of all requests of a run; audio_seconds: of those that were answered. None where there are none."""
    if not requests:
        return None
    ends = [one.due if one.finished is None else one.finished for one in requests]
    latencies = [one.latency for one in requests]
    return Served(
        len(requests),
        sum(bool(one.error) for one in requests),
        max(ends),
        audio_seconds,
        max(one.late for one in requests),
        {f"p{percent}": percentile(latencies, percent) for percent in PERCENTILES},
    )
