"""The analysis as a whole: it counts as the totals do, is the same from run to run, and names what it cannot say."""

from __future__ import annotations

import json
import random
from dataclasses import fields

import pytest

from pytest_asrbench.metrics.totals import total
from pytest_asrbench.records import Outcome, Status
from pytest_asrbench.report.analysis import uncertainty
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import Calls, Findings
from pytest_asrbench.report.analysis.systems import systems
from pytest_asrbench.statistics.intervals import wer_intervals
from pytest_asrbench.support import strict_json
from tests.unit.outcomes import failed
from tests.unit.systems import heard, run


def with_failures() -> list[Outcome]:
    """Two models of 40 snippets each, of which the second fails on every tenth."""
    second = [
        heard("b", one.snippet, one.reference or "", None) if number % 10 == 0 else one
        for number, one in enumerate(run("b", 0.2, 40))
    ]
    return [*run("a", 0.1, 40), *second]


# Intervals


def test_the_estimate_is_the_wer_of_the_totals_failures_included() -> None:
    outcomes = with_failures()
    for found in analyse(outcomes).intervals:
        sums = total(found.model, "corpus", [one for one in outcomes if one.model == found.model])
        assert found.estimate == sums.wer
        assert None not in (found.low, found.high)
        assert [found.low, found.estimate, found.high] == sorted([found.low, found.estimate, found.high])  # type: ignore[type-var]
        assert (found.unit, found.blocks, found.reason) == ("snippets", 40, "")


def test_the_interval_is_that_of_the_counts() -> None:
    outcomes = run("a", 0.1)
    counts = [one.scores["wer"] for one in outcomes]
    (expected,) = wer_intervals([[c.errors for c in counts]], [c.total for c in counts])
    (found,) = analyse(outcomes).intervals
    assert (found.low, found.high) == (expected.low, expected.high)


def test_speakers_are_drawn_where_there_are_enough() -> None:
    outcomes = run("a", 0.1)
    for number, outcome in enumerate(outcomes):
        outcome.speaker = f"speaker {number % 15}"
    findings = analyse(outcomes)
    (found,) = findings.intervals
    assert (found.unit, found.blocks) == ("speakers", 15)
    assert findings.notes == ()


def test_few_speakers_are_no_speakers_and_it_is_said() -> None:
    outcomes = run("a", 0.1)
    for number, outcome in enumerate(outcomes):
        outcome.speaker = f"speaker {number % 14}"
    findings = analyse(outcomes)
    assert findings.intervals[0].unit == "snippets"
    assert findings.notes == (
        "corpus: 14 speakers are too few to draw from; its intervals are drawn by snippets and hold for the voices "
        "that it has",
    )
    for outcome in outcomes:
        outcome.speaker = "one"
    assert analyse(outcomes).notes[0].startswith("corpus: one speaker is too few")


def test_too_few_snippets_are_told_and_need_no_note_on_speakers() -> None:
    findings = analyse(run("a", 0.5, 14, speaker="one"))
    (found,) = findings.intervals
    assert (found.low, found.high) == (None, None)
    assert found.estimate is not None
    assert found.reason == "too few snippets: 14, at least 15 are needed"
    assert findings.notes == ()


def test_the_order_of_the_snippets_changes_nothing() -> None:
    outcomes = with_failures()
    mixed = list(outcomes)
    random.Random(3).shuffle(mixed)
    one, other = (analyse(given, ["a", "b"], ["corpus"]).to_dict() for given in (outcomes, mixed))
    assert one.pop("calls")
    assert other.pop("calls")
    assert one == other


def test_another_seed_gives_other_ends_and_is_told() -> None:
    one, other = analyse(run("a", 0.1)), analyse(run("a", 0.1), seed=7)
    assert other.seed == 7
    assert one.intervals[0].low != other.intervals[0].low
    assert one.intervals[0].low == pytest.approx(other.intervals[0].low, rel=0.1)


def test_models_on_the_same_snippets_share_their_draws_and_others_do_not_disturb() -> None:
    alone = analyse(run("a", 0.1)).intervals[0]
    beside = analyse([*run("a", 0.1), *run("b", 0.2), *run("c", 0.3, 30)])
    assert beside.intervals[0] == alone
    assert [one.blocks for one in beside.intervals] == [60, 60, 30]


