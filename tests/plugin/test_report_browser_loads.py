"""Requests at a rate on the page, in a real browser: one table, and a line for each model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_asrbench.records import Outcome
from pytest_asrbench.report.page.document import write_page
from tests import chromium
from tests.unit.loads import served
from tests.unit.outcomes import measured
from tests.unit.pages import a_run, data_of

pytestmark = pytest.mark.skipif(not chromium.AVAILABLE, reason="needs Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Chromium]:
    with chromium.chromium() as found:
        yield found


def page(folder: Path, outcomes: list[Outcome]) -> Path:
    return write_page(folder / "report.html", data_of(a_run(outcomes)))


def test_each_run_is_a_row_and_the_latency_a_line(browser: chromium.Chromium, tmp_path: Path) -> None:
    found = page(
        tmp_path, [served("server@8rps", 0.5), served("server@16rps", 2.0, failed=3), served("server@2rps", 0.2)]
    )
    browser.open(found, 1400, 900)
    browser.settle()
    assert browser.problems == []
    rows = "[...document.querySelectorAll('#loads tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"
    cells = browser.evaluate(rows)
    assert [row[1] for row in cells] == ["2rps", "8rps", "16rps"], "by the rate, not by its letters"
    assert [row[2] for row in cells] == ["0.2", "0.5", "2"]
    assert cells[2][3] == "–", "a tenth and more has no answer"
    assert cells[2][-1] == "3 of 20"
    assert browser.evaluate("document.querySelectorAll('#loads .chart').length") == 1


def test_a_run_of_single_clips_has_no_such_section(browser: chromium.Chromium, tmp_path: Path) -> None:
    browser.open(page(tmp_path, [measured("a")]), 1400, 900)
    browser.settle()
    assert browser.evaluate("document.querySelectorAll('#loads').length") == 0
