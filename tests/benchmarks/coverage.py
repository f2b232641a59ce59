"""Do the intervals hold the true WER, and the comparisons the truth, as often as they say? On simulated corpora.

`python -m tests.benchmarks.coverage [CORPORA]` (2,000 unless told) prints the figures of docs/numbers.md. A corpus
has 40 to 1,000 snippets of log-normal length, half of them 15 to 60 speakers; each speaker, and each snippet around its
speaker, has an error rate drawn from a beta distribution, so that the true WER is known. One system in two pairs has
difficulties of its own beside those that it shares with the other.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from pytest_asrbench.metrics.alignment import Alignments, align
from pytest_asrbench.statistics.comparing import compare
from pytest_asrbench.statistics.intervals import MIN_BLOCKS, wer_intervals
from pytest_asrbench.statistics.significance import matched_pairs, snippets_needed
from tests.benchmarks.material import pairs

Floats = npt.NDArray[np.float64]
Chance = np.random.Generator
INSERTED = 0.15  # insertions for each wrong word
BURST = 20  # words that are invented at once
NORMAL = NormalDist()


@dataclass(frozen=True)
class Corpus:
    """Two systems on one corpus; rates: their true WERs."""

    systems: tuple[Alignments, Alignments]
    rates: tuple[float, float]
    speakers: list[str] | None

    @property
    def words(self) -> npt.NDArray[np.int64]:
        return self.systems[0].words


def corpus(chance: Chance, better: float = 0.0, bursts: float = 0.0, size: int | None = None) -> Corpus:
    """Draw one; `better`: share of its errors that the second system avoids; bursts: share of snippets with one."""
    count = size or int(np.exp(chance.uniform(np.log(40), np.log(1000))))
    words = np.maximum(1, np.rint(chance.lognormal(np.log(13), 0.6, count))).astype(np.int64)
    voices = int(chance.integers(15, 61)) if chance.random() < 0.5 else 0
    voice = chance.choice(voices, count, p=chance.dirichlet(np.full(voices, 2.0))) if voices else np.arange(count)
    mean = float(chance.choice([0.02, 0.05, 0.1, 0.2]))
    shared = difficulties(chance, mean, voice)
    systems = []
    for kept in (1.0, 1.0 - better):
        rates = kept * (shared + difficulties(chance, mean, voice)) / 2
        systems.append(spoken(chance, words, rates, bursts))
    invented = bursts * BURST / _mean_words()
    truth = (1 + INSERTED) * mean
    rates_of = (truth + invented, truth * (1 - better) + invented)
    return Corpus((systems[0], systems[1]), rates_of, [f"s{n}" for n in voice] if voices else None)


def difficulties(chance: Chance, mean: float, voice: npt.NDArray[np.intp]) -> Floats:
    """Each snippet's error rate, around that of its speaker."""
    of_voice = np.clip(chance.beta(15 * mean, 15 * (1 - mean), voice.max() + 1)[voice], 1e-6, 1 - 1e-6)
    return np.asarray(chance.beta(10 * of_voice, 10 * (1 - of_voice)))


def spoken(chance: Chance, words: npt.NDArray[np.int64], rates: Floats, bursts: float) -> Alignments:
    """A system that errs at these rates in each word of each snippet, and invents words in a share of the snippets."""
    slots = np.repeat(rates, words + 1)
    end = np.cumsum(words + 1) - 1
    slots[end] = 0.0
    inserted = (chance.random(len(slots)) < INSERTED * slots).astype(np.int64)
    inserted[end] += np.where(chance.random(len(words)) < bursts, BURST, 0)
    return Alignments(words, (chance.random(len(slots)) < slots).astype(np.int64), inserted)


def _mean_words() -> float:
    """Mean of the rounded lengths that `corpus` draws."""
    lengths = NormalDist(np.log(13), 0.6)
    at_least = (1 - lengths.cdf(np.log(number - 0.5)) for number in range(2, 1000))
    return 1 + sum(at_least)


