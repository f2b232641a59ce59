"""The table at the end: complete, readable at any width, and silent about nothing."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from pytest_asrbench.metrics.totals import Totals, total
from pytest_asrbench.records import Fault, Status
from pytest_asrbench.report import summary
from pytest_asrbench.report.analysis.findings import Findings, Uncertainty
from tests.unit.outcomes import failed, measured

TEN = "a b c d e f g h i j"


def totals_of(model: str = "stub", corpus: str = "quickstart", **more: Any) -> Totals:
    return total(model, corpus, [measured("a", TEN, "a b c", seconds=(0.5,), **more)])


def lines(*totals: Totals, color: bool = False, width: int | None = None) -> list[str]:
    return summary.table(totals, color, width)


def test_one_line_per_model_and_corpus() -> None:
    text = "\n".join(lines(totals_of("first"), totals_of("second", "other")))
    assert "Model" in text
    assert "first" in text
    assert "second" in text
    assert "70.00 %" in text
    assert "0+7+0 / 10" in text
    assert "0.25" in text
    assert "1 of 1" in text
    assert "RTF = compute seconds / audio seconds" in text
    assert not any(line != line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("name", ["stub[seconds=0.2,text=hi]", "a:[/b]", "stub[red]", ":smile:", "whisper:./a[1].bin"])
def test_names_are_shown_as_they_are(name: str) -> None:
    assert any(name in line for line in lines(totals_of(name)))
    assert any(name in line for line in lines(totals_of(name), color=True, width=200))


def test_colour_is_for_terminals_alone() -> None:
    broken = total("m", "c", [measured(), failed()])
    assert not any("\x1b" in line for line in lines(broken))
    assert any("\x1b[31m" in line for line in lines(broken, color=True))


def test_a_narrow_terminal_loses_the_least_needed_columns_first() -> None:
    wide = lines(totals_of())[0]
    assert "CER" in wide
    narrow = lines(totals_of(), width=cell_len(wide) - 5)
    assert "CER" not in narrow[0]
    assert "Peak MB" in narrow[0]
    narrowest = lines(totals_of(), width=1)
    assert narrowest[0].split() == ["Model", "WER", "RTF", "Measured"]
    assert "stub" in narrowest[2]


@pytest.mark.parametrize("width", range(40, 140, 7))
def test_the_table_keeps_within_its_width(width: int) -> None:
    table = [line for line in lines(totals_of("模型-日本語", "コーパス"), width=width) if "RTF = " not in line]
    assert max(map(cell_len, table)) <= width


def test_failures_are_told_with_what_they_cost() -> None:
    broken = total("m", "c", [measured(), failed(words=7), failed(status=Status.SKIPPED, words=2)])
    text = "\n".join(lines(broken))
    assert "m on c: 2 of 3 failed, their 9 words count as deleted (WER of the 1 measured: 0.00 %)" in text
    assert "75.00 %" in text
    assert "1 of 3" in text


def test_a_model_that_was_never_loaded_has_no_figures() -> None:
    absent = total("m", "c", [failed("a", fault=Fault.LOAD), failed("b", Status.NOT_RUN, fault=Fault.LOAD)])
    row, *legend = lines(absent)[2:]
    assert row.split()[:4] == ["m", "c", "not", "run"]
    assert "%" not in row
    assert legend[0] == "m on c: 2 of 2 not run, the model could not be loaded"
    assert not any("deleted" in line for line in legend)


def test_unusable_input_is_told_once_for_all_models() -> None:
    both = [total(name, "c", [measured("a"), failed("b", fault=Fault.INPUT)]) for name in ("m", "n")]
    told = [line for line in lines(*both) if "left out" in line]
    assert told == ["c: 1 of 2 left out for all models: their recordings or references cannot be used"]
    assert "0+0+0 / 3" in lines(*both)[2]


def test_what_a_model_is_not_made_for_is_no_failure() -> None:
    french, german = (
        failed(name, Status.SKIPPED, fault=Fault.UNSUITED, error=f"m: it has no {name}.") for name in ("fr", "de")
    )
    told = lines(total("m", "c", [measured("a"), french]))
    assert "m on c: 1 of 2 skipped, it has no fr: neither errors nor a score" in told
    told = lines(total("m", "c", [measured("a"), french, german]))
    assert "m on c: 2 of 3 skipped, the model is not made for them: neither errors nor a score" in told
    assert not any("deleted" in line for line in told)


def test_what_is_undefined_is_a_dash_and_explained() -> None:
    silence = total("m", "c", [measured("a", "", "thank you", peak_ram=None, load_seconds=None)])
    text = "\n".join(lines(silence))
    assert "no reference words, WER is undefined; it said 2" in text
    assert " - " in text


def test_no_totals_no_legend() -> None:
    assert not any("RTF = " in line for line in lines())


# Intervals


def interval(model: str = "stub", corpus: str = "quickstart", **more: Any) -> Uncertainty:
    return Uncertainty(
        **{
            "model": model,
            "corpus": corpus,
            "estimate": 0.7,
            "low": 0.6012,
            "high": 1.2345,
            "unit": "snippets",
            "blocks": 20,
            "reason": "",
            **more,
        }
    )


def with_findings(*intervals: Uncertainty, width: int | None = None) -> list[str]:
    totals = [totals_of(), totals_of("other")]
    return summary.table(totals, False, width, Findings(intervals=intervals, seed=3))


def test_the_interval_stands_beside_the_wer() -> None:
    shown = with_findings(interval(), interval("other", low=None, high=None, unit="speakers", reason="too few"))
    assert "70.00 %    60.1–123.4 %" in shown[2]
    assert "70.00 %               -" in shown[3]
    assert "95 % interval of the WER by bootstrap over snippets, seed 3." in shown
    assert "no interval of the WER of other on quickstart: too few" in shown


def test_without_any_interval_there_is_no_column_but_a_reason() -> None:
    reasons = [interval(str(n), low=None, high=None, reason="too few snippets") for n in range(5)]
    shown = with_findings(*reasons)
    assert not any("95 %" in line for line in shown)
    assert (
        "no interval of the WER of 0 on quickstart, 1 on quickstart, 2 on quickstart and 2 more: too few snippets"
        in shown
    )


def test_an_undefined_wer_needs_no_second_reason() -> None:
    undefined = interval(estimate=None, low=None, high=None, reason="no reference words")
    assert not any("interval" in line for line in with_findings(undefined))


def test_the_interval_is_the_last_column_to_go() -> None:
    assert with_findings(interval(), width=1)[0].split() == ["Model", "WER", "RTF", "Measured"]
    shown = with_findings(interval(), width=60)
    assert "95 % interval" in shown[0]
    assert "Sub+Del+Ins" not in shown[0]
    assert max(map(cell_len, shown[:4])) <= 60
