"""The matched-pairs test, Holm's correction and the sentence; NIST's own figures are compared in test_sctk.py."""

from __future__ import annotations

import random
from math import erfc, sqrt
from statistics import fmean, stdev
from typing import Any

import jiwer
import pytest

from pytest_asrbench.metrics.alignment import Alignments, align, from_operations
from pytest_asrbench.statistics.comparing import compare
from pytest_asrbench.statistics.intervals import Interval
from pytest_asrbench.statistics.ranks import SignedRanks
from pytest_asrbench.statistics.significance import (
    Comparison,
    MatchedPairs,
    holm,
    matched_pairs,
    segment_errors,
    snippets_needed,
)


def segments(first: str, second: str) -> list[tuple[int, int]]:
    """Segment errors of one snippet, or several between blanks."""
    one, other = segment_errors(from_operations(first.split()), from_operations(second.split()))
    return list(zip(one.tolist(), other.tolist(), strict=True))


def walked(first: str, second: str) -> list[tuple[int, int]]:
    """The definition, word by word: a segment ends with the second of two words that both have right in a row."""
    found, sums, row = [], [0, 0], 0
    rests = [list(first), list(second)]
    while any(rests):
        for place, rest in enumerate(rests):
            while rest and rest[0] == "I":
                rest.pop(0)
                sums[place] += 1
                row = 0
        heads = [rest.pop(0) for rest in rests if rest]
        row = row + 1 if heads == ["C", "C"] else 0
        for place, head in enumerate(heads):
            sums[place] += head != "C"
        if row >= 2 and any(sums):
            found.append((sums[0], sums[1]))
            sums = [0, 0]
    return [*found, (sums[0], sums[1])] if any(sums) else found


# Segments


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("CCCCCC", "CCCCCC", []),
        ("CCSCCC", "CCCCCC", [(1, 0)]),
        ("SCCSCC", "CCCCCC", [(1, 0), (1, 0)]),
        ("SCSCCC", "CCCCCC", [(2, 0)]),  # one right word does not part them
        ("SCCCCC", "CCCSCC", [(1, 0), (0, 1)]),
        ("SCCCCC", "CCDCCC", [(1, 1)]),  # both must have the two words right
        ("SCCISCC", "CCCCCC", [(1, 0), (2, 0)]),
        ("SCICSC", "CCCCC", [(3, 0)]),  # an insertion between the two words keeps the segment together
        ("CCCCIII", "CCCC", [(3, 0)]),
        ("CCCC", "CCCCIII", [(0, 3)]),  # words invented at the end count for either
        ("CCCCI", "CCCCII", [(1, 2)]),
        ("III", "I", [(3, 1)]),
        ("DDDD", "CCCC", [(4, 0)]),
        ("S C", "C S", [(1, 0), (0, 1)]),  # snippets are never joined
        ("SC CS", "CC CC", [(1, 0), (1, 0)]),
    ],
)
def test_segments_by_hand(first: str, second: str, expected: list[tuple[int, int]]) -> None:
    assert segments(first, second) == expected


def test_segments_are_those_of_the_definition_word_by_word() -> None:
    chance = random.Random(1)
    for _ in range(3_000):
        size = chance.randint(0, 12)
        first, second = (
            "".join("I" * (chance.random() < 0.15) + chance.choice("CCCCSD") for _ in range(size))
            + "I" * chance.choice([0, 0, 0, 2])
            for _ in range(2)
        )
        one, other = segment_errors(from_operations([first]), from_operations([second]))
        assert list(zip(one.tolist(), other.tolist(), strict=True)) == walked(first, second), (first, second)


def test_a_silent_snippet_between_others() -> None:
    one, other = segment_errors(from_operations(["CS", "", "SC"]), from_operations(["CC", "I", "CC"]))
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(1, 0), (0, 1), (1, 0)]


def test_different_references_are_refused() -> None:
    with pytest.raises(ValueError, match="different references"):
        matched_pairs(from_operations(["CC"]), from_operations(["CCC"]))


# The statistic


def test_the_statistic_by_hand() -> None:
    gaps = [(2, 0), (0, 1), (1, 0), (3, 1), (1, 1), (1, 0)]
    first = from_operations(["I" * a + "CC" for a, _ in gaps])
    second = from_operations(["I" * b + "CC" for _, b in gaps])
    test = matched_pairs(first, second)
    differences = [a - b for a, b in gaps]  # 2, -1, 1, 2, 0, 1
    assert test.segments == 6
    assert test.mean == pytest.approx(5 / 6)
    assert test.deviation == pytest.approx(stdev(differences))
    assert test.statistic == pytest.approx(fmean(differences) / (stdev(differences) / sqrt(6)))
    assert test.statistic == pytest.approx(1.7461, abs=5e-5)
    assert test.p == pytest.approx(0.0808, abs=5e-5)  # from a table of the normal distribution


