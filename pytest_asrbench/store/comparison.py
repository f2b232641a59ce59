"""One model × corpus of this run beside the same of a saved run: pairs of snippets, and why others have no pair.

Each figure has conditions of its own (`statistics.comparable`), and a snippet that misses one is named with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_asrbench.records import rate
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

    wer: with the snippets that failed in this run, all their words deleted. speed: snippets timed in both runs.
    transcripts: snippets transcribed in both. missing: snippets that only the baseline has, by reason.
    """

    model: str
    corpus: str
    source: str
    wer: Paired
    speed: Paired
    transcripts: Paired
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def wer_now(self) -> float | None:
        """Corpus WER of this run over the common snippets; failures count as deleted."""
        return _wer(now for now, _ in self.wer.pairs)

    @property
    def wer_then(self) -> float | None:
        """Corpus WER of the baseline over the common snippets."""
        return _wer(then for _, then in self.wer.pairs)

    @property
    def cer_now(self) -> float | None:
        """Corpus CER of this run over the common snippets; None, too, if characters were not counted."""
        return _cer(now for now, _ in self.wer.pairs)

    @property
    def cer_then(self) -> float | None:
        """Corpus CER of the baseline over the common snippets."""
        return _cer(then for _, then in self.wer.pairs)

    @property
    def rtf_now(self) -> float | None:
        """RTF of this run over the common snippets that it measured."""
        return _rtf(now for now, _ in self.speed.pairs)

    @property
    def rtf_then(self) -> float | None:
        """RTF of the baseline over the snippets that `rtf_now` covers."""
        return _rtf(then for _, then in self.speed.pairs)

    @property
    def not_compared(self) -> dict[str, list[str]]:
        """Snippets that are left out of one figure or several, by reason, which names the figures unless it is all."""
        figures = {Figure.ACCURACY: self.wer, Figure.SPEED: self.speed, Figure.TRANSCRIPTS: self.transcripts}
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
        return not self.wer.pairs and set(self.wer.not_compared) == {NEW}

    @property
    def unsuited(self) -> bool:
        """Whether the model is made for none of the snippets that were tried: then nothing is amiss."""
        return set(self.wer.not_compared) == {UNSUITED} and not self.wer.pairs

    @property
    def devices(self) -> list[tuple[str, str]]:
        """The kinds of device, then and now, of pairs whose accuracy is compared between two kinds."""
        kinds = {(then.device_kind or "", now.device_kind or "") for now, then in self.wer.pairs}
        return sorted((then, now) for then, now in kinds if then and now and then != now)

    def worse(self) -> list[Pair]:
        """Pairs with more errors than before, worst first."""
        worse = [(now, then) for now, then in self.wer.pairs if now.errors > then.errors]
        return sorted(worse, key=_gain)

    def changed(self) -> list[Pair]:
        """Pairs whose exact transcript is another than before, those that got worst first, improved ones last."""
        changed = [(now, then) for now, then in self.transcripts.pairs if now.transcript != then.transcript]
        return sorted(changed, key=_gain)


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


def _gain(pair: Pair) -> tuple[int, str]:
    now, then = pair
    return then.errors - now.errors, now.snippet


def _wer(entries: Iterable[Entry]) -> float | None:
    entries = list(entries)
    return rate(sum(e.errors for e in entries), sum(e.reference_words for e in entries))


def _cer(entries: Iterable[Entry]) -> float | None:
    counts = [(one.character_errors, one.reference_characters) for one in entries]
    known = [(errors, of) for errors, of in counts if errors is not None and of is not None]
    return rate(sum(one[0] for one in known), sum(one[1] for one in known)) if len(known) == len(counts) else None


def _rtf(entries: Iterable[Entry]) -> float | None:
    entries = list(entries)
    return rate(sum(e.seconds or 0.0 for e in entries), sum(e.audio_seconds or 0.0 for e in entries))
