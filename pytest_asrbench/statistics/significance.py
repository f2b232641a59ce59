"""Is the difference between two systems real? Tests of means and of ranks, Holm's correction, and one plain sentence.

The matched-pairs sentence-segment word error test (MAPSSWE; Gillick and Cox, ICASSP 1989) as NIST's sc_stats does it:
each snippet is cut wherever both systems have two neighbouring reference words right with nothing inserted between
them; segments without an error are dropped; the statistic is the mean difference of errors by segment over its
standard error, and p is two-tailed by the normal distribution.

A few runaway transcripts make every mean useless. So a test of ranks, which they cannot blind, stands beside those of
means; each has its share of the errors that are allowed (see `chance` and docs/numbers.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, erfc, sqrt
from statistics import NormalDist

import numpy as np

from pytest_asrbench.metrics.alignment import Alignments, Integers
from pytest_asrbench.metrics.metric import Metric
from pytest_asrbench.statistics.intervals import Interval
from pytest_asrbench.statistics.ranks import NOTHING, SignedRanks

ALPHA = 0.05
MEANS, RANKS = 0.8, 0.2  # the shares of alpha that the tests of means, and the test of ranks, may use up
POWER = 0.8
EFFECT = 0.01  # the difference that "N more snippets" would show: 1 pp
HOPELESS = 1_000  # times the corpus: nobody will record that much


@dataclass(frozen=True, slots=True)
class MatchedPairs:
    """The test of two systems: mean and standard deviation of first minus second errors a segment, its statistic, p.

    Where all differences are equal the standard deviation is 0 and sc_stats prints a statistic of 0: so does
    `statistic`, while `p` is then that of the exact sign test, 2 × 0.5 ** segments (1 if there are no segments).
    """

    segments: int
    mean: float
    deviation: float
    statistic: float
    p: float


def matched_pairs(first: Alignments, second: Alignments) -> MatchedPairs:
    """Test whether two systems make equally many errors on the same snippets.

    Raises ValueError if their references differ in length.
    """
    one, other = segment_errors(first, second)
    gaps, count = one - other, len(one)
    mean = float(gaps.mean()) if count else 0.0
    deviation = float(gaps.std(ddof=1)) if count > 1 else 0.0
    if deviation:
        statistic = mean / (deviation / sqrt(count))
        return MatchedPairs(count, mean, deviation, statistic, erfc(abs(statistic) / sqrt(2)))
    return MatchedPairs(count, mean, 0.0, 0.0, min(1.0, 2 * 0.5**count) if mean else 1.0)


def segment_errors(first: Alignments, second: Alignments) -> tuple[Integers, Integers]:
    """Errors of both systems in each segment in which either has one."""
    if not np.array_equal(first.words, second.words):
        raise ValueError("the two systems were aligned to different references")
    if not len(first.words):
        return first.words, first.words
    right = (first.wrong + second.wrong) == 0
    ends = np.append(first.starts[1:] - 1, len(right) - 1)
    right[ends] = False  # the slot of a snippet's end is no word
    cut = np.zeros(len(right), dtype=bool)
    cut[1:] = right[:-1] & right[1:] & (first.inserted[1:] + second.inserted[1:] == 0)
    cut[first.starts] = True
    begins = np.flatnonzero(cut)
    one, other = (np.add.reduceat(system.wrong + system.inserted, begins) for system in (first, second))
    kept = (one + other) > 0
    return one[kept], other[kept]


def holm(p: Sequence[float]) -> list[float]:
    """p values adjusted for being several (Holm 1979), in the order given; each may be compared with alpha."""
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=lambda place: p[place])):
        highest = max(highest, min(1.0, (len(p) - rank) * p[place]))
        adjusted[place] = highest
    return adjusted


def snippets_needed(
    error: float, snippets: int, effect: float = EFFECT, *, alpha: float = ALPHA, power: float = POWER
) -> int:
    """Snippets in all to see a WER difference of `effect` with probability `power` at level `alpha`, two-sided.

    error: the standard error of the difference on `snippets` snippets; it shrinks with the root of their number.
    """
    normal = NormalDist()
    deviates = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    return ceil(snippets * (deviates * error / effect) ** 2)


def chance(gap: Interval, test: MatchedPairs | None, ranks: SignedRanks) -> float:
    """The p value of one comparison, from the bootstrap of the means, the matched-pairs test and the ranks.

    Of the tests of means the larger p counts (of what is not counted in words there is the bootstrap alone): the
    matched-pairs test takes segments for independent, and calls equals different too often where the errors of a
    snippet or a speaker go together; the bootstrap knows of them. Means and ranks each spend a share of alpha, so that
    together they err no more often than alpha (Bonferroni's method with weights). Ranks that lean against the rate say
    nothing of it.
    """
    of_means = max(test.p if test is not None else 0.0, 1.0 if gap.p is None else gap.p)
    of_ranks = ranks.p if ranks.lean * (gap.estimate or 0.0) > 0 else 1.0
    return min(1.0, of_means / MEANS, of_ranks / RANKS)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same snippets; the difference is WER of the first minus WER of the second.

    p: that of `chance`, adjusted for all comparisons made together. ranks: of the snippets, or of `unit`, what was
    drawn for the interval. metric: what was counted; None: words.
    """

    first: str
    second: str
    difference: Interval
    test: MatchedPairs | None
    p: float
    snippets: int
    alpha: float = ALPHA
    ranks: SignedRanks = NOTHING
    unit: str = "snippets"
    metric: Metric | None = None

    @property
    def unadjusted(self) -> float:
        """p of this comparison alone."""
        return chance(self.difference, self.test, self.ranks)

    @property
    def significant(self) -> bool:
        """Whether p is below alpha. The interval then excludes 0, unless it was the ranks that told."""
        return self.p < self.alpha

    @property
    def improvement(self) -> float | None:
        """Bisani and Ney's probability of improvement of the first over the second."""
        return self.difference.below_zero

    def more_snippets(self, effect: float = EFFECT) -> int | None:
        """How many more snippets like these would be needed to see `effect`; None if their spread is not known."""
        if self.difference.reason or self.difference.error is None:
            return None
        return max(0, snippets_needed(self.difference.error, self.snippets, effect, alpha=self.alpha) - self.snippets)

    def sentence(self, effect: float = EFFECT) -> str:
        """The comparison in one plain sentence."""
        if self.significant:
            return self._verdict()
        more = self.more_snippets(effect)
        wanted = f"to see {100 * effect:g} pp"
        if more is None or self._symbol != "pp":
            rest = self.difference.reason
        elif more > HOPELESS * self.snippets:
            rest = f"recordings like these will not tell: more than {HOPELESS:,} times as many would be needed {wanted}"
        elif more:
            rest = f"{more:,} more snippet{'s' * (more > 1)} like these would be needed {wanted}"
        else:
            rest = f"there are enough snippets {wanted}"
        return f"{self.first} and {self.second}: no difference shown{self._of}" + (f"; {rest}" if rest else "")

    @property
    def _of(self) -> str:
        """Of which metric a sentence is, where it is not that of words."""
        return f" in {self.metric.title}" if self.metric is not None and not self.metric.by_words else ""

    @property
    def _symbol(self) -> str:
        return "pp" if self.metric is None or self.metric.unit == "%" else self.metric.unit

    def _verdict(self) -> str:
        gap, scale = self.difference, 100 if self._symbol == "pp" else 1
        behind = f" {self._symbol}" if self._symbol else ""
        estimate = gap.estimate or 0.0
        winner, loser = (self.first, self.second) if estimate < 0 else (self.second, self.first)
        won = f"{winner} beats {loser}{self._of}"
        level = f"{100 * (1 - self.alpha):g} % interval"
        if gap.low is not None and gap.high is not None and gap.excludes_zero:
            near, far = sorted((abs(gap.low), abs(gap.high)))
            digits = _digits(near, scale)
            size, *ends = (f"{scale * value:.{digits}f}" for value in (abs(estimate), near, far))
            return f"{won}: {size}{behind}, {level} {ends[0]}–{ends[1]}, {_shown(self.p)}"
        fewer = self.ranks.fewer if estimate < 0 else self.ranks.more
        told = f"fewer errors in {fewer} of the {self.ranks.more + self.ranks.fewer} {self.unit} that differ"
        size = f"{scale * abs(estimate):.{_digits(abs(estimate), scale)}f}{behind}"
        if gap.low is not None and gap.high is not None:
            low, high = sorted(value if estimate > 0 else -value for value in (gap.low, gap.high))
            size += f", but by how much is uncertain ({level} {scale * low:.1f} to {scale * high:.1f})"
        else:
            size += f", without an interval ({gap.reason})"
        return f"{won}: {told}, {_shown(self.p)}; {size}"


def _digits(low: float, scale: float = 100) -> int:
    """Decimals that keep the near end of an interval off 0; scale: what it is shown by, 100 for percentage points."""
    return next((digits for digits in (1, 2, 3) if round(scale * low, digits)), 4)


def _shown(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
