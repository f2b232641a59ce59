"""Earlier runs as baselines: what of a saved run is comparable with this one, figure by figure.

Accuracy may be compared between devices, speed may not; a new normaliser changes the WER and leaves speed and
transcripts alone. So each figure has conditions of its own, and a snippet that misses one is named with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.history.entries import SAME_SECONDS, Entry, entry_of, read_entry
from pytest_asrbench.records import Outcome, rate
from pytest_asrbench.totals import counts_as

NEW = "not in the baseline"  # why a case is not compared: it did not exist then
WER, SPEED, TRANSCRIPTS = "WER", "speed", "transcripts"
Pair = tuple[Entry, Entry]  # now, then


@dataclass(frozen=True, slots=True)
class Paired:
    """What of one figure is comparable: pairs of this run's and the baseline's entry; the other snippets by reason."""

    pairs: Sequence[Pair]
    not_compared: Mapping[str, Sequence[str]]

    @property
    def in_vain(self) -> list[str]:
        """Why nothing is comparable although the baseline holds some of the snippets; empty if anything is."""
        return [] if self.pairs else [reason for reason in self.not_compared if reason != NEW]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model × corpus against its baseline, the run that is called `source`.

    wer: with the snippets that failed in this run, all their words deleted. speed: snippets timed in both runs.
    transcripts: snippets transcribed in both.
    """

    model: str
    corpus: str
    source: str
    wer: Paired
    speed: Paired
    transcripts: Paired

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
        figures = {WER: self.wer, SPEED: self.speed, TRANSCRIPTS: self.transcripts}
        missed: dict[tuple[str, str], list[str]] = {}  # reason and snippet -> figures
        for name, paired in figures.items():
            for reason, snippets in paired.not_compared.items():
                for snippet in snippets:
                    missed.setdefault((reason, snippet), []).append(name)
        told: dict[str, list[str]] = {}
        for (reason, snippet), names in missed.items():
            every = reason == NEW or len(names) == len(figures)
            told.setdefault(reason if every else f"{' and '.join(names)}: {reason}", []).append(snippet)
        return told

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


class Baseline:
    """A saved run, by case. Raises HistoryError, naming the file, if an entry of ours in it is damaged."""

    def __init__(self, source: str, benchmarks: Iterable[Mapping[str, Any]]) -> None:
        self.source = source
        self._entries: dict[tuple[str, str, str], Entry] = {}
        for benchmark in benchmarks:
            info = benchmark.get("extra_info")
            try:
                entry = read_entry(info) if isinstance(info, Mapping) else None
            except ValueError as error:
                raise HistoryError(
                    f"the baseline {source} is damaged ({error}): restore it, or name another run with "
                    "--benchmark-compare=NUMBER"
                ) from None
            if entry is not None:
                self._entries[entry.model, entry.corpus, entry.snippet] = entry

    def __len__(self) -> int:
        return len(self._entries)

    def compare(self, model: str, corpus: str, outcomes: Iterable[Outcome]) -> Comparison:
        """Pair the outcomes of this run with the entries of the saved one."""
        both = [(o, self._entries.get(o.key)) for o in outcomes if counts_as(o).in_figures]
        found = [(_from_outcome(outcome, then), then) for outcome, then in both]
        measured = [(now, then) for now, then in found if now.transcript is not None]
        return Comparison(
            model,
            corpus,
            self.source,
            wer=_pair(found, _wer_obstacle),
            speed=_pair([(now, then) for now, then in measured if now.seconds is not None], _speed_obstacle),
            transcripts=_pair(measured, _obstacle),
        )


def _pair(found: Iterable[tuple[Entry, Entry | None]], obstacle: Callable[[Entry, Entry], str | None]) -> Paired:
    pairs: list[Pair] = []
    not_compared: dict[str, list[str]] = {}
    for now, then in found:
        reason = NEW if then is None else obstacle(now, then)
        if reason is None and then is not None:
            pairs.append((now, then))
        else:
            not_compared.setdefault(reason or "", []).append(now.snippet)
    return Paired(pairs, not_compared)


def _from_outcome(outcome: Outcome, then: Entry | None) -> Entry:
    """This run's entry. A failed case has all its words deleted, under the baseline's conditions."""
    entry = entry_of(outcome)
    if entry is not None:
        return entry
    # A case that failed before its reference was read does not know how many words were lost.
    words = outcome.reference_words or (then.reference_words if then is not None else 0)
    reference = then.normalized_reference if then is not None else ""
    characters = outcome.reference_characters or (then.reference_characters if then is not None else None)
    lost = Entry(
        *outcome.key,
        words,
        words,
        reference,
        "",
        None,
        None,
        None,
        speaker=outcome.speaker,
        character_errors=characters,
        reference_characters=characters,
    )
    if then is None:
        return lost
    return replace(lost, normalizer=then.normalizer, timing=then.timing)


def _obstacle(now: Entry, then: Entry) -> str | None:
    """Why no figure of the two is comparable. What one of them does not tell is taken for the same."""
    for name, words in (("task", "task"), ("corpus_version", "corpus version")):
        here, there = getattr(now, name), getattr(then, name)
        if here is not None and there is not None and here != there:
            return f"{words} was {there}, is {here}"
    lengths = (now.audio_seconds, then.audio_seconds)
    if None not in lengths and abs((now.audio_seconds or 0.0) - (then.audio_seconds or 0.0)) > SAME_SECONDS:
        return "the audio has another length"
    return None


def _wer_obstacle(now: Entry, then: Entry) -> str | None:
    if shared := _obstacle(now, then):
        return shared
    if now.normalizer != then.normalizer:  # rules that are not known may be any
        return f"normalizer was {then.normalizer or 'not recorded'}, is {now.normalizer}"
    if now.normalized_reference != then.normalized_reference:
        return "the reference differs"
    return None


def _speed_obstacle(now: Entry, then: Entry) -> str | None:
    if shared := _obstacle(now, then):
        return shared
    if now.timing != then.timing:
        return f"timing was {then.timing or 'not recorded'}, is {now.timing}"
    if now.device_kind and then.device_kind and now.device_kind != then.device_kind:
        return f"device was {then.device_kind}, is {now.device_kind}"
    here, there = now.cores_allowed, then.cores_allowed
    if now.device_kind == "cpu" and here is not None and there is not None and here != there:
        return f"processor cores allowed were {there:g}, are {here:g}"
    if then.seconds is None:
        return "not timed in the baseline"
    return None


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
