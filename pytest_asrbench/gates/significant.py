"""Is a metric worse than in the baseline, or does it only look so? The test of one comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.records import Counts
from pytest_asrbench.store import Comparison, Entry

if TYPE_CHECKING:
    from pytest_asrbench.statistics.comparing import System
    from pytest_asrbench.statistics.significance import Comparison as Tested


def against_baseline(comparison: Comparison, metric: Metric, together: int = 1, seed: int = 0) -> Tested | None:
    """Test this run against its baseline on the same snippets; None if there are none.

    p is adjusted for `together` comparisons by Bonferroni's method: cases are judged one by one, and Holm's, which is
    less strict, needs the p values of all. Speakers are the blocks where there are enough of them.
    """
    from pytest_asrbench.statistics.comparing import compare
    from pytest_asrbench.statistics.intervals import RESAMPLES, speaker_blocks
    from pytest_asrbench.statistics.significance import ALPHA

    pairs = comparison.paired(metric).pairs
    if not pairs:
        return None
    draws = max(RESAMPLES, ceil(4 * together / ALPHA) - 1)  # so that the smallest p stays below alpha when adjusted
    blocks = speaker_blocks([now.speaker for now, _ in pairs])
    both = sides(comparison, metric, "this run", "the baseline")
    (found,) = compare(both, blocks=blocks, metric=metric, seed=seed, resamples=draws)
    return replace(found, p=min(1.0, found.p * together))


def sides(comparison: Comparison, metric: Metric, now: str, then: str) -> dict[str, System]:
    """Both runs, under these names, as the test of a metric takes them."""
    from pytest_asrbench.metrics.alignment import align

    pairs = comparison.paired(metric).pairs
    columns: tuple[Sequence[Entry], ...] = ([one for one, _ in pairs], [one for _, one in pairs])
    if metric.by_words:
        said = [entry.normalized_reference for entry in columns[1]]
        return {
            name: align(said, [entry.normalized_transcript for entry in column])
            for name, column in zip((now, then), columns, strict=True)
        }
    return {name: _sums(column, metric) for name, column in zip((now, then), columns, strict=True)}


def too_few(found: Tested) -> bool:
    """Whether nothing can be told, although something should be: with enough snippets, no loss is no loss."""
    from pytest_asrbench.statistics.intervals import MIN_BLOCKS

    gap = found.difference
    doubtful = gap.blocks < MIN_BLOCKS or gap.estimate is None or gap.estimate > 0
    return bool(gap.reason) and doubtful and not found.significant


def _sums(column: Sequence[Entry], metric: Metric) -> System:
    from pytest_asrbench.statistics.comparing import sums

    return sums([entry.scores.get(metric.name, Counts()) for entry in column], metric)
