"""The page in a real browser: it opens without an error, asks for nothing, and shows what was counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.records import Breach, Case, Fault, Outcome, Status
from pytest_asrbench.report.page.document import AudioPlan, write_page
from tests import chromium
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured
from tests.unit.pages import a_run, data_of
from tests.unit.test_page_audio import tone

pytestmark = pytest.mark.skipif(not chromium.AVAILABLE, reason="needs Chromium")

HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>\u202e\"'`${1}"
SAID = "the cat sat on the mat"
HEARD = "a cat sat mat mat now"


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Chromium]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, one with a hostile name and hostile texts, and saved runs."""
    texts = [*ODD_TEXTS.values(), NUL, LONE_SURROGATES, HOSTILE, "word " * 20_000]
    outcomes = [measured("cat", SAID, HEARD), *(measured(str(n), text, text) for n, text in enumerate(texts))]
    outcomes += [_renamed(measured("cat", SAID, SAID)), _renamed(failed("0", error=HOSTILE, log_tail=HOSTILE))]
    outcomes += [measured("silence", "", "thank you"), _renamed(measured(f"x{HOSTILE}", "a b", "a", tags=(HOSTILE,)))]
    run = a_run(outcomes, HOSTILE, command=HOSTILE, machine={"node": HOSTILE, "cpu": HOSTILE})
    speed = {"model": HOSTILE, "corpus": "corpus", "against": HOSTILE, "state": HOSTILE, "machine": {HOSTILE: 0.1}}
    data = data_of(
        replace(run, breaches=[Breach(Case(HOSTILE, HOSTILE), HOSTILE, HOSTILE)], speed=[speed]), analysed=True
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    return write_page(path, data, [_course()], AudioPlan(lambda run, corpus, name: tone(2.0)))


def _renamed(outcome: Outcome) -> Outcome:
    outcome.model = HOSTILE
    return outcome


def _course() -> dict[str, Any]:
    change = {"difference": 0.01, "changed": True, "significant": False, "changed_snippets": 2, "reason": ""}
    facts = {
        "commit": "abcdef0123",
        "dirty": True,
        "node": HOSTILE,
        "cpu": "",
        "device": "cpu",
        "snippets": 3,
        "failed": 0,
    }
    points = [
        facts | {"run": f"000{n}", "file": f"m/000{n}.json", "datetime": f"2025-01-0{n}", "wer": 0.1 * n, "rtf": 0.2}
        | {"wer_change": change, "speed_change": change} for n in (1, 2)
    ]  # fmt: skip
    return {"model": "model", "corpus": "corpus", "points": points}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_it_opens_without_an_error_and_asks_for_nothing(
    browser: chromium.Chromium, page: Path, width: int, scheme: str
) -> None:
    browser.open(page, width, 900, scheme)
    browser.evaluate("charts.redraw(innerWidth - 60)")  # those far below the window, too
    browser.settle()
    assert browser.problems == []
    assert browser.requests == [page.as_uri()]
    assert browser.evaluate("window.broken") is None
    assert browser.evaluate("document.documentElement.dataset.theme") == scheme
    assert browser.evaluate("document.querySelectorAll('img, iframe, object, link').length") == 0
    assert browser.evaluate("document.querySelectorAll('#history canvas').length") == 2


def test_it_fits_a_phone(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page, 400, 800)
    browser.settle()
    assert browser.evaluate("document.documentElement.scrollWidth") == 400


def test_the_first_thing_that_a_phone_shows_are_wer_and_rtf(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page, 390, 844)
    browser.settle()
    heads = "[...document.querySelectorAll('#totals th')].filter(th => ['WER', 'RTF'].includes(th.innerText.trim()))"
    assert browser.evaluate(f"{heads}.map(th => th.getBoundingClientRect().right <= 390)") == [True, True]


def test_its_policy_lets_no_other_script_run(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    browser.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.broken = 3'}))"
    )
    assert browser.evaluate("window.broken") is None
    assert "blocked" in browser.evaluate("fetch('https://example.org').then(() => 'sent', () => 'blocked')")


def test_alignments_show_the_edits_that_were_counted(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    browser.evaluate("browser.find('cat')")
    script = """[...document.querySelectorAll('#snippets article .words')].map(line => ({
        text: line.innerText.replace(/\\s+/g, ' ').trim(),
        edits: ['.sub', 'del', 'ins'].map(mark => line.querySelectorAll(mark).length)}))"""
    first, second = browser.evaluate(script)
    outcome = measured("cat", SAID, HEARD)
    assert outcome.score is not None
    assert first["edits"] == [outcome.score.substitutions, outcome.score.deletions, outcome.score.insertions]
    assert second == {"text": SAID, "edits": [0, 0, 0]}


def test_the_same_answer_of_several_models_is_shown_once(browser: chromium.Chromium, tmp_path: Path) -> None:
    said = {"one": SAID, "two": SAID, "three": HEARD}
    outcomes = [replace(measured("cat", SAID, heard), model=name, seconds=(0.5,)) for name, heard in said.items()]
    browser.open(write_page(tmp_path / "report.html", data_of(a_run(outcomes))))
    script = """[...document.querySelectorAll('#snippets .heard')].map(one => [
        [...one.querySelectorAll('.who bdi')].map(who => who.innerText), one.querySelectorAll('.words').length])"""
    assert browser.evaluate(script) == [[["one", "two"], 1], [["three"], 1]]


def test_models_are_columns_of_the_breakdown(browser: chromium.Chromium, tmp_path: Path) -> None:
    outcomes = [
        replace(measured(str(n), SAID, SAID, tags=(tag,)), model=model)
        for model in ("one", "two") for n, tag in enumerate(("read", "phone", "phone"))
    ]  # fmt: skip
    browser.open(write_page(tmp_path / "report.html", data_of(a_run(outcomes), analysed=True)))
    heads = "[...document.querySelectorAll('#breakdown th')].map(th => th.innerText)"
    assert browser.evaluate(heads) == ["Tag", "one", "two", "Snippets", "Words"]
    rows = "[...document.querySelectorAll('#breakdown tbody tr')].map(tr => tr.children[0].innerText)"
    assert browser.evaluate(rows) == ["phone", "read"]


def test_labels_stand_upon_no_point_and_within_the_chart(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    points = [
        {"text": "a long name of a model", "x": x, "y": y, "from": y - 20, "to": y + 20}
        for x, y in ((60, 100), (75, 104), (390, 96), (200, 300), (210, 306))
    ]
    room = {"left": 50, "right": 400, "top": 10, "bottom": 320}
    offsets = browser.evaluate(f"labels.place({json.dumps(points)}, [[[60, 100], [200, 300]]], {json.dumps(room)})")
    width = 130.0  # about
    for point, (across, down) in zip(points, offsets, strict=True):
        x, y = float(str(point["x"])) + across, float(str(point["y"])) + down
        assert x - width / 2 >= 50
        assert x + width / 2 <= 402
        for other in points:
            near = abs(float(str(other["x"])) - x) < width / 2 - 5 and abs(float(str(other["y"])) - y) < 7
            assert not near, (point, other)


@pytest.mark.parametrize("reference", [SAID, "", "one"])
def test_the_script_and_python_read_the_same_out_of_edits(
    browser: chromium.Chromium, page: Path, reference: str
) -> None:
    from pytest_asrbench.report.page.alignment import operations

    browser.open(page)
    for heard in (HEARD, "", SAID, "+5 ~x -3 one one"):
        edits = json.dumps(operations(reference, heard))
        pieces = browser.evaluate(f"[...alignment.pieces({json.dumps(reference)}, {edits})]")
        assert [word for kind, _, word in pieces if kind in ("sub", "ins")] + [
            word for kind, word, _ in pieces if kind == "same"
        ] != [] or not heard
        said = [said for kind, said, _ in pieces if kind != "ins"]
        shown = [said if kind == "same" else word for kind, said, word in pieces if kind != "del"]
        assert (" ".join(said), " ".join(shown)) == (reference, heard)


def test_filters_and_search(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    count = "Number(document.querySelector('#snippets .pager').innerText.match(/of (\\d+)/)?.[1] ?? 0)"
    every = browser.evaluate(count)
    browser.evaluate("[...document.querySelectorAll('#snippets input[type=checkbox]')][0].click()")
    assert browser.evaluate(count) == 4, "cat, the failed one, silence and the one with a deletion"
    browser.evaluate("browser.find('no such words')")
    assert "no snippet fits" in browser.evaluate("document.querySelector('#snippets .pager').innerText")
    assert every == len(ODD_TEXTS) + 4 + 3


def test_long_texts_do_not_flood_the_page(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    browser.evaluate("browser.find('word word word')")
    assert browser.evaluate("document.querySelector('#snippets article').innerText.length") < 10_000
    browser.evaluate(
        "[...document.querySelectorAll('#snippets article button')].find(b => /Show all/.test(b.innerText)).click()"
    )
    assert browser.evaluate("document.querySelector('#snippets article').innerText.length") > 99_000


def test_audio_plays(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    browser.evaluate("browser.find('cat')")
    browser.evaluate("[...document.querySelectorAll('#snippets button')].find(b => /Play/.test(b.innerText)).click()")
    script = """new Promise(done => { const a = document.querySelector('audio');
        const told = () => done(a.duration); a.readyState ? told() : a.addEventListener('loadedmetadata', told);
        a.addEventListener('error', () => done(-1)); })"""
    assert browser.evaluate(script) == pytest.approx(2.0, abs=0.2)


def test_the_theme_can_be_chosen(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page, scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = browser.evaluate(background)
    browser.evaluate("document.getElementById('theme').click()")
    assert browser.evaluate("document.getElementById('theme').innerText") == "Theme: light"
    assert browser.evaluate(background) != dark


def test_tables_sort_by_figures_and_keep_the_unknown_last(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page)
    column = "[...document.querySelectorAll('#totals tbody tr')].map(tr => tr.children[1].innerText)"
    click = "[...document.querySelectorAll('#totals th button')].find(b => b.innerText == 'WER').click()"
    browser.evaluate(click)
    down = browser.evaluate(column)
    browser.evaluate(click)
    up = browser.evaluate(column)
    figures = [float(re.sub(r"[^\d.]", "", text)) for text in up]
    assert figures == sorted(figures)
    assert down == up[::-1]


def test_each_clip_has_the_figures_of_its_metrics_that_to_look_at_first_before_the_others(
    browser: chromium.Chromium, tmp_path: Path
) -> None:
    outcomes = [measured("a", "one two", "one too", seconds=(0.5,), audio_seconds=2.0)]
    spoken = [replace(measured("b", "今天天气", "今天天天", seconds=(0.5,), audio_seconds=2.0), corpus="other")]
    browser.open(write_page(tmp_path / "report.html", data_of(a_run([*outcomes, *spoken]))))
    figures = "document.querySelector('#snippets .who small').innerText"
    assert browser.evaluate(figures) == "WER 50.0 % · 1+0+0 · RTF 0.25 · CER 14.3 %"
    browser.evaluate("document.querySelector('#main > .controls select').value = '1'")
    browser.evaluate("document.querySelector('#main > .controls select').dispatchEvent(new Event('change'))")
    assert browser.evaluate(figures) == "CER 25.0 % · 1+0+0 · WER 100.0 % · RTF 0.25"


def test_all_snippets_are_on_paper_and_a_page_of_them_on_the_screen(browser: chromium.Chromium, tmp_path: Path) -> None:
    outcomes = [measured(f"clip {n}", SAID, HEARD) for n in range(40)]
    browser.open(write_page(tmp_path / "report.html", data_of(a_run(outcomes))))
    count = "document.querySelectorAll('#snippets article').length"
    assert browser.evaluate(count) == 15
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert browser.evaluate(count) == 40
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    assert browser.evaluate(count) == 15


def test_what_has_no_figures_is_no_error_of_a_model(browser: chromium.Chromium, tmp_path: Path) -> None:
    outcomes = [
        measured("a", SAID, SAID),
        failed("b", Status.ERROR, fault=Fault.INPUT, words=9),
        *(replace(failed(name, Status.NOT_RUN, fault=Fault.LOAD), model="absent") for name in "ab"),
    ]
    browser.open(write_page(tmp_path / "report.html", data_of(a_run(outcomes), analysed=True)))
    cells = "[...document.querySelectorAll('#totals tbody tr')].map(tr => [tr.children[1].innerText, tr.className])"
    assert browser.evaluate(cells) == [["0.0 %", ""], ["not run", "failed"]]
    notes = browser.evaluate("document.getElementById('totals').innerText")
    assert "corpus: 1 of 2 left out for all models" in notes
    assert "Verdict: none can be given: only one model has figures." in notes
    errors = """(({snippets, systems, rows}) => systems.map(one =>
        snippets.map(snippet => report.errors(rows.get(one.id)[snippet.index], snippet))))(report.set(0))"""
    assert browser.evaluate(errors) == [[0, 0], [0, 0]]


def test_paper_is_white(browser: chromium.Chromium, page: Path) -> None:
    browser.open(page, scheme="dark")
    browser.settle()
    printed = browser.call("Page.printToPDF", printBackground=True)["data"]
    assert len(printed) > 20_000
    browser.settle()
    assert browser.evaluate("document.documentElement.dataset.theme") == "dark", "and the screen is as it was"
    assert browser.problems == []
