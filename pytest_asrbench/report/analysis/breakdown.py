"""Where the errors are: by tag, speaker, language and length of the audio, and in which snippets."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pytest_asrbench.records import Outcome, rate
from pytest_asrbench.report.analysis.findings import Group, Worst
from pytest_asrbench.report.analysis.systems import System, by_corpus
from pytest_asrbench.report.analysis.uncertainty import intervals

# Upper ends in seconds, included. Commands are below 2 s, read sentences mostly below 20 s; Whisper and many others
# see windows of 30 s, so that what is longer has been cut; beyond a minute there are at least two such cuts.
LENGTHS = (2, 5, 10, 20, 30, 60)
DIMENSIONS = ("tag", "speaker", "language", "length")
MAX_VALUES = 200  # of a dimension, those with the most reference words
MAX_WORST = 20

Label = tuple[str, str]  # dimension, value


def groups(parts: Sequence[System], seed: int) -> tuple[list[Group], list[str]]:
    """Break each corpus down; a value that all of its snippets have is left out, as it would repeat the corpus.

    Returns notes on what was left out, besides.
    """
    found: list[tuple[Label, System]] = []
    notes = []
    for corpus, of_corpus in by_corpus(parts).items():
        labels = _labels(of_corpus)
        chosen, dropped = _chosen(labels, of_corpus)
        notes += [
            f"{corpus}: the {MAX_VALUES} {name}s with the most words are told of, the other {n} not"
            for name, n in dropped
        ]
        places = [_places(labels, one) for one in of_corpus]
        for label in chosen:
            found += ((label, one.part(at[label])) for one, at in zip(of_corpus, places, strict=True) if label in at)
    told = intervals([part for _, part in found], seed)
    return [
        _group(label, part, interval.estimate, interval.low, interval.high, unit, interval.reason)
        for (label, part), (interval, unit) in zip(found, told, strict=True)
    ], notes


def worst(one: System) -> list[Worst]:
    """The snippets with the most errors; among equals the highest WER, an undefined one, first."""
    entries = [
        Worst(
            one.model, one.corpus, outcome.snippet, int(errors), int(words), rate(errors, words), not outcome.measured
        )
        for outcome, errors, words in zip(one.outcomes, one.errors, one.words, strict=True)
        if errors
    ]
    entries.sort(key=lambda entry: (-entry.errors, entry.reference_words, entry.snippet))
    return entries[:MAX_WORST]


def length(seconds: float) -> str:
    """The range of audio lengths that `seconds` is in: "5–10 s"."""
    place = bisect_left(LENGTHS, seconds)
    return f"over {LENGTHS[-1]} s" if place == len(LENGTHS) else f"{(0, *LENGTHS)[place]}–{LENGTHS[place]} s"


def _labels(of_corpus: Iterable[System]) -> dict[str, frozenset[Label]]:
    """What is known of each snippet, from the first of its outcomes that knows its length."""
    found: dict[str, frozenset[Label]] = {}
    outcomes = [outcome for one in of_corpus for outcome in one.outcomes]
    for outcome in sorted(outcomes, key=lambda outcome: outcome.audio_seconds is None):
        if outcome.snippet not in found:
            found[outcome.snippet] = frozenset(_known(outcome))
    return found


def _places(labels: Mapping[str, frozenset[Label]], one: System) -> dict[Label, list[int]]:
    """Where in `one` the snippets of each label are."""
    found: dict[Label, list[int]] = {}
    for place, name in enumerate(one.snippets):
        for label in labels[name]:
            found.setdefault(label, []).append(place)
    return found


def _known(outcome: Outcome) -> Iterable[Label]:
    yield from (("tag", tag) for tag in outcome.tags)
    if outcome.speaker is not None:
        yield "speaker", outcome.speaker
    if outcome.language is not None:
        yield "language", outcome.language
    if outcome.audio_seconds is not None:
        yield "length", length(outcome.audio_seconds)


def _chosen(
    labels: dict[str, frozenset[Label]], of_corpus: Iterable[System]
) -> tuple[list[Label], list[tuple[str, int]]]:
    """Labels in the order to be shown, and how many of each dimension are too many."""
    size: Counter[Label] = Counter()
    words = {name: n for one in of_corpus for name, n in zip(one.snippets, one.words, strict=True)}
    count = Counter(label for known in labels.values() for label in known)
    for name, known in labels.items():
        size.update(dict.fromkeys(known, words[name]))
    chosen: list[Label] = []
    dropped = []
    for dimension in DIMENSIONS:
        telling = [label for label in count if label[0] == dimension and count[label] < len(labels)]
        telling.sort(key=lambda label: (-size[label], label))
        chosen += sorted(telling[:MAX_VALUES], key=_order)
        if len(telling) > MAX_VALUES:
            dropped.append((dimension, len(telling) - MAX_VALUES))
    return chosen, dropped


def _order(label: Label) -> tuple[int, str]:
    dimension, value = label
    if dimension != "length":
        return 0, value
    return next((n for n, end in enumerate(LENGTHS) if value.endswith(f"–{end} s")), len(LENGTHS)), value


def _group(
    label: Label, part: System, wer: float | None, low: float | None, high: float | None, unit: str, reason: str
) -> Group:
    measured = sum(outcome.measured for outcome in part.outcomes)
    audio_seconds = sum(part.audio_seconds)
    return Group(
        part.model,
        part.corpus,
        *label,
        snippets=len(part.outcomes),
        failed=len(part.outcomes) - measured,
        errors=int(sum(part.errors)),
        reference_words=int(sum(part.words)),
        wer=wer,
        low=low,
        high=high,
        unit=unit,
        reason=reason,
        rtf=rate(sum(part.seconds) if any(part.seconds) else None, audio_seconds),
        audio_seconds=audio_seconds,
    )
