"""The scenario `server`: each rate a run of its own over the corpus, its latencies, its failures, its answers."""

from __future__ import annotations

import csv
from itertools import pairwise
from typing import Any

import pytest

from tests import load_server
from tests.bench import Bench, text

RATE = ("--asr-scenario=server", "--asr-rate=200", "--asr-requests=20")


def requests(bench: Bench) -> list[dict[str, Any]]:
    """All requests of the results, as they arrived."""
    outcomes = bench.results()["outcomes"]
    return sorted((one for outcome in outcomes for one in outcome["requests"]), key=lambda one: one["due"])


def loads(bench: Bench) -> list[dict[str, str]]:
    """The rows of load.csv."""
    with (bench.path / "reports" / "load.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_rate_is_a_run_over_the_corpus_with_a_row_of_its_own(bench: Bench) -> None:
    bench.clips(4)
    spec = bench.script(count=4, seconds=0.002)
    result = bench.run(f"--asr-models={spec}", "--asr-scenario=server", "--asr-rate=100,200", "--asr-requests=10", "-v")
    result.assert_outcomes(passed=10)
    assert f"test_snippet[{spec}-clips/c0-server@100rps]" in text(result)
    assert f"test_corpus[{spec}-clips-server@200rps]" in text(result)
    assert [(row["Load"], row["Requests"], row["Failed"]) for row in loads(bench)] == [
        ("100rps", "10", "0"),
        ("200rps", "10", "0"),
    ]
    assert [row["P99_Sec"] for row in loads(bench)] == ["", ""], "ten requests have no 99th percentile"
    assert "10 requests are too few for p95: --asr-requests=100" in text(result)
    for row in bench.rows():
        assert int(row["Requests"]) in (2, 3)
        assert float(row["Latency_Sec"]) >= 0.002
    assert {row["Scenario"] for row in bench.rows()} == {"server@100rps", "server@200rps"}


def test_a_local_model_takes_one_call_at_a_time_in_the_order_of_arrival(bench: Bench) -> None:
    bench.clips(3)
    spec = bench.script(count=3, seconds=0.01)
    bench.run(f"--asr-models={spec}", "--asr-scenario=server", "--asr-rate=300", "--asr-requests=30")
    found = requests(bench)
    assert len(found) == 30
    free = 0.0
    for one in found:
        assert one["started"] >= max(one["due"], free), "no call before its arrival, and none beside another"
        assert one["started"] - one["late"] == pytest.approx(max(one["due"], free)), "it waits for nothing else"
        free = one["finished"]
    (totals,) = bench.results()["totals"]
    assert totals["load"]["latency"]["p50"] > 0.05, "three times what it can do: most of it is waiting"
    assert totals["load"]["throughput"] == pytest.approx(30 * 0.5 / totals["load"]["seconds"])


def test_the_words_under_load_are_those_of_single_clips(bench: Bench) -> None:
    bench.clips(4)
    spec = bench.script(count=4, clips={1: {"text": "something else"}, 2: {"text": "this is"}})
    both = bench.run(f"--asr-models={spec}", "--asr-scenario=single-stream,server", *RATE[1:])
    both.assert_outcomes(passed=10)
    alone, served = bench.results()["totals"]
    assert (alone["scenario"], served["scenario"]) == ("single-stream", "server@200rps")
    assert alone["wer"] == served["wer"] > 0
    assert alone["errors"] == served["errors"]
    assert "load" not in alone


def test_the_same_seed_asks_for_the_same_and_another_one_for_other_arrivals(bench: Bench) -> None:
    bench.clips(3)
    spec = bench.script(count=3)

    def due(*more: str) -> list[float]:
        bench.run(f"--asr-models={spec}", *RATE, *more)
        return [one["due"] for one in requests(bench)]

    assert due() == due()
    assert due() != due("--asr-seed=1")


def test_clients_that_wait_for_their_answers(bench: Bench) -> None:
    bench.clips(3)
    spec = bench.script(count=3, seconds=0.005)
    result = bench.run(f"--asr-models={spec}", "--asr-scenario=server", "--asr-concurrency=1,4", "--asr-requests=12")
    result.assert_outcomes(passed=8)
    one, four = loads(bench)
    assert (one["Load"], four["Load"]) == ("1clients", "4clients")
    assert float(four["P50_Sec"]) > 3 * 0.005, "of four before one model, three wait"
    assert "holds" not in text(result)


def test_a_limit_of_latency_fails_the_rate_that_misses_it_and_the_last_that_keeps_it_is_told(bench: Bench) -> None:
    bench.clips(3)
    spec = bench.script(count=3, seconds=0.05)
    asked = ("--asr-scenario=server", "--asr-rate=2000,4", "--asr-requests=20")
    result = bench.run(f"--asr-models={spec}", *asked, "--asr-limit=p90_latency<=600ms")
    result.assert_outcomes(passed=7, failed=1)
    told = text(result)
    assert f"of {spec} on clips-server@2000rps exceeds the limit of 0.6 s (--asr-limit)" in told
    assert "holds p90_latency<=0.6 s up to 4 requests a second, of the rates 4, 2000; at 2000 it is " in told
    (held,) = bench.results()["holding"]
    assert (held["rate"], held["limit"]) == (4.0, "p90_latency<=0.6 s")


def test_an_error_is_never_a_fast_answer(bench: Bench) -> None:
    bench.clips(4)
    spec = bench.script(count=4, clips={2: {"fault": "raise"}}, seconds=0.002)
    result = bench.run(f"--asr-models={spec}", *RATE, "--asr-limit=p50_latency<=10s", "--asr-limit=p90_latency<=10s")
    result.assert_outcomes(passed=3, failed=1, errors=1)
    (totals,) = bench.results()["totals"]
    assert (totals["load"]["requests"], totals["load"]["failed"]) == (20, 5)
    assert totals["load"]["latency"]["p50"] is not None
    assert totals["load"]["latency"]["p90"] is None
    assert "p90 latency of" in text(result)
    assert "cannot be judged (5 of 20 had no answer, and an error is no fast answer)" in text(result)
    assert "5 of 20 requests failed, which count as slower than any answer" in text(result)
    assert "5 of 5 requests for it failed, the first one so: " in text(result)
    assert "ValueError while transcribing: scripted failure" in text(result)
    assert totals["lost_words"] == 6, "its words are deleted, as those of any clip without an answer"


@pytest.mark.parametrize(("fault", "status"), [("sigkill", "CRASH"), ("hang", "TIMEOUT")])
def test_a_run_that_is_cut_off_keeps_what_was_answered_and_the_next_rate_is_run(
    bench: Bench, fault: str, status: str
) -> None:
    bench.clips(4)
    spec = bench.script(count=4, clips={1: {"fault": fault, "fault_after": 1}}, seconds=0.001)
    rates = ("--asr-scenario=server", "--asr-rate=100,200,400", "--asr-requests=4")
    bench.run(f"--asr-models={spec}", *rates, "--asr-timeout=2")
    statuses: dict[str, dict[str, str]] = {row["Scenario"][7:]: {} for row in bench.rows()}
    for row in bench.rows():
        statuses[row["Scenario"][7:]][row["Snippet"]] = row["Status"]
    assert set(statuses["100rps"].values()) == {"OK"}
    assert statuses["200rps"]["c1"] == status, "its second call"
    assert set(statuses["400rps"].values()) == {"OK"}, "a new process takes the next rate"
    failed = [int(row["Failed"]) for row in loads(bench)]
    assert failed == [sum(one != "OK" for one in run.values()) for run in statuses.values()]
    assert 1 <= failed[1] <= 4
    ended = [one for one in bench.results()["outcomes"] if one["status"] == status]
    assert all(one["requests"][0]["finished"] is None and one["requests"][0]["error"] for one in ended)


def test_a_warm_up_call_that_kills_the_model_costs_the_run(bench: Bench) -> None:
    bench.clips(3)
    spec = bench.script(count=3, clips={0: {"fault": "sigkill"}})
    bench.run(f"--asr-models={spec}", *RATE)
    assert {row["Status"] for row in bench.rows()} == {"CRASH"}
    (totals,) = bench.results()["totals"]
    assert (totals["load"]["failed"], totals["load"]["rate"]) == (20, 0.0)


def test_a_junit_file_has_the_figures_of_a_run(bench: Bench) -> None:
    bench.clips(2)
    result = bench.run(f"--asr-models={bench.script(count=2)}", *RATE, "--junitxml=junit.xml")
    assert "server@200rps with 20 requests (seed 0)" in text(result)
    written = (bench.path / "junit.xml").read_text("utf-8")
    assert 'name="asr_p90_latency"' in written
    assert 'name="asr_p99_latency"' not in written, "of 20 there is none"


def test_a_recording_that_cannot_be_read_is_no_part_of_the_run(bench: Bench) -> None:
    bench.clips(3)
    (bench.path / "clips" / "c1.wav").write_bytes(b"no audio")
    spec = bench.script(count=3)
    bench.run(f"--asr-models={spec}", *RATE)
    (totals,) = bench.results()["totals"]
    assert (totals["left_out"], totals["measured"]) == (1, 2)
    assert totals["load"]["requests"] == 20


def test_more_samples_than_fit_into_memory_are_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_asrbench.engine.under_load.MOST_BYTES", 3 * 32_000 - 1)
    bench.clips(3)
    result = bench.run(f"--asr-models={bench.script(count=3)}", *RATE)
    assert "the recordings of clips are more than 0 MB of samples, which is what a run at a rate holds" in text(result)
    assert {row["Status"] for row in bench.rows()} == {"ERROR"}


def test_a_model_that_cannot_be_loaded_says_so_once(bench: Bench) -> None:
    bench.clips(3)
    bench.run(f"--asr-models={bench.script(count=3, load_fault='raise')}", *RATE)
    assert [row["Status"] for row in bench.rows()] == ["ERROR", "NOT_RUN", "NOT_RUN"]


def test_a_run_at_a_rate_is_resumed_whole(bench: Bench) -> None:
    bench.clips(3)
    spec = bench.script(count=3, clips={2: {"fault": "raise"}})
    bench.run(f"--asr-models={spec}", *RATE)
    journal = bench.runs[-1] / "journal.jsonl"
    journal.write_text("".join(line for line in journal.read_text("utf-8").splitlines(True) if '"end"' not in line))
    bench.script(count=3)
    bench.run(f"--asr-models={spec}", *RATE, "--asr-resume")
    assert {row["Status"] for row in bench.rows()} == {"OK"}
    (totals,) = bench.results()["totals"]
    assert (totals["load"]["requests"], totals["load"]["failed"]) == (20, 0)
    dues = [one["due"] for one in requests(bench)]
    assert len(set(dues)) == 20, "none is of the run before"


def test_requests_to_a_served_model_go_out_at_once_and_refusals_are_counted(bench: Bench) -> None:
    bench.clips(3)
    bench.pytester.makepyfile(far=load_server.ADAPTER)
    with load_server.serving(0.02) as address:
        far = f"far:Far:{address}"
        bench.model_table(f'[models.good]\nadapter = "far:Far"\nsource = "{address}"\n')
        bench.model_table(f'[models.busy]\nadapter = "far:Far"\nsource = "{address}refuse/5"\n')
        result = bench.run("--asr-models=good,busy", "--asr-scenario=server", "--asr-rate=100", "--asr-requests=30")
    good, busy = bench.results()["totals"]
    assert (good["load"]["failed"], good["wer"]) == (0, 0.0), f"{far}: {text(result)}"
    found = [
        one for outcome in bench.results()["outcomes"] if outcome["model"] == "good" for one in outcome["requests"]
    ]
    ordered = sorted(found, key=lambda one: one["started"])
    assert any(later["started"] < one["finished"] for one, later in pairwise(ordered))
    assert busy["load"]["failed"] == 6
    assert "HTTPError while transcribing: HTTP Error 503" in text(result)
    assert {outcome["timing"] for outcome in bench.results()["outcomes"]} == {"client-wall-1"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--asr-scenario=server",), "takes either --asr-rate=2,4, requests a second, or --asr-concurrency=1,4"),
        (("--asr-scenario=server", "--asr-rate=2", "--asr-concurrency=4"), "both were given"),
        (("--asr-rate=2",), "--asr-rate is of the scenario server: give --asr-scenario=server, too"),
        (("--asr-requests=20",), "--asr-requests is of the scenario server"),
        (("--asr-scenario=server", "--asr-rate=0"), "'0' is no number of requests a second above 0"),
        (("--asr-scenario=server", "--asr-rate=-1"), "'-1' is no number of requests a second above 0"),
        (("--asr-scenario=server", "--asr-rate=nan"), "'nan' is no number of requests a second above 0"),
        (("--asr-scenario=server", "--asr-rate=2,fast"), "'fast' is no number of requests a second above 0"),
        (("--asr-scenario=server", "--asr-concurrency=0"), "'0' is no number of clients from 1 to 1,000"),
        (("--asr-scenario=server", "--asr-concurrency=1.5"), "'1.5' is no number of clients from 1 to 1,000"),
        (("--asr-scenario=sever", "--asr-rate=2"), "there is no such scenario; did you mean"),
        ((*RATE, "--asr-requests=0"), "'0' is no whole number of at least 1"),
        ((*RATE, "--asr-limit=p99_latency<=1s"), "p99_latency takes 100 requests at least, and 20 are made on clips"),
        ((*RATE, "--asr-limit=snippet:p90_latency<=1s"), "is one mark for the whole corpus"),
        ((*RATE, "--asr-limit=p90_latency<=soon"), "'soon' is no number of at least 0"),
        ((*RATE, "--asr-limit=p90_latency>=1s"), "limits p90 latency on the wrong side"),
        ((*RATE, "--asr-limit=throughput<=1"), "limits throughput on the wrong side"),
        ((*RATE, "--asr-sweeps=2"), "--asr-sweeps is of clips that are asked for one at a time"),
        ((*RATE, "--asr-compare-fail=rtf:10%"), "the limit rtf of --asr-compare-fail is of clips"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(bench: Bench, arguments: tuple[str, ...], told: str) -> None:
    bench.clips(1)
    result = bench.refused(f"--asr-models={bench.script(count=1)}", *arguments)
    assert told in text(result)


def test_answers_that_are_known_have_no_server(bench: Bench) -> None:
    bench.clips(1)
    (bench.path / "known.csv").write_text("snippet,transcript\nc0,this is\n")
    result = bench.refused("--asr-models=transcripts:known.csv", *RATE)
    assert "asks models at a rate, and the answers of transcripts:known.csv are known" in text(result)
