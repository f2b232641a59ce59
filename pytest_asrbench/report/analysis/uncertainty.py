"""95 % intervals of the rates of a corpus, and what is drawn for them: snippets, or speakers if there are enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.shares import shares
from pytest_asrbench.records import WORDS, Outcome
from pytest_asrbench.report.analysis.findings import Uncertainty
from pytest_asrbench.report.analysis.systems import System, by_corpus
from pytest_asrbench.statistics.intervals import MIN_BLOCKS, Interval, speaker_blocks, wer_intervals

SNIPPETS, SPEAKERS = "snippets", "speakers"


def blocks(outcomes: Iterable[Outcome]) -> list[str | None] | None:
    """Return the speaker of each snippet, or None where the snippets themselves are to be drawn."""
    return speaker_blocks([outcome.speaker for outcome in outcomes])


def intervals(parts: Sequence[System], seed: int, metric: str = WORDS) -> list[tuple[Interval, str]]:
    """Interval of a metric of each system and what was drawn for it. Systems on the same totals share their draws."""
    counts = [shares(registry.get(metric), one.counts(metric)) for one in parts]
    together: dict[tuple[tuple[str, ...], tuple[float, ...]], list[int]] = {}
    for place, one in enumerate(parts):
        together.setdefault((one.snippets, tuple(some.total for some in counts[place])), []).append(place)
    found: dict[int, tuple[Interval, str]] = {}
    for (_, totals), places in together.items():
        drawn = blocks(parts[places[0]].outcomes)
        unit = SNIPPETS if drawn is None else SPEAKERS
        rows = wer_intervals([[some.errors for some in counts[place]] for place in places], totals, drawn, seed=seed)
        found.update((place, (row, unit)) for place, row in zip(places, rows, strict=True))
    return [found[place] for place in range(len(parts))]


def uncertainties(parts: Sequence[System], seed: int, metric: str = WORDS) -> list[Uncertainty]:
    """The corpus rate of each system with its interval."""
    return [
        Uncertainty(one.model, one.corpus, found.estimate, found.low, found.high, unit, found.blocks, found.reason)
        for one, (found, unit) in zip(parts, intervals(parts, seed, metric), strict=True)
    ]


def notes(parts: Sequence[System]) -> list[str]:
    """Say of which corpora the intervals hold for a few voices alone."""
    told = []
    for corpus, of_corpus in by_corpus(parts).items():
        outcomes = max((one.outcomes for one in of_corpus), key=len)
        speakers = {outcome.speaker for outcome in outcomes} - {None}
        if speakers and len(outcomes) >= MIN_BLOCKS and blocks(outcomes) is None:
            voices = "one speaker is" if len(speakers) == 1 else f"{len(speakers)} speakers are"
            told.append(
                f"{corpus}: {voices} too few to draw from; its intervals are drawn by snippets and hold for the voices "
                "that it has"
            )
    return told