def test_snippets_never_tried_do_not_count_and_models_never_tried_are_absent() -> None:
    outcomes = run("a", 0.1, 20)
    waiting = [failed(f"t{number}", Status.NOT_RUN, words=0) for number in range(5)]
    findings = analyse([*outcomes, *waiting])
    assert [one.blocks for one in findings.intervals] == [20]
    assert [one.model for one in findings.intervals] == ["a"]


def test_rows_come_in_the_order_of_models_and_corpora() -> None:
    outcomes = [heard(model, "x", "one", "one", corpus=corpus) for corpus in "pq" for model in "ab"]
    found = analyse(outcomes, ["b", "a"], ["q", "p"]).intervals
    assert [(one.model, one.corpus) for one in found] == [("b", "q"), ("b", "p"), ("a", "q"), ("a", "p")]
    found = analyse(outcomes).intervals
    assert [(one.model, one.corpus) for one in found] == [("a", "p"), ("a", "q"), ("b", "p"), ("b", "q")]


def test_a_clip_without_words_can_be_drawn_and_a_corpus_without_any_has_no_wer() -> None:
    (found,) = analyse([*run("a", 0.1, 20), heard("a", "silence", "", "thank you")]).intervals
    assert found.blocks == 21
    assert found.low is not None
    (found,) = analyse([heard("a", str(n), "", "thank you") for n in range(20)]).intervals
    assert (found.estimate, found.reason) == (None, "no reference words")


def test_parts_of_a_system_keep_its_columns_together() -> None:
    (one,) = systems(with_failures()[40:])
    part = one.part([0, 3, 39])
    assert part.snippets == tuple(outcome.snippet for outcome in part.outcomes) == ("s000", "s003", "s039")
    assert (part.errors[0], part.words[0]) == (one.words[0], one.words[0])
    assert (part.seconds[0], part.audio_seconds[0]) == (0.0, 0.0)
    assert part.seconds[1:] == (0.1, 0.1)
    assert uncertainty.blocks(part.outcomes) is None


# Twice measured


def test_texts_with_and_without_normalisation_are_of_the_same_snippets() -> None:
    (found,) = analyse([heard("a", "x", "one two", "one too"), heard("a", "y", "three", None)]).texts
    assert (found.wer, found.raw_wer) == (0.5, 0.5)
    assert analyse([heard("a", "y", "three", None)]).texts == ()


def test_the_first_call_is_held_against_warm_ones_of_its_own_snippet() -> None:
    outcomes = [
        heard("a", "z", "one", None, corpus="q"),
        heard("a", "y", "one", "one", corpus="q", first_seconds=3.0, seconds=(0.5, 0.4, 0.6)),
        heard("a", "x", "one", "one", corpus="p", first_seconds=3.0, seconds=(9.0,)),
        heard("b", "y", "one", "one", first_seconds=None),
    ]
    assert analyse(outcomes).calls == (Calls("a", "q", 3.0, 0.5, 6.0, "y"),)


# As values


def test_findings_are_plain_values_that_json_can_hold() -> None:
    loop = heard("a", "loop", "", "thank you " * 9, tags=("x",), seconds=(9.0, 9.0), others=(2.0, 2.0), cores=2)
    findings = analyse([*with_failures(), loop, heard("b", "loop", "", "", tags=("x",))])
    values = findings.to_dict()
    assert all(values[f.name] for f in fields(Findings) if f.name not in ("rates", "seed", "notes"))
    assert values["cer_intervals"]
    assert json.loads(strict_json.dumps(values)) == values
    assert values["worst"][0]["snippet"] == "loop"


def test_nothing_at_all_is_no_finding() -> None:
    assert analyse([]) == Findings()
    (choice,) = analyse([failed(status=Status.NOT_RUN)]).choices
    assert choice.sentence == "none can be given: nothing was measured"
    assert analyse([failed(status=Status.NOT_RUN)]) == Findings(choices=(choice,))
