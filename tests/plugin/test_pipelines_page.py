"""What each model of a pipeline made of a clip, on the page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.records import Stage
from pytest_asrbench.report.page.document import write_page
from tests import chromium
from tests.unit.cleaned import SAID, answered
from tests.unit.pages import a_run, data_of

pytestmark = pytest.mark.skipif(not chromium.AVAILABLE, reason="needs Chromium")

HOSTILE = "<img src=x onerror='window.broken=1'>"


def test_the_transcript_between_two_models_is_shown_with_what_each_took(tmp_path: Path) -> None:
    alone, both = answered(SAID), answered(f"{SAID} yes")
    alone.model, both.model = "asr", "asr+llm"
    both.stages = (Stage("transcripts:a.csv", f"um {HOSTILE}"), Stage("llm", "yes", seconds=(0.25, 0.5)))
    page = write_page(tmp_path / "report.html", data_of(a_run([alone, both])))
    with chromium.chromium() as browser:
        browser.open(page)
        browser.settle()
        browser.evaluate("document.querySelectorAll('.heard details').forEach(one => one.open = true)")
        browser.settle()
        shown = browser.evaluate("[...document.querySelectorAll('.stage')].map(one => one.innerText.split(/\\n+/))")
        assert shown == [["transcripts:a.csv:", f"um {HOSTILE}"], ["llm (0.375 s):", "yes"]]
        assert browser.problems == []
        assert browser.evaluate("window.broken") is None
