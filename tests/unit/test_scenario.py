"""A scenario tells cases apart as a task does: in names, records, resumed runs, baselines and pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_asrbench.metrics.totals import total
from pytest_asrbench.records import SCENARIO, TASK, Case, Outcome, set_name
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.page.findings import set_names
from pytest_asrbench.report.results import columns
from pytest_asrbench.store import Baseline
from pytest_asrbench.store.entries import saved_info, totals_info
from pytest_asrbench.store.reading import read_totals
from pytest_asrbench.store.serialized import outcome_from_dict, to_dict
from tests.unit.outcomes import measured
from tests.unit.pages import a_run, data_of

OFFLINE = "offline"


def offline(outcome: Outcome) -> Outcome:
    return replace(outcome, scenario=OFFLINE)


@pytest.mark.parametrize(
    ("task", "scenario", "name"),
    [
        (TASK, SCENARIO, "clips"),
        (None, None, "clips"),
        ("tidy", None, "clips-tidy"),
        (TASK, OFFLINE, "clips-offline"),
        ("tidy", OFFLINE, "clips-tidy-offline"),
    ],
)
def test_what_is_unusual_stands_behind_the_corpus(task: str | None, scenario: str | None, name: str) -> None:
    assert set_name("clips", task, scenario) == name


def test_a_case_and_its_totals_are_of_their_scenario() -> None:
    outcome = offline(measured("a"))
    assert outcome.case == Case("model", "corpus", "a", TASK, OFFLINE) != measured("a").case
    totals = total("model", "corpus", [outcome], scenario=OFFLINE)
    assert outcome.set_name == totals.set_name == "corpus-offline"
    assert totals.case == outcome.case.whole


def test_it_stands_in_the_record_from_which_a_run_is_resumed() -> None:
    outcome = offline(measured("a"))
    assert outcome_from_dict(to_dict(outcome)).case == outcome.case
    assert columns()["Scenario"](outcome) == OFFLINE


def test_a_run_in_another_scenario_is_no_baseline() -> None:
    saved = Baseline("0001_then.json", [{"extra_info": saved_info(offline(measured("a")))}])
    now = [measured("a")]
    assert saved.pairs == {("model", "corpus-offline")}
    assert saved.compare("model", "corpus", now).nothing_in_common
    assert not saved.compare("model", "corpus-offline", [offline(one) for one in now]).nothing_in_common


def test_totals_that_were_saved_are_of_their_task_and_scenario() -> None:
    sums = total("model", "corpus", [replace(measured("a"), task="tidy", scenario=OFFLINE)], "tidy", OFFLINE)
    found = read_totals(totals_info(sums))
    assert found is not None
    assert (found.task, found.scenario) == ("tidy", OFFLINE)


def test_figures_of_two_scenarios_stand_apart(tmp_path: Path) -> None:
    outcomes = [measured("a"), offline(measured("a"))]
    assert {one.corpus for one in analyse(outcomes).intervals} == {"corpus", "corpus-offline"}
    data = data_of(a_run(outcomes))
    assert set(set_names(data).values()) == {"corpus (scenario single-stream)", "corpus (scenario offline)"}
    assert list(set_names(data_of(a_run(outcomes[1:]))).values()) == ["corpus (scenario offline)"]
