"""Records of schema 1, written by the version before: read as what they are, or refused with one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.gates import changes, rules
from pytest_asrbench.metrics import Counts
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.records import Outcome
from pytest_asrbench.store import Baseline, read_journal
from pytest_asrbench.store.results import as_baseline, read_run
from tests.unit.outcomes import failed, measured

DATA = Path(__file__).parents[1] / "data" / "schema_1"
SAVED: dict[str, Any] = json.loads((DATA / "saved.json").read_text("utf-8"))


def same() -> list[Outcome]:
    """What that run measured, as this version counts it."""
    return [
        measured("a", "one two three", "one too three", seconds=(0.1, 0.3)),
        failed("b", words=4, characters=17),
        measured("c", "今天天气", "今天"),
    ]


def rates(outcomes: list[Outcome]) -> dict[str, float | None]:
    sums = total("model", "corpus", outcomes)
    return {name: sums.rate(name) for name in ("wer", "cer", "mer", "wil", "rtf")}


@pytest.mark.parametrize(
    "read", [lambda: list(read_run(DATA).outcomes()), lambda: read_journal(DATA / "journal.jsonl")[1]]
)
def test_results_and_journals_have_the_figures_of_today(read: Any) -> None:
    first, broken, third = read()
    assert first.scores["wer"] == Counts(1, 3, {"hits": 2, "substitutions": 1, "deletions": 0, "insertions": 0})
    assert (first.normalized_reference, first.normalized_transcript) == ("one two three", "one too three")
    assert (broken.scores, broken.lost) == ({}, {"wer": Counts(4, 4), "cer": Counts(17, 17)})
    assert rates([first, third]) == rates([same()[0], same()[2]])
    assert total("model", "corpus", [third]).headline == "CER"
    assert rates([first, broken, third])["wer"] == rates(same())["wer"] == 6 / 8


@pytest.mark.parametrize("baseline", [Baseline("saved", SAVED["benchmarks"]), as_baseline(read_run(DATA))])
def test_saved_runs_are_baselines_for_what_they_counted(baseline: Baseline) -> None:
    comparison = baseline.compare("model", "corpus", same())
    asked = rules.parse(["wer:0pp", "cer:0pp", "wer:significant", "transcripts:changed"])
    assert changes.judge(comparison, asked).breaches == []
    worse = [measured("a", "one two three", "one"), *same()[1:]]
    (told,) = changes.judge(baseline.compare("model", "corpus", worse), rules.parse(["cer:1pp"])).breaches
    assert told.metric == "cer_loss"


def test_what_a_saved_run_did_not_count_is_refused_with_one_sentence() -> None:
    comparison = Baseline("saved", SAVED["benchmarks"]).compare("model", "corpus", same())
    (told,) = changes.judge(comparison, rules.parse(["mer:1pp"])).breaches
    assert told.text == (
        "MER of model on corpus cannot be judged against the baseline saved (not counted in the baseline), and "
        "--asr-compare-fail asks for it: save a new baseline"
    )


def test_another_version_of_a_metric_is_not_compared() -> None:
    infos = [one["extra_info"] | {"metrics": {"wer": 1, "cer": 7}} for one in SAVED["benchmarks"]]
    comparison = Baseline("saved", [{"extra_info": info} for info in infos]).compare("model", "corpus", same())
    (told,) = changes.judge(comparison, rules.parse(["cer:1pp", "wer:1pp"])).breaches
    assert "CER of model on corpus cannot be judged" in told.text
    assert "(its version was 7, is 1)" in told.text


@pytest.mark.parametrize("damage", [{"substitutions": -1}, {"character_errors": "7"}])
def test_counts_that_are_none_are_damage(tmp_path: Path, damage: dict[str, Any]) -> None:
    content = json.loads((DATA / "results.json").read_text("utf-8"))
    content["outcomes"][0]["score"] |= damage
    (tmp_path / "results.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(HistoryError, match="its outcome 1 is no outcome"):
        list(read_run(tmp_path).outcomes())
