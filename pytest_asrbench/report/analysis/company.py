"""Was a model measured in company? Rounds during which others held the cores, or a quota held the model back.

Others were there if they kept more than a quarter of a core busy. That counts against a round if they kept a quarter of
all cores busy, if programs had to wait for a core (the run queue was longer than the cores), or if the round took
longer at equal work than those without company: fewer cores busy, or more processor seconds, as threads that spin while
they wait for one another spend them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from pytest_asrbench.records import Outcome, rate
from pytest_asrbench.report.analysis.findings import Company
from pytest_asrbench.report.analysis.systems import System

PRESENT = 0.25  # cores that others keep busy
CROWDED = 0.25  # of all cores
WAITING = 0.10  # of the time
HELD_BACK = 0.05  # of the periods of a quota
SLOWER = 1.25  # times the processor seconds of quiet rounds; and of the cores that these keep busy, the inverse
TELLING = 0.10  # of the measured seconds: less company changes no figure


@dataclass(frozen=True, slots=True)
class _Round:
    """One timed round; per second of audio: its seconds by the clock, and by the processor."""

    seconds: float
    clock: float
    processor: float
    others: float | None
    waiting: float | None
    throttled: float | None


def company(one: System) -> list[Company]:
    """What disturbed the rounds of a model on a corpus; nothing if little did, or if nobody could look."""
    rounds = [round_ for outcome in one.measured for round_ in _rounds(outcome)]
    cores = max((outcome.cores or 0 for outcome in one.measured), default=0)
    quiet = [round_ for round_ in rounds if round_.others is not None and round_.others <= PRESENT]
    loud = [round_ for round_ in rounds if _disturbed(round_, quiet, cores)]
    held = [round_ for round_ in rounds if (round_.throttled or 0.0) >= HELD_BACK]
    least = TELLING * sum(round_.seconds for round_ in rounds)
    loud, held = (some if sum(round_.seconds for round_ in some) >= least else [] for some in (loud, held))
    if not loud and not held:
        return []
    found = Company(
        one.model,
        one.corpus,
        len(rounds),
        cores or None,
        next((outcome.cpu_quota for outcome in one.measured if outcome.cpu_quota), None),
        len(loud),
        _median(round_.others for round_ in loud),
        _median(round_.waiting for round_ in loud),
        _ratio([round_.clock for round_ in loud], [round_.clock for round_ in quiet]),
        _ratio([round_.processor for round_ in loud], [round_.processor for round_ in quiet]),
        len(held),
        _median(round_.throttled for round_ in held),
    )
    return [replace(found, sentences=tuple(_sentences(found)))]


def _sentences(one: Company) -> list[str]:
    """What a reader of the times should know of it, and what helps."""
    where, cores = f"{one.model} on {one.corpus}", "" if one.cores is None else f" of {one.cores}"
    told = []
    if one.disturbed:
        waits = "" if one.waiting is None else f", programs waited for one {100 * one.waiting:.0f} % of the time"
        told.append(
            f"the speed of {where} was measured in company: in {_share(one.disturbed, one.rounds)} other programs "
            f"kept {one.others or 0.0:.1f}{cores} cores busy{waits}{_cost(one)}; measure it on a quiet machine, with "
            "fewer threads (and OMP_WAIT_POLICY=passive), or take --asr-ab for a comparison"
        )
    if one.held_back:
        told.append(
            f"the speed of {where} is that of a quota: in {_share(one.held_back, one.rounds)} the model used up "
            f"its time on the processor ({one.cpu_quota or 0.0:g} cores) in {100 * (one.throttled or 0.0):.0f} % of "
            "the periods and was held back; raise the quota, or give the model no more threads than that"
        )
    return told


def _share(some: int, rounds: int) -> str:
    return "every round" if some == rounds else f"{some} of {rounds} rounds"


def _cost(one: Company) -> str:
    """How these rounds compare with quiet ones."""
    if one.clock_ratio is None:
        return ""
    spun = one.processor_ratio is not None and one.processor_ratio >= SLOWER
    work = f" and {one.processor_ratio:.1f} times the processor seconds" if spun else ""
    return f", and these rounds took {one.clock_ratio:.1f} times the time{work} of the others"


def _rounds(outcome: Outcome) -> Iterator[_Round]:
    audio = outcome.audio_seconds or 0.0
    if not outcome.device.startswith("cpu") or not audio:
        return
    columns = (outcome.cpu_seconds, outcome.others, outcome.waiting, outcome.throttled)
    for place, seconds in enumerate(outcome.seconds):
        processor, others, waiting, throttled = (column[place] if place < len(column) else None for column in columns)
        yield _Round(seconds, seconds / audio, (processor or 0.0) / audio, others, waiting, throttled)


def _disturbed(one: _Round, quiet: Sequence[_Round], cores: int) -> bool:
    if one.others is None or one.others <= PRESENT:
        return False
    if one.others >= CROWDED * cores or (one.waiting or 0.0) >= WAITING:
        return True
    waited = _median(_busy(other) for other in quiet) or 0.0
    spun = _median(other.processor for other in quiet)
    return _busy(one) * SLOWER < waited or (spun is not None and one.processor > SLOWER * spun)


def _busy(one: _Round) -> float:
    """The cores that the model kept busy."""
    return rate(one.processor, one.clock) or 0.0


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _ratio(loud: Sequence[float], quiet: Sequence[float]) -> float | None:
    return rate(median(loud), median(quiet)) if loud and quiet else None
