"""Cleaned text on the page, in a real browser: three texts side by side, and one pass held against two models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_asrbench.records import Stage
from pytest_asrbench.report.page.document import write_page
from tests import chromium
from tests.unit.cleaned import CLEANED, SAID, answered
from tests.unit.pages import a_run, data_of

pytestmark = pytest.mark.skipif(not chromium.AVAILABLE, reason="needs Chromium")

HOSTILE = "</script><img src=x onerror='window.broken=1'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Chromium]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that loses a "not" and writes markup, and two models that copy what was said."""
    one, two = answered(f"{CLEANED.replace(' not', '')} {HOSTILE}"), answered(SAID)
    one.model, two.model, two.peak_ram = "one", "asr+llm", 300 * 2**20
    two.stages = tuple(Stage(name, seconds=(0.6,), peak_ram=150 * 2**20) for name in ("asr", "llm"))
    path = tmp_path_factory.mktemp("page") / "report.html"
    return write_page(path, data_of(a_run([one, two])))


@pytest.mark.parametrize(("width", "scheme", "columns"), [(1400, "light", 3), (390, "dark", 1)])
def test_three_texts_stand_side_by_side_or_one_below_the_other(
    browser: chromium.Chromium, page: Path, width: int, scheme: str, columns: int
) -> None:
    browser.open(page, width, 900, scheme)
    browser.settle()
    assert browser.problems == []
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    places = "new Set([...document.querySelector('.sides').children].map(one => one.offsetLeft)).size"
    assert browser.evaluate(places) == columns
    assert browser.evaluate("window.broken") is None


def test_each_mark_is_told_in_words(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    marks = """[...document.querySelectorAll('.sides')].map(sides => [...sides.querySelectorAll('.mark')].map(mark => [
        mark.querySelector('small').innerText, mark.querySelector('bdi').innerText]))"""
    first, second = browser.evaluate(marks)
    assert ["lost", "not"] in first
    assert ["added", HOSTILE] in first
    said = [
        ["filler", "um"],
        ["repair", "at five no"],
        ["repetition", "do not"],
        ["filler", "uh"],
        ["repetition", "the"],
    ]
    assert second == said + said, "what was said, and the same once more in the answer"
    found = "[...document.querySelectorAll('.found')].map(one => one.innerText)"
    assert 'lost "not" behind "we do"' in browser.evaluate(found)[0]


def test_one_pass_is_held_against_two_models(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    rows = "[...document.querySelectorAll('#passes tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"
    first, second = browser.evaluate(rows)
    assert first[:5] == ["asr+llm", "2 models", "100.0 %", "0.0 %", "0.0 %"]
    assert first[6:] == ["0.05\n0.1 + 0.1", "300\n150 + 150"]
    assert second[:4] == ["one", "one pass", "92.9 %", "100.0 %"]
    told = browser.evaluate("document.querySelector('#passes .verdict').innerText")
    assert "best of one pass, one (Content 92.9 %" in told
    assert "best of several models, asr+llm (Content 100.0 %" in told


def test_a_page_without_cleaned_text_has_none_of_it(browser: chromium.Chromium, tmp_path: Path) -> None:
    browser.open(write_page(tmp_path / "report.html", data_of(a_run([answered(CLEANED, verbatim=None)]))))
    assert browser.evaluate("document.querySelectorAll('#passes, .sides, .mark').length") == 0
