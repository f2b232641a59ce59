"""What is said of runs at a rate: percentiles, tables, the rate that keeps a limit, and records that are read back."""

from __future__ import annotations

import csv
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.gates import limits
from pytest_asrbench.gates.figures import figure
from pytest_asrbench.metrics.latencies import least, percentile
from pytest_asrbench.metrics.totals import Totals, figures, total
from pytest_asrbench.records import Fault, Outcome, Request
from pytest_asrbench.report import load
from pytest_asrbench.report.markdown import markdown
from pytest_asrbench.store.serialized import outcome_from_dict, to_dict
from tests.unit.loads import served
from tests.unit.outcomes import failed, measured, run_info
from tests.unit.pages import a_run, data_of


def totals(*outcomes: Outcome) -> Totals:
    return total("model", "corpus", outcomes, scenario=outcomes[0].scenario)


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50.0), (90, 90.0), (95, 95.0), (99, 99.0)], ids=["p50", "p90", "p95", "p99"]
)
def test_percentiles_are_by_nearest_rank(percent: int, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == expected


def test_a_percentile_takes_more_than_would_make_it_the_slowest() -> None:
    assert [least(percent) for percent in (50, 90, 95, 99)] == [2, 10, 20, 100]
    assert percentile([1.0] * 9, 90) is None
    assert percentile([1.0] * 9 + [2.0], 90) == 1.0
    assert percentile([], 50) is None


def test_what_has_no_answer_is_slower_than_any() -> None:
    assert percentile([1.0] * 9 + [inf], 90) == 1.0
    assert percentile([1.0] * 8 + [inf] * 2, 90) is None
    quick = totals(served("server@2rps", 0.001, failed=5))
    assert (quick.latencies.count(inf), quick.rate("wer")) == (5, 0.0)


def test_the_figures_of_a_run() -> None:
    found = totals(served("server@1rps", 0.5, failed=2, late=0.2), served("server@1rps", 0.5, snippet="b")).served
    assert found is not None
    assert (found.requests, found.failed, found.seconds, found.late) == (40, 2, 19.5, 0.2)
    assert found.rate == pytest.approx(38 / 19.5)
    assert found.throughput == pytest.approx(38 * 2.0 / 19.5)
    assert found.latency == {"p50": 0.5, "p90": 0.5, "p95": 0.5, "p99": None}


def test_single_clips_have_latencies_and_no_load() -> None:
    alone = total("model", "corpus", [measured(str(n), seconds=(n / 10,)) for n in range(1, 11)])
    assert alone.served is None
    assert figure("p90_latency").of_totals(alone) == 0.9
    assert "load" not in figures(alone)
    assert figure("throughput").of_totals(alone) is None
    assert "--asr-scenario=server" in figure("throughput").absent(alone)
    down = total("model", "corpus", [measured("a"), failed("b")])
    assert down.latencies == [0.1, inf]


@pytest.mark.parametrize(
    ("text", "bound"), [("p90_latency<=1s", 1.0), ("p99_latency<=250ms", 0.25), ("p50_latency<=2", 2.0)]
)
def test_limits_of_latency(text: str, bound: float) -> None:
    assert limits.parse(text, "--asr-limit").bound == pytest.approx(bound)


def test_limits_of_a_corpus_file() -> None:
    assert limits.named("max_p90_latency", 0.5, "corpus.toml").figure == "p90_latency"
    assert limits.named("min_throughput", 20, "corpus.toml").figure == "throughput"
    assert {"max_p99_latency", "min_throughput", "max_ram_mb"} <= set(limits.short_forms())


def test_a_run_is_held_against_its_limits() -> None:
    found = totals(served("server@2rps", 0.5, failed=3))
    told = [
        one.text
        for one in limits.judge_totals(
            found,
            [limits.parse(text, "--asr-limit") for text in ("p50_latency<=400ms", "p90_latency<=9s", "throughput>=4")],
        )
    ]
    assert told == [
        "p50 latency 0.5 s of model on corpus-server@2rps exceeds the limit of 0.4 s (--asr-limit)",
        "p90 latency of model on corpus-server@2rps cannot be judged (3 of 20 had no answer, and an error is no fast "
        "answer), and --asr-limit demands it",
        "throughput 1.744 times real time of model on corpus-server@2rps is below the limit of 4 times real time "
        "(--asr-limit)",
    ]


def holding(latencies: dict[str, float], limit: str = "p90_latency<=1s") -> list[dict[str, Any]]:
    every = [totals(served(f"server@{name}", latency)) for name, latency in latencies.items()]
    return list(load.holding(every, lambda _one: [limits.parse(limit, "--asr-limit")]))


def test_the_highest_rate_up_to_which_all_keep_a_limit() -> None:
    (held,) = holding({"16rps": 0.4, "2rps": 0.1, "8rps": 3.0, "4rps": 0.2})
    assert held["rate"] == 4.0, "16 kept it by chance, as 8 did not"
    assert held["sentence"] == (
        "model on corpus holds p90_latency<=1 s up to 4 requests a second, of the rates 2, 4, 8, 16; at 8 it is 3 s"
    )
    (none,) = holding({"2rps": 2.0})
    assert (none["rate"], none["sentence"]) == (
        None,
        "model on corpus does not hold p90_latency<=1 s, of the rates 2; at 2 it is 2 s",
    )
    (every,) = holding({"2rps": 0.1}, "throughput>=1")
    assert every["sentence"].endswith("of the rates 2")
    assert holding({"2rps": 0.1}, "wer<=5%") == [], "no figure of a rate"
    assert holding({"2clients": 0.1}) == [], "clients are no rate"


def test_the_table_has_a_row_for_each_run_and_nothing_without_one() -> None:
    every = [totals(served("server@2rps", 0.5)), totals(served("server@4clients", 0.25, failed=1, late=0.1))]
    first, second = load.cells(every)
    assert (first["Load"], first["p50 s"], first["p99 s"], first["Failed"]) == ("2rps", "0.5", "-", "0 of 20")
    assert (second["Load"], second["WER"], second["Late s"]) == ("4clients", "0.00 %", "0.1")
    told = "\n".join(load.remarks(every))
    assert "corpus-server@2rps: 20 requests are too few for p99: --asr-requests=100" in told
    assert "corpus-server@4clients: 1 of 20 requests failed" in told
    assert "corpus-server@4clients: the sender was up to 0.1 s late" in told
    assert "corpus-server@2rps: the sender" not in told
    assert load.table([total("model", "corpus", [measured("a")])], color=False) == []


def test_the_file_has_numbers(tmp_path: Path) -> None:
    path = load.write_csv(tmp_path, run_info(), [], [totals(served("server@2rps", 0.5))])
    (row,) = csv.DictReader(path.read_text("utf-8").splitlines())
    assert (row["Model"], row["Load"], row["P90_Sec"], row["P99_Sec"]) == ("model", "2rps", "0.5", "")


def test_markdown_has_the_table() -> None:
    told = markdown(data_of(a_run([served("server@2rps", 0.5)])))
    assert "**Requests at a rate**" in told
    (row,) = [line for line in told.splitlines() if line.startswith("| model | corpus |")]
    assert "| 2rps | 0.5 | 0.5 | 0.5 |" in row
    assert "**Requests at a rate**" not in markdown(data_of(a_run([measured("a")])))


def test_requests_are_read_back_as_they_were() -> None:
    outcome = served("server@2rps", 0.5, failed=1)
    outcome.requests = (*outcome.requests, Request(7.0, error="cut off"))
    assert outcome_from_dict(to_dict(outcome)).requests == outcome.requests


@pytest.mark.parametrize("change", [{"due": -1.0}, {"late": float("nan")}, {"due": "soon"}, {"finished": -0.5}])
def test_requests_that_are_none_are_refused(change: dict[str, Any]) -> None:
    values = to_dict(served("server@2rps", 0.5))
    values["requests"] = [{**values["requests"][0], **change}]
    with pytest.raises(ValueError, match=r"requests|due"):
        outcome_from_dict(values)


def test_what_an_older_version_wrote_has_no_requests() -> None:
    values = to_dict(measured("a"))
    del values["requests"]
    assert outcome_from_dict(values).requests == ()


def test_a_clip_that_no_model_can_be_asked_is_in_no_figure_of_the_load() -> None:
    refused = replace(failed("b"), scenario="server@2rps", requests=(Request(0.0, 0.0, 1.0, error="it has no 'de'"),))
    for fault, expected in ((Fault.UNSUITED, 20), (Fault.MODEL, 21)):
        found = totals(served("server@2rps", 0.5), replace(refused, fault=fault)).served
        assert found is not None
        assert found.requests == expected
