"""Frequent word errors: the alignment's own, complete, and in a stable order."""

from __future__ import annotations

from collections import Counter

import jiwer
import pytest

from pytest_asrbench.metrics.totals import total
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.systems import systems
from pytest_asrbench.report.analysis.words import MAX_EACH, count
from tests.unit.systems import heard, run


def test_errors_by_hand() -> None:
    found = analyse(
        [
            heard("a", "x", "the cat sat on the mat", "the hat sat on mat"),
            heard("a", "y", "a cat", "too a hat"),
            heard("a", "z", "a dog", None),
        ]
    ).word_errors
    assert [(one.kind, one.reference, one.heard, one.count) for one in found] == [
        ("substitution", "cat", "hat", 2),
        ("deletion", "the", "", 1),
        ("insertion", "", "too", 1),
    ]


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.9])
def test_they_add_up_to_the_counts_that_are_shown(rate: float) -> None:
    outcomes = run("a", rate)
    (one,) = systems(outcomes)
    sums = total("a", "corpus", outcomes)
    kinds: Counter[str] = Counter()
    for (kind, _, _), times in count(one).items():
        kinds[kind] += times
    assert kinds == {
        "substitution": sums.scores["wer"].part("substitutions"),
        "deletion": sums.scores["wer"].part("deletions"),
        "insertion": sums.scores["wer"].part("insertions"),
    }


def test_they_are_those_of_jiwer() -> None:
    outcomes = run("a", 0.4)
    expected: Counter[tuple[str, str, str]] = Counter()
    for outcome in outcomes:
        found = jiwer.process_words(outcome.normalized_reference or "", outcome.normalized_transcript or "")
        for chunk in found.alignments[0]:
            said = found.references[0][chunk.ref_start_idx : chunk.ref_end_idx]
            heard_ = found.hypotheses[0][chunk.hyp_start_idx : chunk.hyp_end_idx]
            if chunk.type == "substitute":
                expected.update(("substitution", s, h) for s, h in zip(said, heard_, strict=True))
            elif chunk.type == "delete":
                expected.update(("deletion", s, "") for s in said)
            elif chunk.type == "insert":
                expected.update(("insertion", "", h) for h in heard_)
    (one,) = systems(outcomes)
    assert count(one) == expected


def test_the_most_frequent_are_kept() -> None:
    outcomes = [heard("a", str(n), f"w{n % 60}", "x" if n >= 60 else "y") for n in range(90)]
    outcomes += [heard("a", "more", "w7 w7 w7", "z z z")]
    found = analyse(outcomes).word_errors
    assert len(found) == MAX_EACH
    assert (found[0].reference, found[0].heard, found[0].count) == ("w7", "z", 3)
    assert [one.count for one in found] == sorted((one.count for one in found), reverse=True)
    assert found[1:] == tuple(sorted(found[1:], key=lambda one: (one.reference, one.heard)))
