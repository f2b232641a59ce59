"""Findings in plain sentences, for the end of a session. A finding that says nothing new gets no line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pytest_asrbench.report.analysis import company
from pytest_asrbench.report.analysis.findings import Calls, Difference, Findings, NonSpeech, Repetition, Text

MAX_COMPARISONS = 10
MAX_FACTS = 5  # of one kind
MAX_PHRASE = 40  # characters
TELLING_GAP = 0.05  # between the WERs with and without normalisation: 5 pp
TELLING_RATIO = 1.5  # of the first call to warm ones,
TELLING_SECONDS = 0.1  # which it takes longer by
MORE = "in results.json"


def remarks(findings: Findings) -> list[str]:
    """Return the sentences: comparisons, then what averages hide, then what was left out."""
    several = len({one.corpus for one in findings.intervals}) > 1
    facts = (
        [_nonspeech(one, several) for one in findings.nonspeech if one.words],
        _loops(findings.repetitions, several),
        [one.sentence for one in findings.invariance if one.changed or one.other],
        [_normalisation(one, several) for one in findings.texts if _gap(one) >= TELLING_GAP],
        [_first_call(one) for one in findings.calls if _slow_to_start(one)],
        company.sentences(findings.company),
    )
    lines = _first(_comparisons(findings.differences, several), MAX_COMPARISONS, "comparison")
    for of_kind in facts:
        lines += _first(of_kind, MAX_FACTS, "line")
    return lines + [f"note: {note}" for note in findings.notes]


def unchanged(findings: Findings) -> list[str]:
    """Return, of each model whose answers were the same in all rounds, that they were."""
    return [one.sentence for one in findings.invariance if not one.other and not one.changed]


def choices(findings: Findings) -> list[str]:
    """Return which model to take, or why none can be named; a line for each corpus."""
    several = len(findings.choices) > 1
    return [f"verdict{_where(one.corpus, several)}: {one.sentence}" for one in findings.choices]


def _comparisons(differences: Iterable[Difference], several: bool) -> list[str]:
    """Differences that were shown come first. A model that has changed nothing since its baseline has no line."""
    told = [one for one in differences if not one.against or one.estimate or one.low is not None]
    told.sort(key=lambda one: not one.significant)
    silent = Counter((one.corpus, one.reason) for one in told if one.reason and not one.against)
    lines: dict[str, None] = {}
    for one in told:
        pairs = silent[one.corpus, one.reason]
        shown = one.sentence
        if pairs > 1 and not one.against:
            shown = f"no difference shown between {pairs} pairs of models; {one.reason}"
        lines[f"{one.corpus}: {shown}" if several else shown] = None
    return list(lines)


def _nonspeech(one: NonSpeech, several: bool) -> str:
    pace = "" if one.words_per_minute is None else f" ({one.words_per_minute:.0f} words per minute)"
    clips = f"{one.clips_with_words} of {_count(one.clips, 'clip')} without speech{_where(one.corpus, several)}"
    return f"{one.model} said {_count(one.words, 'word')} in {clips}{pace}"


def _loops(found: Iterable[Repetition], several: bool) -> list[str]:
    """One line for each model and corpus, with the longest of its loops, which is its first."""
    together: dict[tuple[str, str], list[Repetition]] = {}
    for one in found:
        together.setdefault((one.model, one.corpus), []).append(one)
    return [
        f"{model} ran into a loop in {_count(len(loops), 'snippet')}{_where(corpus, several)}: "
        f'in {loops[0].snippet} it said "{_shown(loops[0].phrase)}" {loops[0].times} times in a row'
        for (model, corpus), loops in together.items()
    ]


def _normalisation(one: Text, several: bool) -> str:
    assert one.raw_wer is not None
    return f"{one.model}{_where(one.corpus, several)}: without normalisation the WER is {one.raw_wer * 100:.1f} %"


def _first_call(one: Calls) -> str:
    return (
        f"{one.model}: the first call took {one.first_seconds:.3g} s, {one.ratio:.1f} times as long as the same "
        f"snippet warm ({one.warm_seconds:.3g} s)"
    )


def _slow_to_start(one: Calls) -> bool:
    longer = one.first_seconds - one.warm_seconds
    return one.ratio is not None and one.ratio >= TELLING_RATIO and longer >= TELLING_SECONDS


def _gap(one: Text) -> float:
    return abs(one.raw_wer - one.wer) if one.wer is not None and one.raw_wer is not None else 0.0


def _where(corpus: str, several: bool) -> str:
    return f" on {corpus}" if several else ""


def _shown(phrase: str) -> str:
    """What a model said, short and without signs that would steer a terminal."""
    cut = phrase if len(phrase) <= MAX_PHRASE else phrase[: MAX_PHRASE - 3] + "..."
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in cut)


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'s' * (number != 1)}"


def _first(lines: Sequence[str], most: int, name: str) -> list[str]:
    rest = len(lines) - most
    return [*lines[:most], f"and {_count(rest, name)} more {MORE}"] if rest > 0 else list(lines)
