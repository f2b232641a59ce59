"""The report for a comment: what is wrong on top, no text becomes markup, and never too long."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pytest_asrbench.records import Breach, Case, Fault, Status
from pytest_asrbench.report.markdown import MAX_CHARACTERS, escape, markdown
from pytest_asrbench.store.results import Run
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured
from tests.unit.pages import a_run, data_of
from tests.unit.systems import run


def test_the_table_has_the_totals() -> None:
    told = markdown(data_of(a_run([measured("a", "one two", "one too"), measured("b", "one two", "one two")])))
    (row,) = [line for line in told.splitlines() if line.startswith("| model")]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "model", "25.00 %", "–", "1 / 4", "0.05", "1.5", "300", "0", "2 of 2",
    ]  # fmt: skip


def test_the_rate_that_leads_heads_its_column() -> None:
    chinese = measured("a", "今天天气", "今天天气好")
    told = markdown(data_of(a_run([chinese])))
    assert "| Model | CER | 95 % interval |" in told
    assert "| 25.00 % |" in told
    assert "CER 25.00 %" not in told
    assert "| Model | WER |" in markdown(data_of(a_run([measured("a")])))


def test_failures_and_missed_limits_come_first() -> None:
    run = a_run([failed("a"), measured("b")])
    missed = Breach(Case("model", "corpus"), "wer", "WER 9 % exceeds the limit of 5 %", details=("  a word diff",))
    run = Run(run.origin, run.info, run.outcomes, None, [missed])
    told = markdown(data_of(run))
    assert told.index("exceeds the limit") < told.index("it died") < told.index("| Model |")
    assert "**1**" in told
    assert "a word diff" not in told


def test_what_has_no_figures_is_told_once_and_counted_nowhere() -> None:
    outcomes = [measured("a"), failed("b", Status.ERROR, fault=Fault.INPUT, error="c.wav cannot be decoded")]
    for number, status in enumerate((Status.ERROR, Status.NOT_RUN)):
        cause = "no weights: download them" if number == 0 else "not run: see a"
        outcomes.append(replace(failed("ab"[number], status, fault=Fault.LOAD, error=cause), model="absent"))
    told = markdown(data_of(a_run(outcomes), analysed=True))
    assert "corpus: 1 of 2 left out for all models: their recordings or references cannot be used" in told
    assert "absent on corpus: 2 of 2 not run, the model could not be loaded" in told
    assert "no weights: download them" in told
    assert "see a" not in told, "the first case of the model says it"
    (row,) = [line for line in told.splitlines() if line.startswith("| absent")]
    assert row.split(" | ")[1:5] == ["not run", "–", "–", "–"]
    assert "- none can be given: only one model has figures" in told


def test_speeds_of_several_machines_make_no_verdict() -> None:
    runs = [
        a_run(run("model", 0.1, 20), name, machine={"node": node})
        for name, node in (("first", "here"), ("second", "there"))
    ]
    assert "Verdict" not in markdown(data_of(*runs, analysed=True))
    assert "Verdict" in markdown(data_of(runs[0], analysed=True))


def test_an_interrupted_run_says_so() -> None:
    assert "interrupted: not everything was measured" in markdown(data_of(a_run([measured()], interrupted=True)))


@pytest.mark.parametrize(
    "text",
    [
        "a | b", "`code`", "<img src=x>", "</details>", "**bold**", "_under_", "[x](http://example.org)", "~~gone~~",
        "![x](y)", "# title", "- item", "a\n\n| b |", "\\", "&amp;", "$x$", "@someone", "#12", "GH-12", NUL,
        LONE_SURROGATES, "https://example.org", "www.example.org", "deadbeefdeadbeef", *ODD_TEXTS.values(),
    ],
)  # fmt: skip
def test_no_text_becomes_markup(text: str) -> None:
    told = escape(text)
    assert "\n" not in told
    assert not re.search(r"(?<!\\)[|`*_\[\]~!$]", told), "each sign of markup is escaped"
    assert not re.search(r"<|>|&(?!(lt|gt|amp);)", told)
    assert not re.search(r"@\w|#\d|\bGH-|https?:|www\.|\b[0-9a-f]{7,40}\b", told), "nothing mentions or links"
    told.encode("utf-8")


def test_a_table_row_stays_one_row_whatever_a_model_is_called() -> None:
    outcome = measured("a")
    outcome.model = "a|b\nc`d"
    told = markdown(data_of(a_run([outcome])))
    (row,) = [line for line in told.splitlines() if line.startswith("| a\\|b")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 10


def test_a_comment_is_never_too_long() -> None:
    outcomes = [failed(f"{'x' * 500}{number}", error="@" * 400 + str(number)) for number in range(2_000)]
    for number, outcome in enumerate(outcomes):
        outcome.model = f"{'|' * 300}{number % 400}"
    told = markdown(data_of(a_run(outcomes)))
    assert len(told) < MAX_CHARACTERS
    assert "more" in told


def test_a_cut_comment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_asrbench.report import markdown as module

    monkeypatch.setattr(module, "MAX_CHARACTERS", 500)
    told = markdown(data_of(a_run([measured(str(n)) for n in range(3)], machine={"cpu": "c" * 400})))
    assert len(told) < 500
    assert told.endswith("hold the rest.\n")


def test_comparisons_are_sentences_and_losses_against_the_baseline_come_first() -> None:
    loss = {"corpus": "corpus", "first": "model", "second": "model", "against": "0001_good.json", "significant": True}
    stored = {"differences": [{**loss, "estimate": 0.02, "sentence": "model lost: 2.0 pp"}]}
    told = markdown(data_of(a_run([measured()], findings=stored), analysed=True))
    assert told.index("Worse than the baseline") < told.index("| Model |")
