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
from typing import Any

from pytest_asrbench.records import Outcome, rate
from pytest_asrbench.report.analysis.findings import Company
from pytest_asrbench.report.analysis.systems import System
from pytest_asrbench.support.plain import some

PRESENT = 0.25  # cores that others keep busy
CROWDED = 0.25  # of all cores
WAITING = 0.10  # of the time
HELD_BACK = 0.05  # of the periods of a quota
SLOWER = 1.25  # times the processor seconds of quiet rounds; and of the cores that these keep busy, the inverse
MAX_NAMES = 10
TELLING = 0.10  # of the measured seconds: less company changes no figure
_MARKS = ("cores", "cpu_quota", "others", "waiting", "clock_ratio", "processor_ratio", "throttled")
_COUNTS = ("rounds", "disturbed", "held_back")


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
    usual = _median(map(_busy, quiet)) or 0.0, _median(round_.processor for round_ in quiet)
    loud = [round_ for round_ in rounds if _disturbed(round_, *usual, cores)]
    held = [round_ for round_ in rounds if (round_.throttled or 0.0) >= HELD_BACK]
    least = TELLING * sum(round_.seconds for round_ in rounds)
    loud, held = (part if sum(round_.seconds for round_ in part) >= least else [] for part in (loud, held))
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
    return [replace(found, sentences=tuple(sentences([found])))]


def sentences(found: Sequence[Company]) -> list[str]:
    """What a reader of the times should know of them, and what helps; those of a kind in one sentence."""
    disturbed, held = [one for one in found if one.disturbed], [one for one in found if one.held_back]
    return [write(part) for write, part in ((_disturbance, disturbed), (_quota, held)) if part]


def _disturbance(found: Sequence[Company]) -> str:
    one, most = _together(found), _most(found)
    cores = "" if one.cores is None else f" of {one.cores}"
    waits = "" if one.waiting is None else f", programs waited for one {most}{100 * one.waiting:.0f} % of the time"
    return (
        f"the speed of {_names(found)} was measured in company: in {_share(one.disturbed, one.rounds)} other programs "
        f"kept {most}{one.others or 0.0:.1f}{cores} cores busy{waits}{_cost(one, most)}; measure it on a quiet "
        "machine, with fewer threads (and OMP_WAIT_POLICY=passive), or take --asr-ab for a comparison"
    )


def _quota(found: Sequence[Company]) -> str:
    one = _together(found)
    return (
        f"the speed of {_names(found)} is that of a quota: in {_share(one.held_back, one.rounds)} the model used up "
        f"its time on the processor ({one.cpu_quota or 0.0:g} cores) in {_most(found)}"
        f"{100 * (one.throttled or 0.0):.0f} % of the periods and was held back; raise the quota, or give the model no "
        "more threads than that"
    )


def _together(found: Sequence[Company]) -> Company:
    """All of them as one: rounds are added up, of all else the highest counts."""
    known = {name: [value for one in found if (value := getattr(one, name)) is not None] for name in _MARKS}
    highest: dict[str, Any] = {name: max(values, default=None) for name, values in known.items()}
    return replace(found[0], **highest, **{name: sum(getattr(one, name) for one in found) for name in _COUNTS})


def _most(found: Sequence[Company]) -> str:
    """What stands before the highest of several."""
    return "up to " if len(found) > 1 else ""


def _names(found: Sequence[Company]) -> str:
    return some([f"{one.model} on {one.corpus}" for one in found], MAX_NAMES)


def _share(some: int, rounds: int) -> str:
    return "every round" if some == rounds else f"{some} of {rounds} rounds"


def _cost(one: Company, most: str) -> str:
    """How these rounds compare with quiet ones."""
    if one.clock_ratio is None:
        return ""
    spun = one.processor_ratio is not None and one.processor_ratio >= SLOWER
    work = f" and {most}{one.processor_ratio:.1f} times the processor seconds" if spun else ""
    return f", and these rounds took {most}{one.clock_ratio:.1f} times the time{work} of the others"


def _rounds(outcome: Outcome) -> Iterator[_Round]:
    audio = outcome.audio_seconds or 0.0
    if not outcome.on_cpu or not audio:
        return
    columns = (outcome.cpu_seconds, outcome.others, outcome.waiting, outcome.throttled)
    for place, seconds in enumerate(outcome.seconds):
        processor, others, waiting, throttled = (column[place] if place < len(column) else None for column in columns)
        yield _Round(seconds, seconds / audio, (processor or 0.0) / audio, others, waiting, throttled)


def _disturbed(one: _Round, waited: float, spun: float | None, cores: int) -> bool:
    """Whether others disturbed a round. waited, spun: cores kept busy, and processor seconds, in quiet rounds."""
    if one.others is None or one.others <= PRESENT:
        return False
    if one.others >= CROWDED * cores or (one.waiting or 0.0) >= WAITING:
        return True
    return _busy(one) * SLOWER < waited or (spun is not None and one.processor > SLOWER * spun)


def _busy(one: _Round) -> float:
    """The cores that the model kept busy."""
    return rate(one.processor, one.clock) or 0.0


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _ratio(loud: Sequence[float], quiet: Sequence[float]) -> float | None:
    return rate(median(loud), median(quiet)) if loud and quiet else None
