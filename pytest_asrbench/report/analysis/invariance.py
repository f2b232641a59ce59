"""What changes though it should not: a model's answers from round to round, and those of one model in several forms.

Forms of one model differ in runtime, precision, device or options (a batch size, a quantisation): what they should have
in common is every transcript.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.records import WORDS, Counts, Outcome, rate
from pytest_asrbench.report.analysis.findings import Invariance
from pytest_asrbench.report.analysis.systems import System, by_corpus
from pytest_asrbench.support import plain, spec

MAX_NAMES = 5  # in a sentence
MAX_SNIPPETS = 1_000
_FACTS = {"runtime": "runtime", "dtype": "precision", "device": "device"}


def of_rounds(one: System) -> list[Invariance]:
    """How a model's answers changed from round to round; nothing where each clip had a single one."""
    repeated = [outcome for outcome in one.measured if len(outcome.seconds) > 1]
    if not repeated:
        return []
    changed = [outcome for outcome in repeated if outcome.variants]
    reworded = [outcome for outcome in changed if len(set(outcome.variant_errors)) > 1]
    rates = [_wer(repeated, place) for place in range(max((len(outcome.variants) for outcome in changed), default=1))]
    known = [value for value in rates if value is not None]
    low, high = min(known, default=None), max(known, default=None)
    where = f"{one.model} on {one.corpus}"
    rounds = max(len(outcome.seconds) for outcome in repeated)
    told = f"{where}: {_share(changed, repeated)} changed in {rounds} rounds{_named(changed)}{_range(low, high)}"
    same = f"{where}: each of {len(repeated)} transcripts was the same in {rounds} rounds"
    names = tuple(outcome.snippet for outcome in changed[:MAX_SNIPPETS])
    counts = (len(repeated), len(changed), len(reworded))
    return [
        Invariance(one.model, one.corpus, "", ("repetition",), *counts, names, low, high, told if changed else same)
    ]


def of_forms(parts: Sequence[System]) -> Iterator[Invariance]:
    """How the answers of two forms of one model differ, on the clips that both answered."""
    for corpus, of_corpus in by_corpus(parts).items():
        for first, second in combinations(of_corpus, 2):
            heard = {outcome.snippet: outcome for outcome in second.measured}
            pairs = [(one, heard[one.snippet]) for one in first.measured if one.snippet in heard]
            if pairs and pairs[0][0].base and pairs[0][0].base == pairs[0][1].base:
                yield _forms(corpus, pairs)


def _forms(corpus: str, pairs: Sequence[tuple[Outcome, Outcome]]) -> Invariance:
    one, other = pairs[0]
    changed = [a for a, b in pairs if a.transcript != b.transcript]
    reworded = [a for a, b in pairs if a.normalized_transcript != b.normalized_transcript]
    rates = _wer([a for a, _ in pairs]), _wer([b for _, b in pairs])
    apart = _apart(one, other)
    differing = ", ".join(f"{name} {a} and {b}" for name, (a, b) in apart.items()) or "nothing that is known"
    words = f", {len(reworded)} in words" if changed else ""
    figures = f": WER {_percent(rates[0])} and {_percent(rates[1])}" if changed else ""
    told = (
        f"{one.model} and {other.model} on {corpus} ({differing}): {_share(changed, [a for a, _ in pairs])} differ"
        f"{words}{_named(changed)}{figures}"
    )
    names = tuple(outcome.snippet for outcome in changed[:MAX_SNIPPETS])
    counts = (len(pairs), len(changed), len(reworded))
    return Invariance(one.model, corpus, other.model, tuple(apart), *counts, names, *rates, told)


def _apart(one: Outcome, other: Outcome) -> Mapping[str, tuple[str, str]]:
    """What is different between two forms, by name: facts of the run, then options."""
    facts = {name: (getattr(one, key), getattr(other, key)) for key, name in _FACTS.items()}
    mine, others = _options(one.model), _options(other.model)
    options = {name: (mine.get(name, "default"), others.get(name, "default")) for name in {**mine, **others}}
    return {name: (str(a or "unknown"), str(b or "unknown")) for name, (a, b) in {**facts, **options}.items() if a != b}


def _options(model: str) -> Mapping[str, Any]:
    try:
        return spec.parse(model)[1]
    except UsageError:
        return {}


def _wer(outcomes: Sequence[Outcome], place: int | None = None) -> float | None:
    """The WER of the answers, or of those of one round where they differ."""
    counts = [outcome.scores.get(WORDS, Counts()) for outcome in outcomes]
    errors = [
        outcome.variant_errors[place] if place is not None and place < len(outcome.variant_errors) else one.errors
        for outcome, one in zip(outcomes, counts, strict=True)
    ]
    return rate(sum(errors), sum(one.total for one in counts))


def _share(some: Sequence[Outcome], of: Sequence[Outcome]) -> str:
    return f"{len(some)} of {len(of)} transcripts" if some else f"none of {len(of)} transcripts"


def _named(some: Sequence[Outcome]) -> str:
    return f" ({plain.some([outcome.snippet for outcome in some], MAX_NAMES)})" if some else ""


def _range(low: float | None, high: float | None) -> str:
    return f": WER {_percent(low)} to {_percent(high)}" if low != high else ""


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.2f} %"
