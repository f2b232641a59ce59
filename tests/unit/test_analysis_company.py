"""Company while a model was measured: what counts, what does not, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_asrbench.records import Outcome
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import Company
from pytest_asrbench.report.remarks import remarks
from tests.unit.systems import heard


def clip(number: int, **more: Any) -> Outcome:
    """Two seconds of audio in one second on two of two cores, with nobody else there."""
    facts: dict[str, Any] = {"seconds": (1.0,), "cpu_seconds": (2.0,), "others": (0.0,), "waiting": (0.0,)}
    return heard("a", f"s{number}", "one", "one", first_seconds=None, **{**facts, "cores": 2, **more})


def found(*outcomes: Outcome) -> Company | None:
    (one,) = analyse(outcomes).company or (None,)
    return one


QUIET = [clip(number) for number in range(4)]


def test_nothing_is_said_of_a_quiet_machine_or_where_nobody_could_look() -> None:
    assert found(*QUIET) is None
    assert found(*(clip(number, others=(None,), waiting=(None,)) for number in range(4))) is None
    assert found(*(clip(number, others=(), waiting=()) for number in range(4))) is None


def test_a_model_that_fills_the_machine_by_itself_is_no_company() -> None:
    assert found(*(clip(number, waiting=(0.9,)) for number in range(4))) is None


@pytest.mark.parametrize(
    "sign",
    [
        {"others": (0.6,)},
        {"others": (0.3,), "waiting": (0.2,)},
        {"others": (0.3,), "seconds": (1.4,)},
        {"others": (0.3,), "cpu_seconds": (2.6,)},
    ],
    ids=["a quarter of the cores", "the run queue", "fewer cores busy", "more processor seconds"],
)
def test_each_sign_of_company_counts(sign: dict[str, Any]) -> None:
    one = found(*QUIET, clip(9, **sign))
    assert one is not None
    assert (one.rounds, one.disturbed, one.held_back) == (5, 1, 0)
    assert found(*QUIET, clip(9, **{**sign, "others": (0.2,)})) is None, "the same without anybody there"


def test_little_company_changes_no_figure() -> None:
    many = [clip(number) for number in range(20)]
    assert found(*many, clip(99, others=(1.0,))) is None


def test_threads_that_spin_are_told_of_with_what_helps() -> None:
    one = found(*QUIET, *(clip(n, others=(0.9,), waiting=(0.7,), seconds=(6.0,), cpu_seconds=(4.6,)) for n in (7, 8)))
    assert one is not None
    assert (one.clock_ratio, one.processor_ratio) == pytest.approx((6.0, 2.3))
    assert one.sentences == (
        "the speed of a on corpus was measured in company: in 2 of 6 rounds other programs kept 0.9 of 2 cores busy, "
        "programs waited for one 70 % of the time, and these rounds took 6.0 times the time and 2.3 times the "
        "processor seconds of the others; measure it on a quiet machine, with fewer threads (and "
        "OMP_WAIT_POLICY=passive), or take --asr-ab for a comparison",
    )


def test_without_a_quiet_round_there_is_nothing_to_hold_it_against() -> None:
    one = found(*(clip(number, others=(1.5,)) for number in range(3)))
    assert one is not None
    assert (one.disturbed, one.clock_ratio, one.processor_ratio) == (3, None, None)
    assert "in every round other programs kept 1.5 of 2 cores busy" in one.sentences[0]


def test_a_quota_that_holds_the_model_back_is_told() -> None:
    one = found(*(clip(number, cpu_quota=0.5, throttled=(0.8,)) for number in range(3)))
    assert one is not None
    assert one.disturbed == 0
    assert one.sentences == (
        "the speed of a on corpus is that of a quota: in every round the model used up its time on the processor "
        "(0.5 cores) in 80 % of the periods and was held back; raise the quota, or give the model no more threads than "
        "that",
    )
    assert found(*(clip(number, cpu_quota=0.5, throttled=(0.01,)) for number in range(3))) is None


def test_models_on_accelerators_are_not_judged_by_processor_cores() -> None:
    assert found(*(clip(number, device="cuda:0", others=(1.5,)) for number in range(3))) is None


def test_several_that_were_disturbed_are_named_in_one_sentence() -> None:
    loud = [clip(number, others=(1.5,), waiting=(0.2,)) for number in range(3)]
    more = [replace(clip(number, others=(0.9,), waiting=(0.5,)), model="b") for number in range(3)]
    quiet = [replace(clip(number), model="c") for number in range(3)]
    told = [line for line in remarks(analyse([*loud, *more, *quiet])) if "company" in line]
    assert told == [
        "the speed of a on corpus, b on corpus was measured in company: in every round other programs kept up to 1.5 "
        "of 2 cores busy, programs waited for one up to 50 % of the time; measure it on a quiet machine, with fewer "
        "threads (and OMP_WAIT_POLICY=passive), or take --asr-ab for a comparison"
    ]


def test_it_is_in_the_summary() -> None:
    told = remarks(analyse([clip(number, others=(1.5,)) for number in range(3)]))
    assert any("was measured in company" in line for line in told)
    assert not any("company" in line for line in remarks(analyse(QUIET)))
