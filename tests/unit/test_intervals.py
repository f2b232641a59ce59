"""Bootstrap intervals of the WER and of differences, against textbook formulas and a plain, slow bootstrap."""

from __future__ import annotations

import random
from math import sqrt
from statistics import NormalDist, fmean, stdev

import numpy as np
import pytest

from pytest_asrbench.statistics import intervals
from pytest_asrbench.statistics.intervals import Interval, difference_intervals, wer_intervals


def counts(snippets: int, seed: int = 0, rate: float = 0.1) -> tuple[list[int], list[int]]:
    """Errors and words of snippets of 5 to 30 words."""
    chance = random.Random(seed)
    words = [chance.randint(5, 30) for _ in range(snippets)]
    return [sum(chance.random() < rate for _ in range(size)) for size in words], words


def one(errors: list[int], words: list[int], blocks: list[str | None] | None = None, seed: int = 0) -> Interval:
    (found,) = wer_intervals([errors], words, blocks, seed=seed)
    return found


def slow_bootstrap_t(errors: list[int], words: list[int], draws: int, seed: int) -> tuple[float, float]:
    """The studentised interval as the textbook has it: draw, divide, sort."""

    def rate_and_error(e: list[int], w: list[int]) -> tuple[float, float]:
        rate = sum(e) / sum(w)
        squares = sum((a - rate * b) ** 2 for a, b in zip(e, w, strict=True))
        return rate, sqrt(squares * len(e) / (len(e) - 1)) / sum(w)

    chance = random.Random(seed)
    rate, error = rate_and_error(errors, words)
    scaled = []
    for _ in range(draws):
        picks = chance.choices(range(len(words)), k=len(words))
        drawn, spread = rate_and_error([errors[n] for n in picks], [words[n] for n in picks])
        scaled.append((drawn - rate) / spread)
    scaled.sort()
    return rate - scaled[int(0.975 * draws)] * error, rate - scaled[int(0.025 * draws)] * error


# Values


def test_it_agrees_with_a_plain_bootstrap() -> None:
    errors, words = counts(60)
    (found,) = wer_intervals([errors], words, resamples=19_999)
    low, high = slow_bootstrap_t(errors, words, 20_000, seed=1)
    assert found.estimate == sum(errors) / sum(words)
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.02)


def test_of_many_equally_long_snippets_it_is_the_normal_interval_of_a_mean() -> None:
    errors, _ = counts(5_000)
    found = one(errors, [20] * 5_000)
    error = stdev(errors) / sqrt(5_000) / 20
    reach = NormalDist().inv_cdf(0.975) * error
    assert found.error == pytest.approx(error)
    assert found.low == pytest.approx(fmean(errors) / 20 - reach, rel=0.005)
    assert found.high == pytest.approx(fmean(errors) / 20 + reach, rel=0.005)


def test_the_standard_error_of_a_ratio_by_hand() -> None:
    # 30 times (1 of 2), 30 times (3 of 4): rate 2/3, residuals -1/3 and +1/3.
    found = one([1, 3] * 30, [2, 4] * 30)
    assert found.estimate == pytest.approx(2 / 3)
    assert found.error == pytest.approx(sqrt(60 / 9 * 60 / 59) / 180)


def test_a_wider_confidence_is_a_wider_interval() -> None:
    errors, words = counts(100)
    (wide,) = wer_intervals([errors], words, confidence=0.99)
    narrow = one(errors, words)
    assert wide.low is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert wide.high is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_rate_is_never_below_zero_and_may_exceed_one() -> None:
    few = one([0] * 95 + [1] * 5, [10] * 100)
    assert few.low is not None
    assert few.low >= 0
    many = one([9, 11, 14, 20] * 10, [10] * 40)
    assert many.low is not None
    assert many.low > 1


