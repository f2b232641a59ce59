"""Runs as the page's data: what may be compared stands together, everything else apart; counts and alignments agree."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_asrbench.metrics import normalizers
from pytest_asrbench.records import Outcome, Status
from pytest_asrbench.report.page.alignment import counts, operations, transcript_of
from pytest_asrbench.report.page.findings import set_names
from tests.unit.outcomes import ODD_TEXTS, failed, measured, scored
from tests.unit.pages import a_run, data_of

PAIRS = [
    ("", ""),
    ("", "thank you"),
    ("one two", ""),
    ("the cat sat on the mat", "a cat sat mat mat now"),
    ("a b c d e f", "b c x d f g"),
    ("same same same", "same same"),
    ("one", "one one one one"),
    *((text, "one two") for text in ODD_TEXTS.values()),
]


@pytest.mark.parametrize(("reference", "heard"), PAIRS)
def test_edits_make_the_transcript_and_agree_with_the_counts(reference: str, heard: str) -> None:
    found = scored(reference, heard, normalizers.load("whisper"))
    said, words = found.normalized_reference or "", found.scores["wer"]
    edits = operations(said, found.normalized_transcript or "")
    assert counts(edits) == tuple(words.part(kind) for kind in ("substitutions", "deletions", "insertions"))
    assert transcript_of(said, edits).split() == (found.normalized_transcript or "").split()


def test_edits_are_short_where_all_is_well() -> None:
    assert operations("a b c", "a b c") == [3]
    assert operations("a b c d", "b c d e") == [-1, 3, "+e"]


def test_words_with_a_sign_in_front_stay_words() -> None:
    edits = operations("plus minus", "+5 ~x -3")
    assert transcript_of("plus minus", edits) == "+5 ~x -3"


def test_counts_of_another_aligner_are_kept_and_told() -> None:
    outcome = measured("a", "one two", "one too")
    other = replace(outcome.scores["wer"], parts={"substitutions": 0, "deletions": 1, "insertions": 1})
    outcome.scores = {**outcome.scores, "wer": other}
    (row,) = rows(outcome)
    assert (row[2:5], row[9]["realigned"]) == ([0, 1, 1], True)


def rows(*outcomes: Outcome) -> list[list[Any]]:
    return [json.loads(row) for row in data_of(a_run(outcomes)).systems[0].rows]


def test_a_case_in_full() -> None:
    (row,) = rows(measured("a", "one two", "one too", seconds=(0.3, 0.1, 0.2), unstable=True))
    assert row[:8] == [0, 0, 1, 0, 0, 0.2, "one too", [1, "~too"]]
    assert row[9] == {"unstable": True, "rounds": [0.3, 0.1, 0.2]}


def test_a_case_has_the_rates_that_tables_show() -> None:
    names = data_of(a_run([measured("a")])).head()["clip_metrics"]
    (row,) = rows(measured("a", "one two", "one too", seconds=(0.5,), audio_seconds=2.0))
    rates = dict(zip(names, row[8], strict=True))
    assert (rates["wer"], rates["rtf"]) == (0.5, 0.25)
    assert rates["cer"] == pytest.approx(1 / 7, abs=1e-5)
    (silent,) = rows(measured("a", "", "one too"))
    assert dict(zip(names, silent[8], strict=True))["wer"] is None


def test_a_failed_case_has_its_cause_and_its_lost_words() -> None:
    data = data_of(a_run([failed("a", words=7, log_tail="the end")]))
    assert data.systems[0].totals.lost_words == 7
    assert data.logs == {"the end": 0}
    (row,) = rows(failed("a", words=7, log_tail="the end"))
    assert row[2:6] == [None, None, None, None]
    assert row[8] is None
    assert row[9] == {"error": "it died", "kind": "HostCrashed", "counts_as": "deleted", "words": 7, "log": 0}


def test_equal_logs_stand_once_and_too_many_are_cut() -> None:
    data = data_of(a_run([failed(str(n), log_tail=f"log {n // 2}") for n in range(1_000)]))
    assert len(data.logs) == 200


def test_a_case_that_never_ran_is_no_failure_of_the_model() -> None:
    data = data_of(a_run([measured("a"), failed("b", Status.NOT_RUN)]))
    assert (data.systems[0].totals.snippets, data.systems[0].totals.failed) == (1, 0)
    assert data.systems[0].statuses == {"OK": 1, "NOT_RUN": 1}


# What stands together


def two(first: Outcome, second: Outcome, **info: Any) -> Any:
    return data_of(a_run([first], "first"), a_run([second], "second", **info))


def test_the_same_snippet_of_two_runs_is_one() -> None:
    data = two(measured("a"), measured("a", transcript="one"))
    assert (len(data.sets), len(data.sets[0].clips), len(data.systems)) == (1, 1, 2)
    assert data.notes == []


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"normalizer": "other-1"}, "normaliser"),
        ({"corpus_version": "2"}, "version"),
        ({"task": "cleanup"}, "task"),
        ({"timing": "child-wall-2"}, "definition of the timing"),
    ],
)
def test_what_is_not_comparable_stands_apart_and_is_named(facts: dict[str, str], word: str) -> None:
    data = two(measured("a"), measured("a", **facts))
    assert len(data.sets) == 2
    assert [word in note for note in data.notes] == [True]
    names = set_names(data)
    assert len(set(names.values())) == 2
    assert all(name.startswith("corpus (") for name in names.values())


@pytest.mark.parametrize("facts", [{"reference": "one two four"}, {"audio_seconds": 2.1}])
def test_another_reference_or_length_is_another_snippet(facts: dict[str, Any]) -> None:
    other = measured("a", **facts) if "reference" not in facts else measured("a", "one two four")
    data = two(measured("a"), other)
    assert [clip.id for clip in data.sets[0].clips] == ["a", "a (variant 2)"]
    assert any("another reference or length" in note for note in data.notes)


def test_a_failed_snippet_joins_the_measured_one() -> None:
    data = data_of(a_run([failed("a"), measured("a")]))
    (clip,) = data.sets[0].clips
    assert clip.reference == "one two three"


def test_totals_over_different_snippets_are_named() -> None:
    data = data_of(a_run([measured("a"), measured("b")], "first"), a_run([measured("a")], "second"))
    assert any("Not all were tried on the same snippets" in note for note in data.notes)


# What rows are called


def labels(*runs: Any) -> list[str]:
    return [system.label for system in data_of(*runs).systems]


def test_a_model_alone_is_called_by_its_name() -> None:
    assert labels(a_run([measured()])) == ["model"]


def test_namesakes_are_told_apart_by_what_differs() -> None:
    by_machine = labels(
        a_run([measured()], "1", machine={"node": "laptop"}), a_run([measured()], "2", machine={"node": "server"})
    )
    assert by_machine == ["model (laptop)", "model (server)"]
    by_device = labels(a_run([measured()], "1"), a_run([measured(device="cuda:0")], "2"))
    assert by_device == ["model (cpu)", "model (cuda:0)"]
    by_runtime = labels(
        a_run([measured(versions={"python": "3.11.7", "lib": "1"})], "1"),
        a_run([measured(versions={"python": "3.11.7", "lib": "2"})], "2"),
    )
    assert by_runtime == ["model (lib 1)", "model (lib 2)"]


def test_namesakes_that_agree_in_everything_are_told_apart_by_their_run() -> None:
    assert labels(a_run([measured()], "1"), a_run([measured()], "2")) == ["model (1)", "model (2)"]


def test_three_namesakes_have_three_names() -> None:
    found = labels(
        a_run([measured()], "1", machine={"node": "laptop"}),
        a_run([measured(device="cuda:0")], "2", machine={"node": "laptop"}),
        a_run([measured()], "3", machine={"node": "server"}),
    )
    assert found == ["model (laptop, cpu)", "model (laptop, cuda:0)", "model (server, cpu)"]


# Findings


def test_findings_of_the_run_name_their_rows() -> None:
    stored = {"intervals": [{"model": "model", "corpus": "corpus", "low": 0.1}], "notes": ["n"], "worst": "odd"}
    data = data_of(a_run([measured()], findings=stored), analysed=True)
    assert data.findings is not None
    assert data.findings["intervals"] == [{"low": 0.1, "system": 0, "set": 0}]
    assert (data.findings["worst"], data.findings["notes"]) == ([], ["n"])


def test_findings_of_something_else_are_left_out() -> None:
    stored = {"intervals": [{"model": "another", "corpus": "corpus"}, "no object"]}
    data = data_of(a_run([measured()], findings=stored), analysed=True)
    assert data.findings is not None
    assert data.findings["intervals"] == []


def test_runs_are_analysed_together() -> None:
    first = [measured(str(n), "one two three four", "one two three four") for n in range(30)]
    second = [measured(str(n), "one two three four", "one x three four") for n in range(30)]
    data = data_of(a_run(first, "first"), a_run(second, "second"), analysed=True)
    assert data.findings is not None
    (difference,) = data.findings["differences"]
    assert (difference["system"], difference["other"], difference["significant"]) == (0, 1, True)
    assert "model (first) beats model (second)" in difference["sentence"]