def bootstrapped(errors: Floats, words: Floats, chance: Chance, draws: int = 1999) -> Floats:
    """Rates of plain draws, for the two methods that were not chosen."""
    times = chance.multinomial(len(words), np.full(len(words), 1 / len(words)), draws)
    return np.asarray((times @ errors) / (times @ words))


def percentile(errors: Floats, words: Floats, drawn: Floats) -> tuple[float, float]:
    """The percentile interval: what the middle 95 % of the draws span."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def bca(errors: Floats, words: Floats, drawn: Floats) -> tuple[float, float]:
    """The bias-corrected and accelerated interval (Efron 1987), its acceleration by the jackknife."""
    rate = errors.sum() / words.sum()
    share = float(np.mean(drawn < rate) + np.mean(drawn == rate) / 2)
    bias = NORMAL.inv_cdf(min(max(share, 1e-4), 1 - 1e-4))
    without = (errors.sum() - errors) / (words.sum() - words)
    gaps = without.mean() - without
    bend = (gaps**3).sum() / (6 * (gaps**2).sum() ** 1.5)
    levels = [NORMAL.cdf(bias + (bias + z) / (1 - bend * (bias + z))) for z in (-1.959964, 1.959964)]
    low, high = np.quantile(drawn, levels)
    return float(low), float(high)


def _blocks(one: Corpus) -> tuple[Floats, Floats]:
    place = np.unique(one.speakers, return_inverse=True)[1] if one.speakers else np.arange(len(one.words))
    errors = np.bincount(place, one.systems[0].errors)
    return errors.astype(np.float64), np.bincount(place, one.words).astype(np.float64)


def draw(count: int, seed: int, **options: float) -> Iterator[tuple[int, Corpus]]:
    chance = np.random.default_rng(seed)
    return ((number, corpus(chance, **options)) for number in range(count))  # type: ignore[arg-type]


def coverage(count: int, seed: int = 1, **options: float) -> None:
    """Print how often each kind of interval holds the true WER."""
    others: dict[str, Callable[[Floats, Floats, Floats], tuple[float, float]]] = {"percentile": percentile, "BCa": bca}
    held = dict.fromkeys(("studentised", *others), 0)
    parts: dict[str, list[int]] = {}
    silent = below = above = 0
    for number, one in draw(count, seed, **options):
        truth = one.rates[0]
        (found,) = wer_intervals([one.systems[0].errors], one.words, one.speakers, seed=number)
        if found.low is None or found.high is None:
            silent += 1
            continue
        good = found.low <= truth <= found.high
        held["studentised"] += good
        below, above = below + (truth < found.low), above + (truth > found.high)
        size = "speakers" if one.speakers else "to 200 snippets" if len(one.words) < 200 else "200 snippets or more"
        parts.setdefault(size, []).append(good)
        errors, words = _blocks(one)
        drawn = bootstrapped(errors, words, np.random.default_rng(number))
        for name, method in others.items():
            low, high = method(errors, words, drawn)
            held[name] += low <= truth <= high
    told = count - silent
    print(f"  {told:,} of {count:,} corpora have an interval; it holds the true WER in")
    for name, hits in held.items():
        print(f"    {name:<12} {hits / told:7.2%}")
    print(f"  studentised: truth below {below / told:.2%}, above {above / told:.2%}")
    for name, goods in sorted(parts.items()):
        print(f"    {name:<22} {np.mean(goods):7.2%} of {len(goods):,}")


def comparisons(count: int, seed: int = 2, **options: float) -> None:
    """Print how often the interval holds the true difference, and how often a difference is called real."""
    held, told, called, wrong, by_test, by_interval = 0, 0, 0, 0, 0, 0
    for number, one in draw(count, seed, **options):
        (found,) = compare({"a": one.systems[0], "b": one.systems[1]}, blocks=one.speakers, seed=number)
        called += found.significant
        wrong += found.significant and (found.difference.estimate or 0) * (one.rates[0] - one.rates[1]) <= 0
        by_test += found.test is not None and found.test.p < 0.05
        by_interval += found.difference.excludes_zero
        if found.difference.low is not None and found.difference.high is not None:
            told += 1
            held += found.difference.low <= one.rates[0] - one.rates[1] <= found.difference.high
    print(f"  {told:,} of {count:,} have an interval; it holds the true difference in {held / told:.2%}")
    print(f"  called real: {called / count:.2%} (by the matched-pairs test alone {by_test / count:.2%},")
    print(f"  by the interval alone {by_interval / count:.2%}),")
    print(f"  with the wrong winner or without a difference: {wrong / count:.2%}")


def power(count: int, seed: int = 3, effect: float = 0.01) -> None:
    """Print how often a difference of `effect` is called real on as many snippets as a pilot said are needed."""
    chance = np.random.default_rng(seed)
    mean, hits, sizes = 0.1, 0, []
    better = effect / ((1 + INSERTED) * mean)
    for number in range(count):
        pilot = _plain(chance, 300, mean, better)
        (found,) = compare({"a": pilot[0], "b": pilot[1]}, seed=number)
        assert found.difference.error is not None
        sizes.append(snippets_needed(found.difference.error, 300, effect))
        full = _plain(chance, sizes[-1], mean, better)
        (seen,) = compare({"a": full[0], "b": full[1]}, seed=number)
        hits += seen.significant
    print(f"  1 pp, {np.median(sizes):,.0f} snippets (median) asked for by pilots of 300: seen in {hits / count:.1%}")


def _plain(chance: Chance, count: int, mean: float, better: float) -> tuple[Alignments, Alignments]:
    words = np.maximum(1, np.rint(chance.lognormal(np.log(13), 0.6, count))).astype(np.int64)
    shared = difficulties(chance, mean, np.arange(count))
    first, second = (
        spoken(chance, words, kept * (shared + difficulties(chance, mean, np.arange(count))) / 2, 0.0)
        for kept in (1.0, 1.0 - better)
    )
    return first, second


def small_tests(count: int, seed: int = 4) -> None:
    """Print how often the matched-pairs test alone calls equals different, by number of segments."""
    chance = np.random.default_rng(seed)
    for size in (10, 20, 40, 80, 160):
        alarms, segments = 0, []
        for _ in range(count):
            first, second = _plain(chance, size, 0.1, 0.0)
            test = matched_pairs(first, second)
            alarms += test.p < 0.05
            segments.append(test.segments)
        print(f"  {size:>4} snippets, {np.median(segments):4.0f} segments: {alarms / count:.2%}")


def speed(snippets: int = 20_000, models: int = 5) -> None:
    """Print seconds for all intervals and all comparisons of a large run, and for aligning its texts."""
    chance = np.random.default_rng(0)
    words = np.maximum(1, np.rint(chance.lognormal(np.log(16), 0.6, snippets))).astype(np.int64)
    rates = difficulties(chance, 0.1, np.arange(snippets))
    systems = {f"m{n}": spoken(chance, words, rates, 0.0) for n in range(models)}
    texts = pairs(snippets)
    begin = time.perf_counter()
    for _ in range(models):
        align([reference for reference, _ in texts], [heard for _, heard in texts])
    start = time.perf_counter()
    wer_intervals([one.errors for one in systems.values()], words)
    middle = time.perf_counter()
    compare(systems)
    end = time.perf_counter()
    several = models * (models - 1) // 2
    print(f"  aligning {start - begin:.2f} s, {models} intervals {middle - start:.2f} s,", end=" ")
    print(f"{several} comparisons {end - middle:.2f} s")


def main(count: int = 2_000) -> None:
    """Print all figures."""
    print(f"coverage of 95 % intervals, at least {MIN_BLOCKS} snippets or speakers:")
    coverage(count)
    print(f"the same where 1 snippet in 100 has {BURST} invented words:")
    coverage(count, seed=5, bursts=0.01)
    print("two equal systems:")
    comparisons(count)
    print("the second avoids 15 % of the first one's errors:")
    comparisons(count, seed=6, better=0.15)
    print("snippets asked for:")
    power(max(1, count // 4))
    print("matched-pairs test alone, equal systems, no speakers, false alarms at 5 %:")
    small_tests(count)
    print("20,000 snippets × 5 models, 1,999 draws:")
    speed()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