def test_everything_wrong_is_certain() -> None:
    words = counts(40)[1]
    found = one(words, words)
    assert (found.estimate, found.low, found.high, found.reason) == (1.0, 1.0, 1.0, "")
    third = one([number // 3 for number in [9, 12, 33] * 20], [9, 12, 33] * 20)
    assert (third.low, third.high) == pytest.approx((1 / 3, 1 / 3)), "rounding is no spread"


def test_it_holds_the_true_rate_about_as_often_as_it_says() -> None:
    """A short form of `tests.benchmarks.coverage`: snippets whose own rates scatter around 10 %."""
    chance = np.random.default_rng(12)
    held = 0
    for number in range(600):
        words = np.maximum(1, np.rint(chance.lognormal(2.6, 0.6, 60))).astype(int)
        errors = chance.binomial(words, chance.beta(1.0, 9.0, 60))
        (found,) = wer_intervals([errors], words, seed=number, resamples=999)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.1 <= found.high
    assert 0.925 <= held / 600 <= 0.975


# Seeds


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    errors, words = counts(80)
    assert one(errors, words, seed=7) == one(errors, words, seed=7)
    assert one(errors, words, seed=7).low != one(errors, words, seed=8).low


def test_a_system_has_the_same_interval_alone_and_among_others() -> None:
    errors, words = counts(80)
    others = [counts(80, seed)[0] for seed in (1, 2)]
    assert wer_intervals([others[0], errors, others[1]], words)[1] == one(errors, words)


def test_memory_is_bounded_without_a_trace_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    errors, words = counts(90)
    whole = one(errors, words)
    monkeypatch.setattr(intervals, "CHUNK", 1_000)
    assert one(errors, words) == whole


# Blocks


def test_blocks_are_drawn_whole() -> None:
    errors, words = counts(300)
    blocks: list[str | None] = [f"speaker{number % 20}" for number in range(300)]
    summed = [[sum(row[number::20]) for number in range(20)] for row in (errors, words)]
    named, whole = one(errors, words, blocks), one(summed[0], summed[1])
    assert named.blocks == 20
    assert (named.estimate, named.error) == (whole.estimate, whole.error)
    assert (named.low, named.high) == pytest.approx((whole.low, whole.high), rel=0.05)


def test_voices_that_differ_make_the_interval_wider() -> None:
    words = [20] * 400
    errors = [(number % 20) // 2 for number in range(400)]  # each voice always as good
    blocks: list[str | None] = [f"v{number % 20}" for number in range(400)]
    alone, named = one(errors, words), one(errors, words, blocks)
    assert alone.error is not None
    assert named.error is not None
    assert named.error > 4 * alone.error


def test_snippets_without_a_name_are_blocks_of_their_own() -> None:
    errors, words = counts(60)
    half: list[str | None] = [f"v{number % 10}" if number < 30 else None for number in range(60)]
    assert one(errors, words, half).blocks == 40
    assert one(errors, words, [None] * 60) == one(errors, words)


def test_the_order_of_the_voices_snippets_does_not_matter() -> None:
    errors, words = counts(100)
    blocks: list[str | None] = [f"v{number % 20}" for number in range(100)]
    turned = one(errors[::-1], words[::-1], blocks[::-1])
    assert turned == one(errors, words, blocks)


# Too little to say anything


@pytest.mark.parametrize("snippets", [1, 2, 14])
def test_too_few_snippets(snippets: int) -> None:
    found = one([1] * snippets, [10] * snippets)
    assert found.estimate == pytest.approx(0.1)
    assert found.low is found.high is None
    assert found.reason == f"too few snippets: {snippets}, at least 15 are needed"


def test_fifteen_are_enough() -> None:
    assert one([1, 2, 0] * 5, [10] * 15).reason == ""


def test_too_few_voices() -> None:
    found = one([1] * 100, [10] * 100, [f"v{number % 3}" for number in range(100)])
    assert found.reason == "too few speakers or recordings: 3, at least 15 are needed"


def test_too_few_errors() -> None:
    assert one([1] * 4 + [0] * 96, [10] * 100).reason == "too few snippets with an error: 4, at least 5 are needed"
    assert one([0] * 100, [10] * 100).low is None, "no error seen does not mean that there is none"


def test_nothing_was_said() -> None:
    found = one([1] * 20, [0] * 20)
    assert (found.estimate, found.low, found.reason) == (None, None, "no reference words")


def test_words_heard_in_silence_count_as_errors() -> None:
    errors, words = counts(40)
    silent = one([*errors, *[5] * 10], [*words, *[0] * 10])
    assert silent.estimate == (sum(errors) + 50) / sum(words)
    assert silent.high is not None


def test_no_systems_and_no_snippets() -> None:
    assert wer_intervals([], [10] * 20) == []
    assert difference_intervals([[1] * 20], [10] * 20, []) == []
    assert one([], []).reason == "no reference words"


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry for each snippet"):
        wer_intervals([[1, 2]], [10, 10, 10])
    with pytest.raises(ValueError, match="one entry for each snippet"):
        wer_intervals([[1, 2], [1, 2, 3]], [10, 10])
    with pytest.raises(ValueError, match="one entry for each snippet"):
        wer_intervals([[1, 2]], [10, 10], ["a"])


# Differences


def difference(first: list[int], second: list[int], words: list[int]) -> Interval:
    (found,) = difference_intervals([first, second], words, [(0, 1)])
    return found


def test_a_difference_is_paired() -> None:
    errors, words = counts(200)
    more = [number + (place % 10 == 0) for place, number in enumerate(errors)]
    found = difference(errors, more, words)
    assert found.estimate == pytest.approx(-20 / sum(words))
    assert found.excludes_zero, "the second has an error more on every tenth snippet and is never better"
    apart = wer_intervals([errors, more], words)
    assert apart[0].high is not None
    assert apart[1].low is not None
    assert apart[0].high > apart[1].low, "each alone cannot tell"
    assert found.below_zero == pytest.approx(1.0)
    assert found.p == pytest.approx(0.001)


def test_a_difference_turned_round() -> None:
    (first, words), (second, _) = counts(100, 1), counts(100, 2)
    forth, back = difference(first, second, words), difference(second, first, words)
    assert forth.estimate == pytest.approx(-back.estimate if back.estimate is not None else None)
    assert forth.low == pytest.approx(-back.high if back.high is not None else None)
    assert forth.below_zero is not None
    assert back.below_zero is not None
    assert forth.below_zero + back.below_zero == pytest.approx(1.0)
    assert forth.p == pytest.approx(back.p)


def test_the_probability_of_improvement_is_that_of_the_normal_distribution() -> None:
    chance = random.Random(5)
    gaps = [chance.randint(-3, 3) for _ in range(2_000)]
    (found,) = difference_intervals([[5 + gap for gap in gaps], [5] * 2_000], [20] * 2_000, [(0, 1)], resamples=9_999)
    by_normal = NormalDist(fmean(gaps), stdev(gaps) / sqrt(2_000)).cdf(0)
    assert found.below_zero == pytest.approx(by_normal, abs=0.015)


def test_p_and_the_interval_agree() -> None:
    seen = set()
    for seed in range(120):
        (first, words), (second, _) = counts(40, seed), counts(40, seed + 1_000, rate=0.13)
        found = difference(first, second, words)
        if found.p is not None and abs(found.p - 0.05) > 0.002:
            assert (found.p < 0.05) == found.excludes_zero
            seen.add(found.excludes_zero)
    assert seen == {True, False}


def test_equals_do_not_differ() -> None:
    errors, words = counts(50)
    found = difference(errors, errors, words)
    assert (found.estimate, found.low, found.p, found.below_zero) == (0.0, None, None, 0.5)
    assert found.reason == "too few snippets on which the two differ: 0, at least 5 are needed"


def test_always_as_much_better_is_certain() -> None:
    words = counts(40)[1]
    found = difference([0] * 40, words, words)
    assert (found.estimate, found.low, found.high) == (-1.0, -1.0, -1.0)
    assert found.p == pytest.approx(0.001)


def test_it_takes_arrays_too() -> None:
    errors, words = counts(30)
    assert wer_intervals([np.array(errors)], np.array(words)) == [one(errors, words)]
