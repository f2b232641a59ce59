"""Series over saved runs: each run against the last comparable one, and a reason where there is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.records import Outcome
from pytest_asrbench.statistics.speed.fastest import LEAST, Pace, judge_fastest
from pytest_asrbench.store.changes import FIRST, Point, Series, series
from pytest_asrbench.store.runs import read_runs
from tests.unit.outcomes import failed, measured
from tests.unit.saved_runs import MACHINE, document, save

TEN = "a b c d e f g h i j"


def told(folder: Path, *contents: dict[str, Any]) -> list[Series]:
    """The series of these runs, numbered from 1."""
    for number, content in enumerate(contents, 1):
        save(folder, number, content)
    runs, problems = read_runs(folder)
    assert problems == []
    return series(runs)


def points(folder: Path, *runs: Sequence[Outcome], **facts: Any) -> tuple[Point, ...]:
    """The points of the one series of these runs."""
    (one,) = told(folder, *(document(run, day=day, **facts) for day, run in enumerate(runs, 1)))
    return one.points


def run(*, errors: int = 0, factor: float = 1.0, count: int = 30, rounds: int = 3, **more: Any) -> list[Outcome]:
    """Snippets of ten words, the first `errors` of them with one deleted, that take so many times 0.1 s and more.

    The first of several rounds is the fastest.
    """
    laps = (1.0, *(1.0 + 0.1 * n for n in range(1, rounds)))
    return [
        measured(
            f"{n:02}",
            TEN,
            TEN[2:] if n < errors else TEN,
            seconds=tuple(0.1 * factor * (1 + n / 100) * lap for lap in laps),
            **more,
        )
        for n in range(count)
    ]


def test_a_point_tells_where_and_how_and_the_series_is_json(tmp_path: Path) -> None:
    (one,) = told(tmp_path, document(run(errors=3), day=1), document(run(errors=3), day=2))
    assert (one.model, one.corpus, len(one.points)) == ("model", "corpus", 2)
    point = one.points[1]
    assert (point.run, point.commit, point.dirty, point.node, point.cpu) == (
        "0002",
        "0202020202",
        True,
        "bench",
        "fast",
    )
    assert (point.snippets, point.failed, point.errors, point.reference_words, point.wer) == (30, 0, 3, 300, 0.01)
    assert point.rtf == pytest.approx(0.05 * 1.145 * 1.1), "of the median rounds"
    assert json.loads(json.dumps(one.to_dict()))["points"][1]["wer_change"]["against"] == f"{MACHINE}/0001_run.json"


def test_each_model_and_corpus_has_its_series(tmp_path: Path) -> None:
    both = [measured(), replace(measured(), model="other"), replace(measured(), corpus="noise")]
    found = told(tmp_path, document(both[:1]), document(both, day=2))
    assert [(one.model, one.corpus, len(one.points)) for one in found] == [
        ("model", "corpus", 2),
        ("other", "corpus", 1),
        ("model", "noise", 1),
    ]


def test_the_first_run_has_nothing_to_be_held_against(tmp_path: Path) -> None:
    (point,) = points(tmp_path, run())
    assert point.wer_change.reason == point.speed_change.reason == FIRST
    assert point.wer_change.against is None


# WER


def test_the_same_again_is_no_change(tmp_path: Path) -> None:
    change = points(tmp_path, run(errors=3), run(errors=3))[1].wer_change
    assert (change.changed, change.difference, change.significant, change.snippets) == (False, 0.0, None, 30)
    assert change.reason == ""


def test_one_word_is_a_change_and_not_a_significant_one(tmp_path: Path) -> None:
    change = points(tmp_path, run(), run(errors=1))[1].wer_change
    assert change.difference == pytest.approx(1 / 300)
    assert (change.changed, change.changed_snippets, change.changed_transcripts) == (True, 1, 1)
    assert change.significant is None
    assert change.low is change.high is None


def test_many_words_are_significant_with_an_interval(tmp_path: Path) -> None:
    change = points(tmp_path, run(), run(errors=15))[1].wer_change
    assert change.significant is True
    assert change.low is not None
    assert change.high is not None
    assert 0 < change.low < 0.05 < change.high


def test_losses_and_gains_that_cancel_are_a_change_all_the_same(tmp_path: Path) -> None:
    then, now = run(count=2), run(count=2)
    then[0], now[1] = measured("00", TEN, TEN[2:]), measured("01", TEN, TEN[2:])
    change = points(tmp_path, then, now)[1].wer_change
    assert (change.changed, change.difference, change.changed_snippets) == (True, 0.0, 2)


def test_other_words_with_as_many_errors_are_seen(tmp_path: Path) -> None:
    change = points(tmp_path, [measured("a", "x y", "x z")], [measured("a", "x y", "x w")])[1].wer_change
    assert (change.changed, change.changed_transcripts) == (False, 1)


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ({"normalizer": "whisper-9"}, "normalizer was whisper-9, is none-1-"),
        ({"task": "cleanup"}, "task was cleanup, is transcribe"),
        ({"corpus_version": "1"}, "corpus version was 1, is 2"),
        ({"audio_seconds": 9.0}, "no snippet in common with"),
    ],
)
def test_a_run_under_other_conditions_is_not_compared_and_the_last_comparable_one_is(
    tmp_path: Path, then: dict[str, Any], reason: str
) -> None:
    here: dict[str, Any] = {"corpus_version": "2"}
    found = points(tmp_path, run(**{**here, **then}), run(**here))
    assert found[1].wer_change.reason.startswith(reason)
    assert found[1].wer_change.against is None
    assert found[1].wer_change.difference is None
    if "audio_seconds" not in then:
        again = points(tmp_path, run(**here), run(**{**here, **then}), run(errors=1, **here))
        assert again[2].wer_change.against == f"{MACHINE}/0001_run.json"
        assert again[2].wer_change.changed


def test_a_corrected_reference_leaves_its_snippet_out(tmp_path: Path) -> None:
    then, now = run(), run()
    now[0] = measured("00", "another text", "another text")
    change = points(tmp_path, then, now)[1].wer_change
    assert (change.snippets, change.changed) == (29, False)


def test_accuracy_is_compared_across_machines_and_devices(tmp_path: Path) -> None:
    (one,) = told(
        tmp_path, document(run(device="cuda:0"), node="big"), document(run(errors=2), day=2, node="small")
    )  # fmt: skip
    assert one.points[1].wer_change.changed
    assert one.points[1].speed_change.reason == "machine was big, is small"


def test_a_failed_snippet_shows_in_the_wer_and_is_left_out_of_the_change(tmp_path: Path) -> None:
    point = points(tmp_path, run(), [*run()[:-1], failed("29", words=10)])[1]
    assert point.failed == 1
    assert point.wer == pytest.approx(10 / 300)
    assert (point.wer_change.snippets, point.wer_change.changed) == (29, False)


# Speed


@pytest.mark.parametrize(("factor", "changed"), [(1.0, False), (1.02, False), (1.1, True), (0.9, True), (0.98, False)])
def test_speed_has_changed_if_its_interval_lies_beyond_three_per_cent(
    tmp_path: Path, factor: float, changed: bool
) -> None:
    change = points(tmp_path, run(), run(factor=factor))[1].speed_change
    assert change.difference == pytest.approx(factor - 1)
    assert change.changed is changed


@pytest.mark.parametrize(("factor", "changed"), [(1.2, False), (1.3, True), (0.75, True), (0.85, False)])
def test_of_single_rounds_a_change_must_be_large_to_be_told(tmp_path: Path, factor: float, changed: bool) -> None:
    change = points(tmp_path, run(), run(factor=factor, rounds=2))[1].speed_change
    assert change.difference == pytest.approx(factor - 1)
    assert change.changed is changed


def test_what_the_machine_itself_became_slower_by_is_no_change(tmp_path: Path) -> None:
    def beaten(seconds: float, count: int, **how: Any) -> list[Outcome]:
        beats = ({"compute": seconds * 1.2, "memory": 1.0}, {"compute": seconds})
        return [replace(one, reference_seconds=beats if n < count else ()) for n, one in enumerate(run(**how))]

    change = points(tmp_path, beaten(0.001, 5), beaten(0.0012, 5, factor=1.2))[1].speed_change
    assert change.difference == pytest.approx(0)
    assert not change.changed
    few = points(tmp_path, beaten(0.001, 2), beaten(0.0012, 2, factor=1.2))[1].speed_change
    assert few.changed, "four beats are no reference"


def test_scattered_ratios_are_no_change(tmp_path: Path) -> None:
    now = [replace(one, seconds=(one.seconds[0] * (1.6 if n % 2 else 0.8),) * 3) for n, one in enumerate(run())]
    change = points(tmp_path, run(), now)[1].speed_change
    assert change.low is not None
    assert change.high is not None
    assert change.low < 0 < change.high
    assert not change.changed


def test_few_snippets_say_nothing_about_speed(tmp_path: Path) -> None:
    change = points(tmp_path, run(count=LEAST - 1), run(count=LEAST - 1, factor=3))[1].speed_change
    assert change.difference == pytest.approx(2.0)
    assert (change.changed, change.significant) == (False, None)
    assert change.reason == "too few snippets: 5, at least 6 are needed"


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ({"device": "cuda:0"}, "device was cuda, is cpu"),
        ({"timing": "child-wall-0"}, "timing was child-wall-0, is child-wall-1"),
    ],
)
def test_speed_has_conditions_of_its_own(tmp_path: Path, then: dict[str, Any], reason: str) -> None:
    found = points(tmp_path, run(**then), run())
    assert found[1].speed_change.reason == reason
    assert found[1].wer_change.reason == ""


def test_another_processor_in_a_machine_of_the_same_name_is_another_machine(tmp_path: Path) -> None:
    (one,) = told(tmp_path, document(run(), cpu="old"), document(run(), day=2, cpu="new"))
    assert one.points[1].speed_change.reason == "machine was old, is new"


@pytest.mark.parametrize("count", [6, 9, 20, 100, 499, 501, 5_000])
def test_the_interval_of_the_median_is_an_exact_one(count: int) -> None:
    from math import comb

    found = judge_fastest([Pace(1.0 + n / count, 1.0) for n in range(count)])
    assert found.low is not None
    assert found.high is not None
    outside = round(found.low * count)
    assert found.high == pytest.approx((count - 1 - outside) / count)
    below = sum(comb(count, k) for k in range(outside + 1))
    assert below / 2**count <= 0.0255
    assert (below + comb(count, outside + 1)) / 2**count > 0.0245
