"""Comparisons between models, and with a baseline: on common snippets alone, adjusted for their number."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest

from pytest_asrbench.metrics.alignment import align
from pytest_asrbench.records import Outcome, Status
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import Difference
from pytest_asrbench.statistics.comparing import compare
from pytest_asrbench.store import Baseline
from pytest_asrbench.store.entries import saved_info
from tests.unit.systems import heard, references, run, spoiled


def test_a_real_difference_is_shown_and_an_absent_one_is_not() -> None:
    findings = analyse([*run("good", 0.05), *run("fair", 0.15), *run("equal", 0.15)])
    by_pair = {(one.first, one.second): one for one in findings.differences}
    assert list(by_pair) == [("good", "fair"), ("good", "equal"), ("fair", "equal")]
    better = by_pair["good", "fair"]
    assert better.significant
    assert better.estimate is not None
    assert better.high is not None
    assert better.estimate < better.high < 0
    assert better.sentence.startswith("good beats fair: ")
    assert not by_pair["fair", "equal"].significant
    assert "no difference shown" in by_pair["fair", "equal"].sentence
    assert all(one.against == "" and one.snippets == 60 for one in findings.differences)


def test_figures_are_those_of_the_scoring_package() -> None:
    runs = {name: run(name, rate) for name, rate in (("a", 0.1), ("b", 0.12), ("c", 0.2))}
    said = [one.normalized_reference or "" for one in runs["a"]]
    systems = {
        name: align(said, [one.normalized_transcript or "" for one in outcomes]) for name, outcomes in runs.items()
    }
    expected = compare(systems)
    found = analyse([one for outcomes in runs.values() for one in outcomes]).differences
    assert [(one.estimate, one.low, one.high, one.p, one.sentence) for one in found] == [
        (one.difference.estimate, one.difference.low, one.difference.high, one.p, one.sentence()) for one in expected
    ]


def test_p_values_are_adjusted_over_all_corpora_of_the_run() -> None:
    pair = [*run("a", 0.05), *run("b", 0.1)]
    elsewhere = [replace(one, corpus="other") for one in pair]
    alone = analyse(pair).differences[0]
    together = analyse([*pair, *elsewhere]).differences
    assert [one.corpus for one in together] == ["corpus", "other"]
    assert [one.p for one in together] == pytest.approx([min(1.0, 2 * alone.p)] * 2)
    assert together[0].estimate == alone.estimate


def test_failed_snippets_count_as_deleted_and_their_reference_may_be_unknown() -> None:
    lost = [heard("b", one.snippet, one.reference or "", None) for one in run("b", 0.1, 20)]
    (found,) = analyse([*run("a", 0.0, 20), *lost]).differences
    assert found.estimate == -1.0
    assert found.significant
    both = [heard(model, one.snippet, one.reference or "", None) for model in "ab" for one in run("a", 0.1, 20)]
    (found,) = analyse(both).differences
    assert found.estimate == 0.0
    assert not found.significant


def test_only_snippets_tried_with_both_are_compared_and_it_is_said() -> None:
    partly = [one if number < 40 else replace(one, status=Status.NOT_RUN) for number, one in enumerate(run("c", 0.3))]
    findings = analyse([*run("a", 0.05), *run("b", 0.1), *partly])
    assert {(one.first, one.second): one.snippets for one in findings.differences} == {
        ("a", "b"): 60,
        ("a", "c"): 40,
        ("b", "c"): 40,
    }
    assert findings.notes == (
        "corpus: models are compared on the snippets that both were tried on, a and c on 40 of 60",
    )


def test_models_without_a_common_snippet_or_word_are_not_compared() -> None:
    assert analyse([heard("a", "x", "one", "one"), heard("b", "y", "one", "one")]).differences == ()
    assert analyse([heard(model, "x", "", "one") for model in "ab"]).differences == ()


def test_too_few_snippets_are_the_reason() -> None:
    (found,) = analyse([*run("a", 0.1, 5), *run("b", 0.1, 5)]).differences
    assert found.reason == "too few snippets: 5, at least 15 are needed"
    assert found.more_snippets is None
    assert (found.low, found.high, found.significant) == (None, None, False)


def test_many_models_can_still_be_told_apart() -> None:
    outcomes = [one for number in range(8) for one in run(f"m{number}", 0.02 if number else 0.5)]
    found = analyse(outcomes).differences
    assert len(found) == len(list(combinations(range(8), 2)))
    assert all(one.significant == (one.first == "m0") for one in found)


# Against a baseline


def saved(outcomes: list[Outcome]) -> Baseline:
    return Baseline("0001_then.json", [{"extra_info": saved_info(one)} for one in outcomes])


def held(now: list[Outcome], then: list[Outcome], model: str = "a") -> tuple[Difference, ...]:
    return analyse(now, baselines=[saved(then).compare(model, "corpus", now)]).differences


def test_a_model_is_compared_with_itself_in_the_baseline() -> None:
    chance = random.Random(0)
    worse = [heard("a", f"s{n:03d}", text, spoiled(text, 0.3, chance)) for n, text in enumerate(references(60))]
    (found,) = held(worse, run("a", 0.05))
    assert (found.first, found.second, found.against) == ("a", "a", "0001_then.json")
    assert found.significant
    assert found.estimate is not None
    assert found.estimate > 0
    assert found.sentence.startswith("a in 0001_then.json beats a: ")


def test_an_unchanged_model_has_no_difference() -> None:
    (found,) = held(run("a", 0.1), run("a", 0.1))
    assert (found.estimate, found.significant, found.p) == (0.0, False, 1.0)
    assert found.reason.startswith("too few snippets on which the two differ: 0")


def test_only_what_is_comparable_enters() -> None:
    then = [replace(one, normalizer="another") if number < 10 else one for number, one in enumerate(run("a", 0.1))]
    (found,) = held(run("a", 0.2, seed=2), then)
    assert found.snippets == 50
    assert held(run("a", 0.1), [replace(one, normalizer="another") for one in run("a", 0.1)]) == ()


def test_baselines_are_a_family_of_their_own() -> None:
    now = [*run("a", 0.1), *run("b", 0.1)]
    baseline = saved([*run("a", 0.05, seed=5), *run("b", 0.05, seed=5)])
    compared = [baseline.compare(model, "corpus", [o for o in now if o.model == model]) for model in "ab"]
    found = analyse(now, baselines=compared).differences
    assert [(one.first, one.second, one.against) for one in found] == [
        ("a", "b", ""),
        ("a", "a", "0001_then.json"),
        ("b", "b", "0001_then.json"),
    ]
    assert found[0].p == analyse(now).differences[0].p


def test_snippets_that_were_scored_by_other_rules_are_not_compared() -> None:
    """One model has told the language, so that its references are other words than those of the second."""
    first, second = run("a", 0.1), run("b", 0.1)
    for outcome in second[:20]:
        outcome.normalized_reference = f"other {outcome.normalized_reference}"
    findings = analyse([*first, *second])
    (found,) = findings.differences
    assert found.snippets == 40
    assert any("a and b on 40 of 60" in note for note in findings.notes)