def test_turned_round_it_has_the_other_sign_and_the_same_p() -> None:
    first, second = from_operations(["SCCSCI", "CCCC"]), from_operations(["CCCCC", "CCSS"])
    forth, back = matched_pairs(first, second), matched_pairs(second, first)
    assert (forth.statistic, forth.p) == (-back.statistic, back.p)


def test_without_errors_there_is_nothing_to_test() -> None:
    right = from_operations(["CCC", "CC"])
    assert matched_pairs(right, right) == MatchedPairs(0, 0.0, 0.0, 0.0, 1.0)
    assert matched_pairs(from_operations([]), from_operations([])).p == 1.0


def test_an_equal_difference_everywhere_is_judged_by_the_sign_test() -> None:
    test = matched_pairs(from_operations(["CC"] * 10), from_operations(["SC"] * 10))
    assert (test.segments, test.mean, test.statistic) == (10, -1.0, 0.0)
    assert test.p == pytest.approx(2 / 1024)
    assert matched_pairs(from_operations(["CC"]), from_operations(["SC"])).p == 1.0


# Alignments


def test_alignments_of_texts_and_of_letters_are_the_same() -> None:
    ours = align(["the cat sat", "", "yes"], ["a cat sat down", "oh my", ""])
    theirs = from_operations(["SCCI", "II", "D"])
    for name in ("words", "wrong", "inserted", "errors", "starts"):
        assert getattr(ours, name).tolist() == getattr(theirs, name).tolist()
    assert ours.errors.tolist() == [2, 2, 1]
    assert ours.words.tolist() == [3, 0, 1]


def test_errors_are_those_of_jiwer() -> None:
    chance = random.Random(3)
    references = [" ".join(chance.choices("abcd", k=chance.randint(1, 15))) for _ in range(300)]
    transcripts = [" ".join(chance.choices("abcd", k=chance.randint(0, 15))) for _ in range(300)]
    errors = align(references, transcripts).errors.tolist()
    for said, heard, count in zip(references, transcripts, errors, strict=True):
        words = jiwer.process_words(said, heard)
        assert words.substitutions + words.deletions + words.insertions == count


def test_unknown_letters_and_missing_transcripts_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown operations: X"):
        from_operations(["CXC"])
    with pytest.raises(ValueError):
        align(["a", "b"], ["a"])


# Several comparisons


def test_holms_correction_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


def test_how_many_snippets_are_needed() -> None:
    # (1.959964 + 0.841621)² = 7.848880
    assert snippets_needed(0.01, 100, 0.01) == 785
    assert snippets_needed(0.005, 100, 0.01) == 197, "half the error, a quarter of the snippets"
    assert snippets_needed(0.01, 100, 0.02) == 197, "twice the difference, too"
    assert snippets_needed(0.01, 100, 0.01, power=0.9) == 1051  # (1.959964 + 1.281552)² = 10.507424


def systems(snippets: int, *rates: float, seed: int = 0) -> dict[str, Alignments]:
    """Systems with independent errors at these rates, on snippets of 10 words."""
    chance = random.Random(seed)
    return {
        f"m{number}": from_operations(
            "".join("S" if chance.random() < rate else "C" for _ in range(10)) for _ in range(snippets)
        )
        for number, rate in enumerate(rates)
    }


def test_all_pairs_are_compared_and_corrected_together() -> None:
    three = systems(400, 0.05, 0.1, 0.1)
    found = compare(three)
    assert [(one.first, one.second) for one in found] == [("m0", "m1"), ("m0", "m2"), ("m1", "m2")]
    assert [one.significant for one in found] == [True, True, False]
    assert [one.p for one in found] == holm([one.unadjusted for one in found])
    assert found[0].improvement == 1.0
    assert found == compare(three), "the same seed, the same comparisons"


def test_given_pairs_only() -> None:
    three = systems(100, 0.05, 0.1, 0.1)
    (found,) = compare(three, [("m2", "m0")])
    assert (found.first, found.second) == ("m2", "m0")
    assert found.difference.estimate is not None
    assert found.difference.estimate > 0
    assert found.p == found.unadjusted
    assert compare(three, []) == compare({}) == []


def test_many_comparisons_can_still_be_significant() -> None:
    found = compare(systems(60, 0.02, *[0.4] * 11), resamples=99)
    assert len(found) == 66
    assert [one.significant for one in found if one.first == "m0"] == [True] * 11


