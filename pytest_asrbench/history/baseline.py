"""Earlier runs as baselines: pytest-benchmark's saved runs. What they hold of a case is its `extra_info`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pytest_asrbench.records import Outcome, Status, rate

NEW = "not in the baseline"  # why a case is not compared: it did not exist then


@dataclass(frozen=True, slots=True)
class Entry:
    """What a comparison needs of one measured snippet, of this run or of a saved one."""

    model: str
    corpus: str
    snippet: str
    errors: int
    reference_words: int
    normalized_reference: str
    normalized_transcript: str
    seconds: float | None
    audio_seconds: float | None
    conditions: Mapping[str, Any]


# Two figures are comparable if these agree.
CONDITIONS = ("normalizer", "task", "timing", "normalized_reference")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model × corpus against its baseline: the snippets in both, and those that cannot be compared, by reason."""

    model: str
    corpus: str
    source: str
    pairs: Sequence[tuple[Entry, Entry]]
    not_compared: Mapping[str, Sequence[str]]

    @property
    def wer_now(self) -> float | None:
        """Corpus WER of this run over the common snippets; failures count as deleted."""
        return _wer(now for now, _ in self.pairs)

    @property
    def wer_then(self) -> float | None:
        """Corpus WER of the baseline over the common snippets."""
        return _wer(then for _, then in self.pairs)

    @property
    def rtf_now(self) -> float | None:
        """RTF of this run over the common snippets that it measured."""
        return _rtf([now for now, _ in self.pairs if now.seconds is not None])

    @property
    def rtf_then(self) -> float | None:
        """RTF of the baseline over the snippets that `rtf_now` covers."""
        return _rtf([then for now, then in self.pairs if now.seconds is not None])

    def worse(self) -> list[tuple[Entry, Entry]]:
        """Pairs with more errors than before, worst first."""
        worse = [(now, then) for now, then in self.pairs if now.errors > then.errors]
        return sorted(worse, key=lambda pair: (pair[1].errors - pair[0].errors, pair[0].snippet))


class Baseline:
    """A saved run, by case."""

    def __init__(self, source: str, benchmarks: Iterable[Mapping[str, Any]]) -> None:
        self.source = source
        self._entries: dict[tuple[str, str, str], Entry] = {}
        for benchmark in benchmarks:
            entry = _from_extra_info(benchmark.get("extra_info") or {})
            if entry is not None:
                self._entries[entry.model, entry.corpus, entry.snippet] = entry

    def compare(self, model: str, corpus: str, outcomes: Iterable[Outcome]) -> Comparison:
        """Pair the outcomes of this run with the entries of the saved one."""
        pairs: list[tuple[Entry, Entry]] = []
        not_compared: dict[str, list[str]] = {}
        for outcome in outcomes:
            if outcome.status is Status.NOT_RUN:
                continue
            then = self._entries.get(outcome.key)
            now = _from_outcome(outcome, then)
            reason = _why_not(now, then)
            if reason is None and then is not None:
                pairs.append((now, then))
            else:
                not_compared.setdefault(reason or "", []).append(outcome.snippet)
        return Comparison(model, corpus, self.source, pairs, not_compared)


_COPIED = (
    *("audio_seconds", "first_seconds", "load_seconds", "peak_ram", "peak_vram", "runtime", "device", "dtype"),
    *("versions", "normalizer", "task", "timing", "corpus_version", "reference_seconds", "unstable"),
)


def extra_info(outcome: Outcome) -> dict[str, Any]:
    """What pytest-benchmark's JSON keeps of a measured case; plain values, in the order people look for them."""
    score = outcome.score
    figures: dict[str, Any] = {"model": outcome.model, "corpus": outcome.corpus, "snippet": outcome.snippet}
    if score is not None:
        figures |= {"wer": score.wer, "cer": score.cer, "errors": score.errors, "raw_wer": score.raw_wer}
        figures |= {name: getattr(score, name) for name in ("substitutions", "deletions", "insertions")}
        figures |= {name: getattr(score, name) for name in ("reference_words", "normalized_reference")}
        figures |= {"normalized_transcript": score.normalized_transcript}
    figures |= {"rtf": outcome.rtf, "seconds": outcome.time, "transcript": outcome.transcript}
    return figures | {name: getattr(outcome, name) for name in _COPIED}


def _from_extra_info(info: Mapping[str, Any]) -> Entry | None:
    names = [f.name for f in fields(Entry) if f.name != "conditions"]
    if any(name not in info for name in names):
        return None
    return Entry(**{name: info[name] for name in names}, conditions={name: info.get(name) for name in CONDITIONS})


def _from_outcome(outcome: Outcome, then: Entry | None) -> Entry:
    if outcome.score is not None:
        return _from_extra_info(extra_info(outcome)) or _lost(outcome, then)
    return _lost(outcome, then)


def _lost(outcome: Outcome, then: Entry | None) -> Entry:
    """Build the entry of a failed case: all its words deleted, under the baseline's conditions."""
    reference = then.normalized_reference if then is not None else ""
    # A case that failed before its reference was read does not know how many words were lost.
    words = outcome.reference_words or (then.reference_words if then is not None else 0)
    conditions = then.conditions if then is not None else {}
    return Entry(*outcome.key, words, words, reference, "", None, outcome.audio_seconds, conditions)


def _why_not(now: Entry, then: Entry | None) -> str | None:
    if then is None:
        return NEW
    for name in CONDITIONS:
        if now.conditions.get(name) != then.conditions.get(name):
            if name == "normalized_reference":
                return "the reference differs"
            return f"{name} was {then.conditions.get(name)}, is {now.conditions.get(name)}"
    return None


def _wer(entries: Iterable[Entry]) -> float | None:
    entries = list(entries)
    return rate(sum(e.errors for e in entries), sum(e.reference_words for e in entries))


def _rtf(entries: Sequence[Entry]) -> float | None:
    timed = [e for e in entries if e.seconds is not None]
    return rate(sum(e.seconds or 0.0 for e in timed), sum(e.audio_seconds or 0.0 for e in timed))
