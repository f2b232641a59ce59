"""Pipelines in sessions: two models as one, their seconds and memory together, and who of them failed."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench import Bench, sentence, text
from tests.chat_server import seen, serving

PROMPT = "Write this without the fillers."
KEY = "key-that-nobody-may-see-17"


@pytest.fixture
def project(bench: Bench) -> Bench:
    for path in (bench.path / "clips").glob("c2.*"):
        path.unlink()
    (bench.path / "clean.toml").write_text(f"prompt = {json.dumps(PROMPT)}\n", "utf-8")
    heard = {n: {"text": f"um {sentence(n)}"} for n in range(2)}
    bench.script("asr", count=2, clips=heard, seconds=0.03)
    script = {"seconds": 0.06, "clips": {f"clips/c{n}": {"instructed": sentence(n)} for n in range(2)}}
    (bench.path / "llm.json").write_text(json.dumps(script), "utf-8")
    return bench


def outcomes(bench: Bench, task: str = "clean") -> dict[str, dict[str, Any]]:
    return {one["snippet"]: one for one in bench.results()["outcomes"] if one["task"] == task}


def test_two_models_are_one(project: Bench) -> None:
    arguments = ["--asr-task=transcribe,./clean.toml", "--asr-rounds=2", "-rs", "-v"]
    result = project.run("--asr-models=stub:./asr.json+stub:./llm.json", *arguments)
    result.assert_outcomes(passed=3, skipped=3)
    result.stdout.fnmatch_lines(
        ["*SKIPPED*its second model does what a task's prompt says, and the task transcribe has*"]
    )
    one = outcomes(project)["c0"]
    first, second = one["stages"]
    assert (one["transcript"], first["transcript"]) == (sentence(0), f"um {sentence(0)}")
    assert [stage["model"] for stage in one["stages"]] == ["stub:./asr.json", "stub:./llm.json"]
    assert second["details"]["prompt"] == PROMPT
    assert "prompt" not in first["details"]
    assert min(first["seconds"]) >= 0.03
    assert min(second["seconds"]) >= 0.06
    sums = [sum(both) for both in zip(first["seconds"], second["seconds"], strict=True)]
    assert one["seconds"] == pytest.approx(sums)
    assert one["rtf"] == pytest.approx(math.fsum(sums) / 2 / one["audio_seconds"])
    assert one["peak_ram"] == first["peak_ram"] + second["peak_ram"]
    assert one["load_seconds"] == pytest.approx(first["load_seconds"] + second["load_seconds"])
    assert one["load_details"] == {"resident": True}
    (row,) = [row for row in project.rows() if (row["Snippet"], row["Task"]) == ("c0", "clean")]
    assert row["Heard"] == f"um {sentence(0)}"
    assert [float(part) for part in row["Stage_Sec"].split(" + ")] == pytest.approx(
        [statistics.median(stage["seconds"]) for stage in one["stages"]], rel=1e-4
    )


def test_in_turn_the_peak_is_that_of_the_larger_one(project: Bench) -> None:
    result = project.run("--asr-models=stub:./asr.json+stub:./llm.json[resident=false]", "--asr-task=./clean.toml")
    result.assert_outcomes(passed=3)
    for one in outcomes(project).values():
        assert one["peak_ram"] == max(stage["peak_ram"] for stage in one["stages"])
        assert one["load_details"] == {"resident": False}


def test_the_second_model_alone_on_transcripts_that_are_there(project: Bench) -> None:
    (project.path / "heard.csv").write_text(f"id,text\nc0,um {sentence(0)}\n", "utf-8")
    project.run(
        "--asr-models=transcripts:./heard.csv+stub:./llm.json", "--asr-task=./clean.toml", "-v"
    ).assert_outcomes(passed=2, errors=1)
    found = outcomes(project)
    first, second = found["c0"]["stages"]
    assert (first["transcript"], first["seconds"], first["peak_ram"], first["load_seconds"]) == (
        f"um {sentence(0)}",
        [],
        None,
        None,
    )
    assert found["c0"]["transcript"] == sentence(0)
    assert (found["c0"]["seconds"], found["c0"]["peak_ram"]) == (second["seconds"], second["peak_ram"])
    assert found["c1"]["error"].startswith("heard.csv has no answer for clips/c1")


def test_further_sweeps_go_through_both(project: Bench) -> None:
    arguments = ["--asr-task=./clean.toml", "--asr-sweeps=2", "--benchmark-disable-gc"]
    project.run("--asr-models=stub:./asr.json+stub:./llm.json", *arguments).assert_outcomes(passed=3)
    for one in outcomes(project).values():
        assert [len(stage["seconds"]) for stage in one["stages"]] == [len(one["seconds"])] * 2
        assert len(one["seconds"]) > 1


def test_a_pipeline_by_name(project: Bench) -> None:
    project.model_table('[models.cleaner]\nstages = ["stub:./asr.json", "stub:./llm.json"]\nmax_wer = 0.0\n')
    project.run("--asr-models=cleaner", "--asr-task=./clean.toml").assert_outcomes(passed=3)
    assert {row["Model"] for row in project.rows()} == {"cleaner"}


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (
            "openai-chat:http://localhost:1/v1",
            "is a language model and takes no audio: name one that listens before it",
        ),
        (
            "stub:./asr.json+pocketsphinx",
            "pocketsphinx does not go on from a text: behind the plus name a language model",
        ),
        ("stub:./asr.json+transcripts:x.csv", "transcripts:x.csv does not go on from a text"),
        ("stub:./asr.json+stubb:./llm.json", "unknown adapter 'stubb'"),
    ],
)
def test_models_in_the_wrong_place(project: Bench, models: str, words: str) -> None:
    assert words in text(project.refused(f"--asr-models={models}", "--asr-task=./clean.toml"))


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("sigsegv", "CRASH", "crashed with SIGSEGV while rewriting"),
        ("hang-gil", "TIMEOUT", "rewriting took longer than 3 s; the process was killed"),
        ("raise", "ERROR", "while rewriting"),
        ("garbage", "ERROR", "in place of a Transcript"),
    ],
)
def test_a_fault_of_the_second_model_costs_its_case_alone(project: Bench, fault: str, status: str, words: str) -> None:
    script = {"clips": {"clips/c0": {"fault": fault}, "clips/c1": {"instructed": sentence(1)}}}
    (project.path / "llm.json").write_text(json.dumps(script), "utf-8")
    result = project.run(
        "--asr-models=stub:./asr.json+stub:./llm.json", "--asr-task=./clean.toml", "--asr-timeout=3", "--asr-warmup=0"
    )
    result.assert_outcomes(passed=2, errors=1)
    found = outcomes(project)
    assert (found["c0"]["status"], found["c1"]["status"]) == (status, "OK")
    assert found["c0"]["error"].startswith("stub:./asr.json+stub:./llm.json, stage 2 (stub:./llm.json): ")
    assert words in found["c0"]["error"]
    assert found["c1"]["transcript"] == sentence(1)


def test_a_fault_of_the_first_model_names_it(project: Bench) -> None:
    project.script("asr", count=2, clips={0: {"fault": "sigkill"}})
    arguments = ["--asr-task=./clean.toml", "--asr-warmup=0"]
    project.run("--asr-models=stub:./asr.json+stub:./llm.json", *arguments).assert_outcomes(passed=2, errors=1)
    assert "stage 1 (stub:./asr.json): " in outcomes(project)["c0"]["error"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pytest.importorskip("httpx2")
    with serving() as place:
        yield place


def test_a_served_model_behind_a_local_one(project: Bench, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_ACCESS", KEY)
    project.model_table(
        f'[models.chat]\nadapter = "openai-chat"\nsource = "{address}"\n'
        'options = { model = "busy1", api_key_env = "CHAT_ACCESS", price = { million_output_tokens = 1 } }\n'
        f'[models.locked]\nadapter = "openai-chat"\nsource = "{address}"\n'
        'options = { model = "locked", api_key_env = "CHAT_ACCESS" }\n'
    )
    models = "--asr-models=stub:./asr.json+chat,stub:./asr.json+locked"
    result = project.run(models, "--asr-task=./clean.toml", "--asr-warmup=0", "-v")
    result.assert_outcomes(passed=4, errors=2)
    good = [one for one in project.results()["outcomes"] if one["model"].endswith("+chat")]
    assert {one["transcript"] for one in good} == {sentence(0), sentence(1)}
    assert (good[0]["device"], good[0]["timing"]) == ("cpu+remote", "child-wall-1+client-wall-1")
    assert good[0]["peak_ram"] == good[0]["stages"][0]["peak_ram"]
    assert [one["transcript_details"].get("retries") for one in good] == [1, None]
    told = [one["transcript_details"] for one in good]
    assert [one["cost"] for one in told] == [pytest.approx(one["new_tokens"] / 1e6) for one in told]
    bad = [one for one in project.results()["outcomes"] if one["model"].endswith("+locked")]
    assert all("answered 401: the key Bearer *** is not known" in one["error"] for one in bad)
    assert {one["key"] for one in seen(address)} == {f"Bearer {KEY}"}
    written = [path for path in project.path.rglob("*") if path.is_file() and path.suffix != ".py"]
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in text(result)


def test_a_slow_service_costs_its_case_alone(project: Bench, address: str) -> None:
    models = f"--asr-models=transcripts:./heard.csv+openai-chat:{address}[model=slow]"
    (project.path / "heard.csv").write_text("id,text\nc0,um yes\nc1,um no\n", "utf-8")
    arguments = ["--asr-task=./clean.toml", "--asr-timeout=2", "-k", "c0"]
    project.run(models, *arguments).assert_outcomes(errors=1)
    assert outcomes(project)["c0"]["status"] == "TIMEOUT"
