"""One model × corpus of this run beside the same of a saved run: pairs of snippets, and why others have no pair.

Each figure has conditions of its own (`statistics.comparable`), and a snippet that misses one is named with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_asrbench.metrics.metric import Metric, timed
from pytest_asrbench.records import Counts
from pytest_asrbench.statistics import comparable
from pytest_asrbench.statistics.comparable import Facts, Figure, Place
from pytest_asrbench.store.entries import Entry

# Why a snippet of this run has no pair. The first alone fail no gate: there was nothing to compare, or the case fails.
NEW = "new, not in the baseline"
UNUSABLE = "its recording or reference cannot be used"
UNSUITED = "the model is not made for it"
NEITHER = "measured neither now nor in the baseline"
NO_LOSS = frozenset({NEW, UNUSABLE, UNSUITED, NEITHER})
UNMEASURED = "not measured in the baseline, though its corpus had it"
NOT_LOADED = "the model was not loaded"
# Why a snippet of the baseline has no pair.
GONE = "in the baseline, no longer in the corpus"
NOT_NOW = "in the baseline, not measured in this run"

NOT_COUNTED = "not counted in the baseline"
Pair = tuple[Entry, Entry]  # now, then


@dataclass(frozen=True, slots=True)
class Paired:
    """What of one figure is comparable: pairs of this run's and the baseline's entry; the other snippets by reason."""

    pairs: Sequence[Pair]
    not_compared: Mapping[str, Sequence[str]]

    @property
    def obstacles(self) -> dict[str, Sequence[str]]:
        """The snippets that should be comparable and are not, by reason."""
        return {reason: names for reason, names in self.not_compared.items() if reason not in NO_LOSS}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model × corpus against its baseline, the run that is called `source`.

    accuracy: with the snippets that failed in this run, all that they should have is lost. speed: snippets timed in
    both runs. transcripts: snippets transcribed in both. missing: snippets that only the baseline has, by reason.
    """

    model: str
    corpus: str
    source: str
    accuracy: Paired
    speed: Paired
    transcripts: Paired
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def paired(self, metric: Metric) -> Paired:
        """What is comparable of a metric: of one that needs seconds, what was timed alike."""
        return self.speed if timed(metric) else self.accuracy

    def obstacle(self, metric: Metric) -> str:
        """Why the counts of a metric cannot be held against one another, though the snippets can; "" if they can."""
        for now, then in self.paired(metric).pairs:
            before, here = then.metrics.get(metric.name), now.metrics.get(metric.name)
            if before is None or here is None:
                return NOT_COUNTED
            if before != here:
                return f"its version was {before}, is {here}"
        return ""

    def rates(self, metric: Metric) -> tuple[float | None, float | None]:
        """The rate of a metric now and then, over the common snippets; failures of this run count as lost."""
        pairs = self.paired(metric).pairs if not self.obstacle(metric) else ()
        return _rate((now for now, _ in pairs), metric), _rate((then for _, then in pairs), metric)

    @property
    def not_compared(self) -> dict[str, list[str]]:
        """Snippets that are left out of one figure or several, by reason, which names the figures unless it is all."""
        figures = {Figure.ACCURACY: self.accuracy, Figure.SPEED: self.speed, Figure.TRANSCRIPTS: self.transcripts}
        missed: dict[tuple[str, str], list[str]] = {}  # reason and snippet -> figures
        for name, paired in figures.items():
            for reason, snippets in paired.not_compared.items():
                for snippet in snippets:
                    missed.setdefault((reason, snippet), []).append(name)
        told: dict[str, list[str]] = {}
        for (reason, snippet), names in missed.items():
            every = reason in NO_LOSS or len(names) == len(figures)
            told.setdefault(reason if every else f"{' and '.join(names)}: {reason}", []).append(snippet)
        return told | {reason: list(names) for reason, names in self.missing.items()}

    @property
    def nothing_in_common(self) -> bool:
        """Whether the baseline has none of the snippets that were tried."""
        return not self.accuracy.pairs and set(self.accuracy.not_compared) == {NEW}

    @property
    def unsuited(self) -> bool:
        """Whether the model is made for none of the snippets that were tried: then nothing is amiss."""
        return set(self.accuracy.not_compared) == {UNSUITED} and not self.accuracy.pairs

    @property
    def devices(self) -> list[tuple[str, str]]:
        """The kinds of device, then and now, of pairs whose accuracy is compared between two kinds."""
        kinds = {(then.device_kind or "", now.device_kind or "") for now, then in self.accuracy.pairs}
        return sorted((then, now) for then, now in kinds if then and now and then != now)

    def worse(self, metric: Metric) -> list[Pair]:
        """Pairs that a metric says got worse, worst first."""
        worse = [(now, then) for now, then in self.paired(metric).pairs if _lost(now, then, metric) > 0]
        return sorted(worse, key=lambda pair: (-_lost(pair[0], pair[1], metric), pair[0].snippet))

    def changed(self) -> list[Pair]:
        """Pairs whose exact transcript is another than before, those that got worst first, improved ones last."""
        changed = [(now, then) for now, then in self.transcripts.pairs if now.transcript != then.transcript]
        return sorted(changed, key=lambda pair: (pair[1].errors - pair[0].errors, pair[0].snippet))


Found = tuple[Entry, Entry | None, str]  # now; then, or why there is none


def pair(found: Iterable[Found], obstacle: Callable[[Entry, Entry], str | None]) -> Paired:
    """Sort into pairs, and into snippets that have none or whose pair meets an `obstacle`."""
    pairs: list[Pair] = []
    not_compared: dict[str, list[str]] = {}
    for now, then, why_not in found:
        reason = why_not if then is None else obstacle(now, then)
        if reason is None and then is not None:
            pairs.append((now, then))
        else:
            not_compared.setdefault(reason or "", []).append(now.snippet)
    return Paired(pairs, not_compared)


def obstacle_to(figure: Figure, here: Place, there: Place) -> Callable[[Entry, Entry], str | None]:
    """Return what tells why `figure` of two entries, measured here and there, is not comparable (None: it is)."""

    def obstacle(now: Entry, then: Entry) -> str | None:
        reason = comparable.obstacle(figure, _facts(now, here), _facts(then, there))
        return "not timed in the baseline" if not reason and figure is Figure.SPEED and then.seconds is None else reason

    return obstacle


def _facts(entry: Entry, place: Place) -> Facts:
    return Facts(
        entry.asked,
        entry.corpus_version,
        entry.audio_seconds,
        entry.normalizer,
        entry.normalized_reference,
        entry.timing,
        entry.device_kind,
        entry.cores_allowed if entry.device_kind == "cpu" else None,
        place,
    )


def _lost(now: Entry, then: Entry, metric: Metric) -> float:
    """By how many of what a metric counts a snippet is worse."""
    here, there = (entry.scores.get(metric.name, Counts()) for entry in (now, then))
    more = here.errors - there.errors
    return more if metric.better == "lower" else -more


def _rate(entries: Iterable[Entry], metric: Metric) -> float | None:
    return metric.rate(sum((one.scores[metric.name] for one in entries if metric.name in one.scores), Counts()))
