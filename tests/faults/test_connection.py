"""A model that gets at the connection: whatever it does there, no clip is given another one's transcript."""

from __future__ import annotations

import sys

import pytest

from tests.bench import Bench, sentence, text
from tests.faults.test_campaign import COUNT, check_all_but, hosts

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and forks of POSIX systems")
# The fault strikes at clip 4: which clip it costs, and why.
COSTLY = {
    "write-everywhere": (4, "CRASH", "the process sent something that is no answer (b'who reads this?"),
    "half-answer": (4, "TIMEOUT", "transcribing took longer than 1 s"),
    "huge-answer": (4, "CRASH", "the process sent an answer of 2,147,483,648 bytes"),
    # Data that nobody asked for, or an answer to request 6 amid 7: the second answer races with the next request.
    "twice": (5, "CRASH", "the process sent "),
    "clock-nan": (4, "CRASH", "the event 'call' whose seconds is None"),
    "clock-back": (4, "CRASH", "the event 'call' whose seconds is -"),
}
CAUSES = {"CRASH": "HostCrashed", "TIMEOUT": "HostTimeout"}


@ON_POSIX
@pytest.mark.parametrize("fault", COSTLY)
def test_a_breach_of_the_protocol_costs_one_case_and_no_transcript_moves(bench: Bench, fault: str) -> None:
    broken = bench.script("broken", count=COUNT, clips={4: {"fault": fault}})
    result = bench.run(f"--asr-models={broken},{bench.script(count=COUNT)}", "--asr-timeout=1")
    result.assert_outcomes(passed=2 * COUNT - 1 + 2, errors=1)
    clip, status, words = COSTLY[fault]
    check_all_but(bench, broken, {clip: (status, CAUSES[status], words)})
    assert not hosts(bench)


@ON_POSIX
def test_an_answer_that_comes_twice_is_not_that_of_the_next_round(bench: Bench) -> None:
    broken = bench.script("broken", count=COUNT, clips={4: {"fault": "twice"}})
    result = bench.run(f"--asr-models={broken}", "--asr-rounds=2")
    result.assert_outcomes(passed=COUNT, errors=1)
    assert "the process sent 1 texts of call 0 when 1 of call 1 were due" in bench.rows()[4]["Error"]


@ON_POSIX
@pytest.mark.parametrize("fault", ["fork", "native-fork", "closed-output"])
def test_what_can_be_kept_apart_costs_nothing(bench: Bench, fault: str) -> None:
    forking = bench.script("forking", count=COUNT, clips={n: {"fault": fault} for n in (2, 3, 4)})
    bench.run(f"--asr-models={forking}", "--asr-rounds=2").assert_outcomes(passed=COUNT + 1)
    assert [row["Transcript"] for row in bench.rows()] == [sentence(n) for n in range(COUNT)]
    assert not hosts(bench)


@ON_POSIX
@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [("half-answer", "TIMEOUT", "loading took longer than 1 s"), ("huge-answer", "CRASH", "2,147,483,648 bytes")],
)
def test_loading_obeys_its_deadline_whatever_comes(bench: Bench, fault: str, status: str, words: str) -> None:
    broken = bench.script("broken", count=COUNT, load_fault=fault)
    result = bench.run(f"--asr-models={broken}", "--asr-load-timeout=1", "-k", "c0")
    result.assert_outcomes(errors=1)
    row = bench.rows()[0]
    assert row["Status"] == status
    assert words in row["Error"]


def test_an_exception_of_ten_million_characters_is_cut_and_freed_of_escapes(bench: Bench) -> None:
    broken = bench.script("broken", count=COUNT, clips={4: {"fault": "long-exception"}})
    result = bench.run(f"--asr-models={broken}", "--junitxml=junit.xml")
    result.assert_outcomes(passed=COUNT, errors=1)
    row = bench.rows()[4]
    assert row["Error"].startswith("stub:./broken.json: ValueError while transcribing: \\x1b[31mred\\x07xxx")
    assert row["Error"].endswith("the end")
    assert "characters left out" in row["Error"]
    written = [bench.path / "junit.xml", *(bench.path / "reports").glob("*.*"), *bench.path.glob(".benchmarks/*/*")]
    assert len(written) >= 5
    for path in written:
        content = path.read_bytes()
        assert b"\x1b" not in content, path
        assert len(content) < 2_000_000, path
    assert len(text(result)) < 100_000
    assert "\x1b[31mred" not in text(result)


@pytest.mark.parametrize("rate", ["float('nan')", "0", "10**9", "-16000", "16000.5", "'16k'"])
def test_an_absurd_sample_rate_is_refused_at_load_with_a_sentence(bench: Bench, rate: str) -> None:
    bench.pytester.makepyfile(
        odd=f"""
        from dataclasses import replace
        from pytest_asrbench.model_adapters.stub import Stub

        class Odd(Stub):
            info = replace(Stub.info, sample_rate={rate})
        """
    )
    (bench.path / "asrbench.toml").write_text('[models.odd]\nadapter = "odd:Odd"\n', "utf-8")
    result = bench.run("--asr-models=odd", "-k", "c0 or c1")
    result.assert_outcomes(errors=1, skipped=1)
    assert "must be a whole number from 1,000 to 768,000" in bench.rows()[0]["Error"]
