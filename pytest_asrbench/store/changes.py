"""A model's figures over its saved runs, and where they changed.

Each run is held against the last one before it that was measured under the same conditions (see
`statistics.comparable`), on the snippets that both have. Snippets whose reference (for WER)
or length (for both) is another are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric, timed
from pytest_asrbench.records import WORDS, rate
from pytest_asrbench.statistics.comparable import Facts, Figure, obstacle, same_audio
from pytest_asrbench.statistics.speed.fastest import LEAST, Pace, changed, judge_fastest
from pytest_asrbench.store.measurements import Column, Measurement
from pytest_asrbench.store.runs import Run

FIRST = "the first run"
SPEED = "rtf"  # the metric whose change is told by the ratios of the snippets' fastest rounds
_RECENT = 50  # how far back a comparable run is looked for


@dataclass(frozen=True, slots=True)
class Change:
    """A figure against that of an earlier run; `reason` tells why there is none, and all else is then None or 0.

    against: file of the earlier run. difference: of WER, a fraction to add; of speed, the median of the snippets'
    ratios of their fastest rounds, less 1 and less what the machine's reference workload changed by. low, high: its
    95 % interval, None where nothing can be said. changed: of WER, whether the errors of any snippet changed; of
    speed, whether the interval lies beyond ±3 %, or ±25 % of fewer than 3 rounds. significant: whether the interval
    excludes 0, None where there is none. snippets: compared ones; changed_snippets, changed_transcripts: of
    these, how many have another number of errors, another text. Snippets that failed in either run are not among them.
    """

    against: str | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    changed: bool = False
    significant: bool | None = None
    snippets: int = 0
    changed_snippets: int = 0
    changed_transcripts: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a series: where and how it was measured, its sums, and its changes. See `runs` for the fields."""

    run: str
    file: str
    datetime: str
    commit: str
    dirty: bool | None
    branch: str
    node: str
    cpu: str
    accelerators: tuple[str, ...]
    version: str
    device: str
    dtype: str
    normalizer: str
    task: str
    timing: str
    corpus_version: str
    snippets: int
    failed: int | None
    unstable: int
    errors: int
    reference_words: int
    compute_seconds: float | None
    audio_seconds: float | None
    rates: Mapping[str, float | None]
    changes: Mapping[str, Change]

    @property
    def wer(self) -> float | None:
        """Corpus WER."""
        return self.rates.get(WORDS)

    @property
    def rtf(self) -> float | None:
        """Corpus RTF."""
        return self.rates.get(SPEED)

    @property
    def wer_change(self) -> Change:
        """That of the WER."""
        return self.changes[WORDS]

    @property
    def speed_change(self) -> Change:
        """That of the speed."""
        return self.changes[SPEED]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: NAME and NAME_change of each metric."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("rates", "changes")}
        changes = {f"{'speed' if name == SPEED else name}_change": asdict(one) for name, one in self.changes.items()}
        return {**values, **self.rates, **changes}


