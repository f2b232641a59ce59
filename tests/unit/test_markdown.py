"""The report for a comment: what is wrong on top, no text becomes markup, and never too long."""

from __future__ import annotations

import re

import pytest

from pytest_asrbench.records import Breach
from pytest_asrbench.report.markdown import MAX_CHARACTERS, escape, markdown
from pytest_asrbench.report.runs import Run
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured
from tests.unit.pages import a_run, data_of


def test_the_table_has_the_totals() -> None:
    told = markdown(data_of(a_run([measured("a", "one two", "one too"), measured("b", "one two", "one two")])))
    (row,) = [line for line in told.splitlines() if line.startswith("| model")]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "model", "25.00 %", "–", "1 / 4", "0.05", "1.5", "300", "0", "2 of 2",
    ]  # fmt: skip


def test_failures_and_missed_limits_come_first() -> None:
    run = a_run([failed("a"), measured("b")])
    missed = Breach("wer", "WER 9 % exceeds the limit of 5 %", "model", "corpus", details=("  a word diff",))
    run = Run(run.origin, run.info, run.outcomes, None, [missed])
    told = markdown(data_of(run))
    assert told.index("exceeds the limit") < told.index("it died") < told.index("| Model |")
    assert "**1**" in told
    assert "a word diff" not in told


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
