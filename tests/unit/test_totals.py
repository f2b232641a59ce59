"""Totals: sums of counts and seconds, with failures in the open."""

from __future__ import annotations

import pytest

from pytest_asrbench.metrics.totals import Standing, counts_as, total
from pytest_asrbench.records import Fault, Outcome, Status
from tests.unit.outcomes import MIB, failed, measured


def test_corpus_wer_is_errors_by_words_and_no_mean_of_rates() -> None:
    totals = total("m", "c", [measured("a", "x", "y"), measured("b", "a b c d e f g h i", "a b c d e f g h i")])
    assert totals.errors == 1
    assert totals.wer == pytest.approx(0.1), "the mean of the two rates is 0.5"


def test_corpus_rtf_is_all_seconds_by_all_seconds() -> None:
    totals = total("m", "c", [measured(seconds=(1.0,), audio_seconds=1.0), measured(seconds=(1.0,), audio_seconds=9.0)])
    assert totals.rtf == pytest.approx(0.2)


def test_failed_snippets_count_as_deleted_and_are_told() -> None:
    totals = total("m", "c", [measured(), failed(words=3), failed(status=Status.TIMEOUT, words=4)])
    assert (totals.snippets, totals.measured, totals.failed, totals.lost_words) == (3, 1, 2, 7)
    assert totals.wer == pytest.approx(0.7)
    assert totals.wer_measured == 0.0


def test_skipped_snippets_are_counted_apart() -> None:
    totals = total("m", "c", [measured(), failed(status=Status.SKIPPED)])
    assert (totals.failed, totals.skipped) == (0, 1)


def test_cases_that_were_never_tried_do_not_count() -> None:
    totals = total("m", "c", [Outcome("m", "c", "s", reference_words=9)])
    assert totals.snippets == 0
    assert totals.wer is totals.rtf is None


def test_insertions_in_silence_weigh_on_the_corpus() -> None:
    totals = total("m", "c", [measured("a", "one two", "one two"), measured("b", "", "thank you")])
    assert totals.wer == 1.0
    assert total("m", "c", [measured("b", "", "thank you")]).wer is None


def test_memory_is_the_highest_and_loading_the_first() -> None:
    totals = total(
        "m",
        "c",
        [
            measured("a", peak_ram=100 * MIB, load_seconds=3.0, first_seconds=0.9),
            measured("b", peak_ram=None, peak_vram=5),
            measured("c", peak_ram=200 * MIB, load_seconds=9.0, first_seconds=0.1),
        ],
    )
    assert (totals.peak_ram, totals.peak_vram) == (200 * MIB, 5)
    assert (totals.load_seconds, totals.first_seconds) == (3.0, 0.9)


def test_nothing_measured_is_no_speed_of_zero() -> None:
    assert total("m", "c", [failed()]).rtf is None


# What a case counts for


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (measured(), Standing.MEASURED),
        (failed(fault=Fault.MODEL), Standing.DELETED),
        (failed(status=Status.SKIPPED), Standing.DELETED),
        (failed(status=Status.ERROR, fault=Fault.INPUT), Standing.LEFT_OUT),
        (failed(status=Status.ERROR, fault=Fault.LOAD), Standing.NOT_RUN),
        (failed(status=Status.NOT_RUN, fault=Fault.LOAD), Standing.NOT_RUN),
        (failed(status=Status.SKIPPED, fault=Fault.UNSUITED), Standing.UNSUITED),
        (failed(status=Status.NOT_RUN), Standing.UNTRIED),
    ],
)
def test_what_a_case_counts_for_is_whose_fault_it_is(outcome: Outcome, counted: Standing) -> None:
    assert counts_as(outcome) is counted
    totals = total("m", "c", [outcome])
    assert (totals.wer is not None) == counted.in_figures
    assert totals.lost_words == (3 if counted is Standing.DELETED else 0)


def test_only_the_models_failures_are_deleted_words() -> None:
    totals = total(
        "m",
        "c",
        [
            measured("a"),
            failed("b", words=7, fault=Fault.INPUT),
            failed("c", Status.SKIPPED, words=9, fault=Fault.UNSUITED),
            failed("d", words=1, fault=Fault.MODEL),
        ],
    )
    assert totals.wer == pytest.approx(1 / 4)
    assert (totals.snippets, totals.counted, totals.measured) == (4, 2, 1)
    assert (totals.left_out, totals.unsuited, totals.failed, totals.skipped) == (1, 1, 2, 1)
    assert totals.absent is None


@pytest.mark.parametrize(
    ("faults", "absent"),
    [
        ([Fault.LOAD, Fault.INPUT], Standing.NOT_RUN),
        ([Fault.INPUT, Fault.UNSUITED], Standing.LEFT_OUT),
        ([Fault.UNSUITED], Standing.UNSUITED),
        ([Fault.UNSUITED, Fault.MODEL], None),
        ([], None),
    ],
)
def test_why_there_are_no_figures_at_all(faults: list[Fault], absent: Standing | None) -> None:
    totals = total("m", "c", [failed(str(number), fault=fault) for number, fault in enumerate(faults)])
    assert totals.absent is absent
