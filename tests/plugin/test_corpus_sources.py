"""Corpora by locators in whole sessions: sources of other packages, samples, and what is wrong with one of several."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import Bench, text

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "tests" / "packages"


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, built and installed by pip into a folder of its own."""
    pytest.importorskip("hatchling", reason="builds the example package without the network")
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    package = PACKAGES / "asrbench_calls"
    subprocess.run([*command, "--target", str(target), str(package)], check=True, stdin=subprocess.DEVNULL)
    return target


def database(bench: Bench) -> None:
    """The clips as calls in `phone.db`, and one whose audio is none."""
    with sqlite3.connect(bench.path / "phone.db") as connection:
        connection.execute("create table calls (id integer, audio blob, words text, agent text)")
        for number in range(3):
            audio = (bench.path / "clips" / f"c{number}.wav").read_bytes()
            words = (bench.path / "clips" / f"c{number}.txt").read_text("utf-8")
            connection.execute("insert into calls values (?, ?, ?, ?)", [number, audio, words, f"agent {number % 2}"])
        connection.execute("insert into calls values (9, ?, 'lost words', 'agent 0')", [b"hello, I am text"])
    connection.close()


def test_a_source_of_another_package_is_found_by_its_scheme(
    bench: Bench, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(calls))
    database(bench)
    result = bench.run("--asr-models=stub[text=this is clip number 1 here]", "--asr-corpus=calls:phone.db")
    result.assert_outcomes(passed=3, errors=1, failed=1)
    assert [row["Snippet"] for row in bench.rows()] == ["call-0", "call-1", "call-2", "call-9"]
    assert [row["WER"] for row in bench.rows()][:2] == ["0.16666666666666666", "0.0"]
    assert "call-9 cannot be decoded: it is text. Put the recording there" in text(result)
    assert bench.results()["run"]["settings"]["corpora"]["phone"]["source"] == "calls:phone.db"
    result = bench.run("--asr-models=stub", "--asr-corpus=calls:phone.db[agent=agent 1,name=second]")
    assert [row["Corpus"] + "/" + row["Snippet"] for row in bench.rows()] == ["second/call-1"]
    result = bench.run("--asr-models=stub", "--asr-corpus=calls:phone.db[agnet=agent 1]")
    assert "there is no option 'agnet' here; did you mean 'agent'?" in text(result)


def test_a_sample_is_drawn_and_taken_up_again(bench: Bench) -> None:
    bench.clips(20)
    first = bench.run(f"--asr-models={bench.script(count=20)}", "--asr-corpus=./clips[limit=5,seed=3]")
    first.assert_outcomes(passed=6)
    drawn = [row["Snippet"] for row in bench.rows()]
    assert bench.results()["run"]["settings"]["corpora"]["clips"]["source"] == "./clips[limit=5,seed=3]"
    again = bench.run(f"--asr-models={bench.script(count=20)}", "--asr-corpus=./clips[limit=8,seed=3]")
    again.assert_outcomes(passed=9)
    assert set(drawn) < {row["Snippet"] for row in bench.rows()}


def test_an_unusable_corpus_beside_others_is_a_case_that_says_so(bench: Bench) -> None:
    (bench.path / "calls.tsv").write_text("client_id\tfile\tsentence\nx\ta.mp3\tgo\n")
    result = bench.run(
        f"--asr-models={bench.script()}", "--asr-corpus=./clips", "--asr-corpus=common-voice:calls.tsv", "-rA"
    )
    result.assert_outcomes(passed=4, errors=1, failed=1)
    row = bench.rows()[-1]
    assert (row["Corpus"], row["Snippet"], row["Status"]) == ("calls.tsv", "unusable", "ERROR")
    assert row["Error"].endswith("there is no column 'path'; it has the columns client_id, file, sentence")
    alone = bench.refused("--asr-models=stub", "--asr-corpus=common-voice:calls.tsv")
    assert "ERROR: " in text(alone)
    assert "there is no column 'path'" in text(alone)


def test_recordings_that_changed_are_measured_anew_when_a_run_is_taken_up(bench: Bench) -> None:
    bench.apart = True
    model = bench.script()
    bench.run(f"--asr-models={model}", "-k", "c0 or c1")
    path = bench.path / "clips" / "c1.wav"
    os.utime(path, ns=(0, 0))
    (bench.path / "stop.py").write_text("def pytest_asrbench_outcome(outcome):\n    raise KeyboardInterrupt\n")
    bench.run(f"--asr-models={model}", "-p", "stop")
    (bench.path / "stop.py").write_text("")
    os.utime(bench.path / "clips" / "c0.wav", ns=(1, 1))
    result = bench.run(f"--asr-models={model}", "--asr-resume")
    assert "changed: recording" in text(result)


def test_a_wrong_normalizer_is_told_with_its_file(bench: Bench) -> None:
    (bench.path / "clips" / "corpus.toml").write_text('normalizer = "wisper"\n')
    result = bench.refused("--asr-models=stub")
    assert "clips/corpus.toml: unknown normalizer 'wisper'; did you mean 'whisper'?" in text(result)
    result = bench.run("--asr-models=stub", "--asr-normalizer=nun")
    assert "--asr-normalizer: unknown normalizer 'nun'" in text(result)


def test_two_corpora_of_one_name_are_told_apart_in_brackets(bench: Bench) -> None:
    bench.clips(1, "other/clips")
    refused = bench.run("--asr-models=stub", "--asr-corpus=./clips", "--asr-corpus=other/clips")
    assert "two corpora are called 'clips'" in text(refused)
    assert "other/clips[name=...]" in text(refused)
    result = bench.run("--asr-models=stub", "--asr-corpus=./clips", "--asr-corpus=other/clips[name=others]", "-k", "c0")
    result.assert_outcomes(passed=2)


def test_a_project_names_a_locator_in_its_hook(bench: Bench) -> None:
    bench.pytester.makeconftest(
        """
        def pytest_asrbench_corpora(config):
            return {"ours": "folder:clips[limit=2]", "all": config.rootpath / "clips"}
        """
    )
    result = bench.run("--asr-models=stub", "--asr-corpus=ours", "--asr-corpus=all[limit=1]")
    result.assert_outcomes(passed=5)
    assert [row["Corpus"] for row in bench.rows()] == ["ours", "ours", "all"]


def test_the_example_in_the_documentation_is_the_one_that_runs() -> None:
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    assert (PACKAGES / "asrbench_calls" / "src" / "asrbench_calls.py").read_text("utf-8") in page