def test_voices_are_believed_over_segments() -> None:
    """One voice in twenty is lost on the second system: many segments, but a single reason."""
    good, bad = from_operations(["CCCCCCCCC"] * 400), ["CCCCCCCCC"] * 400
    bad[::20] = ["SCCSCCSCC"] * 20
    bad[1:5] = ["SCCCCCCCC"] * 4
    voices = [f"v{number % 20}" for number in range(400)]
    alone, (named,) = (
        compare({"a": good, "b": from_operations(bad)})[0],
        compare({"a": good, "b": from_operations(bad)}, blocks=voices),
    )
    assert alone.significant
    assert alone.test == named.test
    assert not named.significant


# The sentence


def comparison(estimate: float, low: float | None, high: float | None, p: float, **more: Any) -> Comparison:
    spread = {"error": more.pop("error", 0.004), "reason": more.pop("reason", "")}
    gap = Interval(estimate, low, high, blocks=500, below_zero=0.9, p=p, **spread)
    test = MatchedPairs(300, 0.1, 0.5, 3.0, erfc(3.0 / sqrt(2)))
    return Comparison("voxtral", "granite-2b", gap, test, p, snippets=500, **more)


def test_a_difference_in_one_sentence() -> None:
    said = "voxtral beats granite-2b: 1.2 pp, 95 % interval 0.4–2.0, p = 0.003"
    assert comparison(-0.012, -0.020, -0.004, 0.003).sentence() == said


def test_the_winner_is_named_first() -> None:
    said = "granite-2b beats voxtral: 1.2 pp, 95 % interval 0.4–2.0, p < 0.001"
    assert comparison(0.012, 0.004, 0.020, 0.0004).sentence() == said


def test_a_small_difference_keeps_its_digits() -> None:
    said = "voxtral beats granite-2b: 0.21 pp, 95 % interval 0.02–0.40, p = 0.030"
    assert comparison(-0.0021, -0.0040, -0.0002, 0.03).sentence() == said


def test_what_the_ranks_tell_alone_is_told_with_its_uncertainty() -> None:
    blind = comparison(-2.618, -5.5, 0.28, 0.0001, ranks=SignedRanks(0, 20, -1, 2e-6))
    assert blind.sentence() == (
        "voxtral beats granite-2b: fewer errors in 20 of the 20 snippets that differ, p < 0.001; 261.8 pp, but by how "
        "much is uncertain (95 % interval -28.0 to 550.0)"
    )
    few = comparison(0.1, None, None, 0.01, reason="too few snippets: 10", ranks=SignedRanks(10, 1, 1, 0.002))
    assert few.sentence() == (
        "granite-2b beats voxtral: fewer errors in 10 of the 11 snippets that differ, p = 0.010; 10.0 pp, without an "
        "interval (too few snippets: 10)"
    )


def test_beyond_a_thousand_times_the_corpus_nobody_is_asked_to_record_more() -> None:
    wide = comparison(-0.002, -1.0, 1.0, 0.6, error=0.4)
    assert (wide.more_snippets() or 0) > 1_000 * wide.snippets
    assert wide.sentence() == (
        "voxtral and granite-2b: no difference shown; recordings like these will not tell: more than 1,000 times as "
        "many would be needed to see 1 pp"
    )
    assert "more snippets like these would be needed" in comparison(-0.002, -1.0, 1.0, 0.6, error=0.1).sentence()


def test_no_difference_in_one_sentence() -> None:
    unsure = comparison(-0.002, -0.010, 0.006, 0.6)
    assert unsure.more_snippets() == snippets_needed(0.004, 500) - 500 == 128
    said = "voxtral and granite-2b: no difference shown; 128 more snippets like these would be needed to see 1 pp"
    assert unsure.sentence() == said
    # (1.959964 + 0.841621)² × 4² × 500 = 62,791.04, less the 500 there are
    assert unsure.sentence(0.001).endswith("62,292 more snippets like these would be needed to see 0.1 pp")


def test_enough_snippets_and_no_difference() -> None:
    said = "voxtral and granite-2b: no difference shown; there are enough snippets to see 2 pp"
    assert comparison(-0.002, -0.010, 0.006, 0.6).sentence(0.02) == said


def test_too_little_to_compare_says_so() -> None:
    few = compare(systems(7, 0.1, 0.4))[0]
    assert few.sentence() == "m0 and m1: no difference shown; too few snippets: 7, at least 15 are needed"
    assert not few.significant
    assert few.more_snippets() is None
