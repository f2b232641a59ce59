"""The verdict: the fastest model that is not shown to be worse than the best, or why there is none."""

from __future__ import annotations

from dataclasses import replace

from pytest_asrbench.records import Fault, Outcome, Status
from pytest_asrbench.report.analysis.analyse import analyse
from tests.unit.systems import heard, run


def sentence(outcomes: list[Outcome]) -> str:
    (found,) = analyse(outcomes).choices
    return found.sentence


def timed(model: str, rate: float, seconds: float, snippets: int = 60) -> list[Outcome]:
    return run(model, rate, snippets, seconds=(seconds,))


def test_the_fastest_of_those_that_are_not_worse_is_chosen() -> None:
    outcomes = [*timed("good", 0.05, 1.0), *timed("alike", 0.055, 0.4), *timed("bad", 0.5, 0.1)]
    (found,) = analyse(outcomes).choices
    assert (found.model, found.best) == ("alike", "good") or (found.model, found.best) == ("alike", "alike")
    assert found.sentence.startswith("fastest model that is not shown to be worse than the best: alike (WER ")
    assert "RTF 0.2)" in found.sentence


def test_a_model_that_is_best_and_fastest_stands_alone() -> None:
    told = sentence([*timed("good", 0.05, 0.1), *timed("bad", 0.5, 1.0)])
    assert told.startswith("fastest model that is not shown to be worse than the best: good (WER ")
    assert told.endswith("; it has the lowest WER, too")


def test_the_metric_that_leads_decides_and_is_named() -> None:
    reference = "今天天气很好我们去公园散步"
    good = [heard("good", f"s{n:02}", reference, reference, seconds=(1.0,)) for n in range(30)]
    bad = [heard("bad", f"s{n:02}", reference, reference[:-4], seconds=(0.1,)) for n in range(30)]
    alike = [heard("alike", f"s{n:02}", reference, reference, seconds=(0.5,)) for n in range(30)]
    assert sentence([*good, *bad, *alike]) == (
        "fastest model that is not shown to be worse than the best: alike (CER 0.00 %, RTF 0.25); it has the lowest "
        "CER, too"
    )
    (worse,) = [one for one in analyse([*good, *bad]).rates["cer"].differences if one.significant]
    assert (worse.first, worse.estimate) == ("good", -4 / 13)


def test_where_none_can_be_given_the_reason_is() -> None:
    one = timed("good", 0.05, 0.1)
    silence = [heard(model, str(n), "", "") for model in "ab" for n in range(20)]
    absent = [replace(outcome, status=Status.NOT_RUN, fault=Fault.LOAD, scores={}) for outcome in one]
    assert sentence(one) == "none can be given: only one model has figures"
    assert sentence(silence) == "none can be given: the references hold no words, so there is no WER"
    assert sentence(absent) == "none can be given: nothing was measured"
    few = sentence([*timed("a", 0.1, 0.1, 14), *timed("b", 0.1, 0.2, 14)])
    assert few == "none can be given: 14 snippets are too few to tell models apart, at least 15 are needed"


def test_a_model_on_other_snippets_is_not_considered() -> None:
    fast = timed("fast", 0.05, 0.01, 20)
    told = sentence([*timed("good", 0.05, 1.0), *timed("alike", 0.05, 0.4), *fast])
    assert "best: alike" in told
    assert told.endswith("not considered, as measured on other snippets or not at all: fast")
    assert sentence([*timed("good", 0.05, 1.0), *fast]) == (
        "none can be given: no two models were measured on the same snippets"
    )