@dataclass(frozen=True, slots=True)
class Series:
    """One model on one corpus over all saved runs, oldest first."""

    model: str
    corpus: str
    points: tuple[Point, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON-ready values."""
        return {"model": self.model, "corpus": self.corpus, "points": [point.to_dict() for point in self.points]}


@dataclass(frozen=True, slots=True)
class _Sample:
    run: Run
    found: Measurement


def series(runs: Iterable[Run]) -> list[Series]:
    """Return each model × corpus over `runs` (oldest first), in the order in which they first appear."""
    samples: dict[tuple[str, str], list[_Sample]] = {}
    for run in runs:
        for found in run.measurements:
            samples.setdefault((found.model, found.corpus), []).append(_Sample(run, found))
    return [Series(*key, tuple(_points(of_one))) for key, of_one in samples.items()]


def _points(samples: Sequence[_Sample]) -> Iterable[Point]:
    for place, now in enumerate(samples):
        earlier = samples[max(0, place - _RECENT) : place][::-1]
        run, found = now.run, now.found
        yield Point(
            run.number, run.file, run.datetime, run.commit, run.dirty, run.branch,
            run.machine.node, run.machine.cpu, run.machine.accelerators, run.version,
            found.device, found.dtype, found.normalizer, found.task, found.timing, found.corpus_version,
            len(found.snippets.names), found.failed, found.unstable, found.errors, found.reference_words,
            found.compute_seconds, found.audio_seconds,
            rates={**{one.name: found.rates.get(one.name) for one in registry.shown()}, SPEED: found.rtf},
            changes=_changes(now, earlier),
        )  # fmt: skip


def _told() -> list[Metric]:
    """The metrics whose course is told: those that tables show, but for what needs seconds, which is one figure."""
    return [metric for metric in registry.shown() if not timed(metric)]


def _changes(now: _Sample, earlier: Sequence[_Sample]) -> dict[str, Change]:
    found = {one.name: _against(now, earlier, Figure.ACCURACY, partial(_rate_change, one)) for one in _told()}
    return found | {SPEED: _against(now, earlier, Figure.SPEED, _speed_change)}


def _against(
    now: _Sample, earlier: Sequence[_Sample], figure: Figure, judge: Callable[[_Sample, _Sample], Change]
) -> Change:
    """Hold `now` against the last of `earlier` under the same conditions; why not, against the last of all."""
    if not earlier:
        return Change(reason=FIRST)
    here = _facts(now)
    obstacles = ((then, obstacle(figure, here, _facts(then))) for then in earlier)
    first: str | None = None
    for then, reason in obstacles:
        if reason is None:
            return judge(now, then)
        first = first or reason
    return Change(reason=first or "")


def _facts(sample: _Sample) -> Facts:
    found = sample.found
    return Facts(
        asked=found.asked,
        corpus_version=found.corpus_version,
        normalizer=found.normalizer,
        timing=found.timing,
        device=found.device_kinds,
        place=sample.run.place,
    )


def _common(now: _Sample, then: _Sample) -> list[tuple[int, int]]:
    """Positions, in both runs, of the snippets that both have and that are equally long."""
    new, old = now.found.snippets, then.found.snippets
    places = {name: place for place, name in enumerate(old.names)}
    pairs = [(here, places[name]) for here, name in enumerate(new.names) if name in places]
    return [(h, t) for h, t in pairs if same_audio(old.audio_seconds[t], new.audio_seconds[h])]


def _rate_change(metric: Metric, now: _Sample, then: _Sample) -> Change:
    new, old = now.found.snippets, then.found.snippets
    here, there = (some.counts.get(metric.name) for some in (new, old))
    pairs = [(h, t) for h, t in _common(now, then) if new.references[h] == old.references[t]]
    versions = [str(some.metrics.get(metric.name, "")) for some in (then.found, now.found)]
    if all(versions) and versions[0] != versions[1]:
        return Change(reason=f"version of {metric.title} was {versions[0]}, is {versions[1]}")
    if here is None or there is None:
        return Change(reason=f"{metric.title} was not counted in {(then if there is None else now).run.file}")
    pairs = [(h, t) for h, t in pairs if not math.isnan(here.errors[h] + there.errors[t])]
    if not pairs:
        return Change(reason=f"no snippet in common with {then.run.file} that has the same reference and length")
    sides = _side(here, [h for h, _ in pairs]), _side(there, [t for _, t in pairs])
    rates = [rate(math.fsum(errors), math.fsum(totals)) for errors, totals in sides]
    difference = rates[0] - rates[1] if rates[0] is not None and rates[1] is not None else None
    changed = [(here.errors[h], here.totals[h]) != (there.errors[t], there.totals[t]) for h, t in pairs]
    if not metric.quotient:  # the share of each case changes with the others
        changed = [new.transcripts[h] != old.transcripts[t] for h, t in pairs]
    told = any(changed) and difference is not None
    low, high = _interval(sides, [new.speakers[h] for h, _ in pairs]) if told else (None, None)
    return Change(
        against=then.run.file,
        difference=difference,
        low=low,
        high=high,
        changed=any(changed),
        significant=None if low is None or high is None else low > 0 or high < 0,
        snippets=len(pairs),
        changed_snippets=sum(changed),
        changed_transcripts=sum(new.transcripts[h] != old.transcripts[t] for h, t in pairs),
    )


_Side = tuple[list[float], list[float]]  # errors, totals


def _side(column: Column, places: Sequence[int]) -> _Side:
    return [column.errors[place] for place in places], [column.totals[place] for place in places]


def _interval(sides: tuple[_Side, _Side], speakers: Sequence[str | None]) -> tuple[float | None, float | None]:
    """The paired bootstrap interval of the difference; speakers are drawn where there are enough of them."""
    from pytest_asrbench.statistics.intervals import difference_intervals, speaker_blocks
    from pytest_asrbench.statistics.ratios import ratio_difference

    blocks, (now, then) = speaker_blocks(speakers), sides
    if now[1] == then[1]:
        (gap,) = difference_intervals([now[0], then[0]], now[1], [(0, 1)], blocks)
    else:
        gap = ratio_difference(now, then, blocks)
    return gap.low, gap.high


def _speed_change(now: _Sample, then: _Sample) -> Change:
    new, old = now.found.snippets, then.found.snippets
    timed = [(h, t) for h, t in _common(now, then) if new.fastest[h] > 0 and old.fastest[t] > 0]
    if not timed:
        return Change(reason=f"no snippet in common with {then.run.file} that was timed and is as long")
    paces = [Pace(new.fastest[h], old.fastest[t], new.rounds[h], old.rounds[t]) for h, t in timed]
    slowdown = judge_fastest(paces, rate(now.found.reference, then.found.reference) or 1.0)
    low, high = slowdown.low, slowdown.high
    return Change(
        against=then.run.file,
        difference=slowdown.estimate,
        low=low,
        high=high,
        changed=changed(slowdown, paces),
        significant=(low > 0 or high < 0) if low is not None and high is not None else None,
        snippets=slowdown.snippets,
        reason="" if low is not None else f"too few snippets: {len(timed)}, at least {LEAST} are needed",
    )
