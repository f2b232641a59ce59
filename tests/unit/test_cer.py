"""The character error rate: in the place of the WER where a script has no blanks, and held by limits everywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.gates import changes, limits, rules
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.totals import Totals, total
from pytest_asrbench.records import Outcome
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.summary import table
from pytest_asrbench.statistics.intervals import wer_intervals
from pytest_asrbench.store import Baseline, Entry
from pytest_asrbench.store.reading import read_entry
from tests.unit.outcomes import failed, measured, scored
from tests.unit.saved_runs import flat_info

WEATHER = "今天天气很好"  # six characters


def said(snippet: str, reference: str, transcript: str, model: str = "model") -> Outcome:
    outcome = measured(snippet, reference, transcript)
    outcome.model = model
    scored(reference, transcript, normalizers.load("whisper"), outcome=outcome)
    outcome.normalizer = normalizers.load("whisper").stamp
    return outcome


def summed(*outcomes: Outcome) -> Totals:
    return total("model", "corpus", outcomes)


def test_failures_count_as_deleted_characters() -> None:
    totals = summed(said("a", WEATHER, "今天天气很"), failed("b", words=6, characters=6))
    assert totals.cer == (1 + 6) / 12
    assert totals.headline == "CER"


@pytest.mark.parametrize(
    ("texts", "headline"),
    [([WEATHER], "CER"), (["plain words"], "WER"), ([WEATHER, "a b c d e f g"], "WER"), ([], "WER")],
)
def test_the_cer_leads_where_most_words_are_characters(texts: list[str], headline: str) -> None:
    assert summed(*(said(str(n), text, text) for n, text in enumerate(texts))).headline == headline


# In the table


def rows(*outcomes: Outcome) -> list[str]:
    totals = [total(model, "corpus", [o for o in outcomes if o.model == model]) for model in ("model", "other")]
    return table([one for one in totals if one.snippets], False, None, analyse(outcomes))


def test_the_cer_stands_where_the_wer_would() -> None:
    head, _, row, *legend = rows(said("a", WEATHER, "今天天气很"))
    assert head.split()[:3] == ["Model", "Corpus", "CER"]
    assert head.count("CER") == 1
    assert "WER" not in head
    assert "16.67 %" in row
    assert "CER: of characters, in scripts without blanks between words; there each character is a word." in legend
    assert any(line.startswith("no interval of the CER of model on corpus: too few") for line in legend)


def test_words_and_characters_in_one_table_are_told_apart() -> None:
    head, _, first, second, *_ = rows(said("a", WEATHER, "今天天气很"), said("b", "red roses", "red", model="other"))
    assert "WER or CER" in head
    assert "CER 16.67 %" in first
    assert "WER 50.00 %" in second


def test_its_interval_is_the_bootstrap_s_on_characters() -> None:
    outcomes = [said(f"{n:02}", WEATHER, WEATHER[: n % 7]) for n in range(40)]
    (found,) = analyse(outcomes).rates["cer"].intervals
    (drawn,) = wer_intervals([[6 - n % 7 for n in range(40)]], [6] * 40)
    assert (found.estimate, found.low, found.high) == (drawn.estimate, drawn.low, drawn.high)
    assert found.low is not None
    assert found.high is not None
    lines = table([summed(*outcomes)], False, None, analyse(outcomes))
    assert f"{found.low * 100:.1f}–{found.high * 100:.1f} %" in lines[2]
    assert "95 % interval of the CER by bootstrap over snippets, seed 0." in lines


def test_words_have_an_interval_on_characters_too() -> None:
    outcomes = [said(f"{n:02}", "red roses", "red roses" if n % 3 else "rad roses") for n in range(40)]
    (words,), (characters,) = analyse(outcomes).intervals, analyse(outcomes).rates["cer"].intervals
    assert words.estimate == 14 / 80
    assert characters.estimate == 14 / 360
    assert characters.low is not None


# Limits


def test_a_limit_on_characters() -> None:
    totals = summed(said("a", WEATHER, "今天天气很"))
    (told,) = map(str, limits.judge_totals(totals, [Limit("cer", 0.1, "--asr-max-cer")]))
    assert "CER 16.67 % of model on corpus exceeds the limit of 10.00 % (--asr-max-cer)" in told
    assert limits.judge_totals(totals, [Limit("cer", 0.17, "--asr-max-cer")]) == []


def test_a_limit_that_cannot_be_judged_is_missed() -> None:
    (told,) = map(str, limits.judge_totals(summed(said("a", "", "x")), [Limit("cer", 0.1, "corpus.toml")]))
    assert (
        "CER of model on corpus cannot be judged (the references hold no characters), and corpus.toml demands it"
        in told
    )


def change(then: list[Outcome], now: list[Outcome], *, drop: tuple[str, ...] = (), rule: str = "cer:1pp") -> list[str]:
    """The breaches of `cer:1pp` by `now` against a saved run of `then`, which lacks the keys in `drop`."""
    saved = [{"extra_info": json.loads(json.dumps(flat_info(one)))} for one in then]
    for benchmark in saved:
        for name in drop:
            del benchmark["extra_info"][name]
    comparison = Baseline("0001", saved).compare("model", "corpus", now)
    return [str(one) for one in changes.judge(comparison, rules.parse([rule])).breaches]


def test_a_baseline_on_characters() -> None:
    good, bad = [said("a", WEATHER, WEATHER)], [said("a", WEATHER, "今天天气很")]
    (told,) = change(good, bad)
    assert "CER 16.67 % of model on corpus is 16.67 pp worse than the baseline's 0.00 % (0001)" in told
    assert "--asr-compare-fail allows 1 pp" in told
    assert change(good, bad, rule="cer:20pp") == []
    assert change(bad, good) == []
    assert change(good, [failed("a", words=6, characters=6)])


def test_a_baseline_that_counted_no_characters_cannot_be_judged() -> None:
    good = [said("a", WEATHER, WEATHER)]
    (told,) = change(good, good, drop=("character_errors", "reference_characters", "metrics"))
    assert "CER of model on corpus cannot be judged" in told
    assert "save a new baseline" in told


@pytest.mark.parametrize("value", [-1, "2", True, 1.5])
def test_a_saved_count_that_is_none_is_damage(value: Any) -> None:
    info = flat_info(said("a", WEATHER, WEATHER)) | {"character_errors": value}
    with pytest.raises(HistoryError, match="character_errors of model-corpus/a"):
        Baseline("0001", [{"extra_info": info}])


def test_an_entry_knows_its_counts() -> None:
    entry = read_entry(flat_info(said("a", WEATHER, "今")))
    assert isinstance(entry, Entry)
    assert (entry.scores["cer"].errors, entry.scores["cer"].total) == (5, 6)
