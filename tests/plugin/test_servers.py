"""Models in servers of our own, in sessions: what the record says, and what a server's death costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.bench import Bench, sentence, text

SCRIPT = Path(__file__).parents[1] / "chat_server.py"
KEY = "key-that-nobody-may-see-29"


@pytest.fixture
def project(bench: Bench) -> Bench:
    """Three transcripts that a model in a server is to clean."""
    pytest.importorskip("httpx2")
    lines = [f"c{number},um {sentence(number)}\n" for number in range(3)]
    (bench.path / "heard.csv").write_text(f"id,text\n{''.join(lines)}", "utf-8")
    (bench.path / "clean.toml").write_text('prompt = "Leave um out."\n', "utf-8")
    return bench


def model(bench: Bench, name: str, lines: str = "", *, command: str = "", asked: str = "good") -> str:
    """Define a model that is asked by the name `asked`, and return the specification of the pipeline behind it."""
    words = command or json.dumps(["{python}", str(SCRIPT), "{port}"])
    bench.model_table(
        f'[models.{name}]\nadapter = "openai-chat"\noptions.model = "{asked}"\n[models.{name}.server]\n'
        f'command = {words}\nready_url = "http://127.0.0.1:{{port}}/seen"\n{lines}\n'
    )
    return f"transcripts:./heard.csv+{name}"


def outcomes(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bench.results()["outcomes"]
    return found


def left_behind() -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(SCRIPT) in (one.info["cmdline"] or ())]


def test_a_model_in_a_server_is_one_like_any(project: Bench) -> None:
    spec = model(project, "writer", 'device = "cpu"')
    result = project.run(f"--asr-models={spec}", "--asr-task=./clean.toml", "--asr-rounds=2")
    result.assert_outcomes(passed=4)
    for number, one in enumerate(outcomes(project)):
        assert one["transcript"] == sentence(number)
        assert (one["device"], one["timing"]) == ("cpu", "client-wall-1")
        assert one["load_seconds"] > 0
        assert one["peak_ram"] > 5 * 2**20
        assert one["load_details"]["server"]["command"][1] == str(SCRIPT)
        assert len(one["seconds"]) == 2
    assert all(float(row["Peak_RAM_MB"]) > 5 and float(row["Load_Time_Sec"]) > 0 for row in project.rows())
    assert left_behind() == []


def test_its_death_costs_one_case_and_the_next_one_has_a_new_server(project: Bench) -> None:
    spec = model(project, "writer", asked="dies")
    project.run(f"--asr-models={spec}", "--asr-task=./clean.toml").assert_outcomes(passed=3, errors=1)
    first, second, third = outcomes(project)
    assert [one["status"] for one in (first, second, third)] == ["OK", "CRASH", "OK"]
    assert "(writer): its server ended with exit status 3 while it was asked" in second["error"]
    assert "the weights have been eaten" in second["log_tail"]
    ports = [one["load_details"]["server"]["command"][2] for one in (first, third)]
    assert ports[0] != ports[1]
    assert first["device"] == "unknown"
    assert left_behind() == []


def test_what_cannot_be_started_is_told_once_and_tried_twice(project: Bench) -> None:
    spec = model(project, "writer", 'env = { SERVER_TELLS = "no such file", SERVER_ENDS = "2" }')
    result = project.run(f"--asr-models={spec}", "--asr-task=./clean.toml")
    assert [one["status"] for one in outcomes(project)] == ["CRASH", "NOT_RUN", "NOT_RUN"], text(result)
    first = outcomes(project)[0]
    assert "its server ended with exit status 2 before it was ready" in first["error"]
    assert "no such file" in first["log_tail"]
    (log,) = project.path.glob("reports/runs/*/logs/*.log")
    assert log.read_text("utf-8").count("no such file") == 2


def test_a_program_that_is_not_there_is_one_sentence(project: Bench) -> None:
    spec = model(project, "writer", command='"llama-server-of-nobody -m x.gguf --port {port}"')
    result = project.run(f"--asr-models={spec}", "--asr-task=./clean.toml")
    assert "the program llama-server-of-nobody is not there" in outcomes(project)[0]["error"]
    assert [one["status"] for one in outcomes(project)] == ["ERROR", "NOT_RUN", "NOT_RUN"]
    assert "Traceback" not in text(result)


def test_a_server_that_hangs_is_killed_at_the_deadline(project: Bench) -> None:
    spec = model(project, "writer", asked="slow")
    arguments = ["--asr-task=./clean.toml", "--asr-timeout=1", "-k", "c0"]
    project.run(f"--asr-models={spec}", *arguments).assert_outcomes(errors=1)
    assert outcomes(project)[0]["status"] == "TIMEOUT"
    assert left_behind() == []


def test_its_key_is_in_no_file_and_no_argument(project: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_ACCESS", KEY)
    lines = 'env = { SERVER_TELLS = "{model} is served with $OURS_KEY", OURS_KEY_env = "SERVER_ACCESS" }'
    spec = model(project, "writer", lines)
    result = project.run(f"--asr-models={spec}", "--asr-task=./clean.toml")
    result.assert_outcomes(passed=4)
    written = [path for path in project.path.rglob("*") if path.is_file() and path.suffix != ".py"]
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in text(result)
    (log,) = project.path.glob("reports/runs/*/logs/*.log")
    assert "good is served with ***" in log.read_text("utf-8")


@pytest.mark.parametrize(
    ("lines", "passed", "words"),
    [
        ("", 3, "*writer on clips-clean cannot be judged (the runtime reports no device memory)*"),
        ('device = "cpu"', 4, "*does not judge transcripts:./heard.csv+writer: it ran on no accelerator*"),
    ],
)
def test_a_budget_judges_no_server_that_is_said_to_be_on_the_cpu(
    project: Bench, lines: str, passed: int, words: str
) -> None:
    spec = model(project, "writer", lines)
    result = project.run(f"--asr-models={spec}", "--asr-task=./clean.toml", "--asr-vram-budget=12GB", "-rs")
    result.assert_outcomes(passed=passed, failed=4 - passed)
    result.stdout.fnmatch_lines([words])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("port = 3", "*models.writer.server has an unknown key 'port'*"),
        ('env = { OUR_TOKEN = "abcdef" }', "*models.writer.server.env: the option OUR_TOKEN is a secret*"),
    ],
)
def test_a_mistake_in_the_table_ends_the_session_with_one_sentence(bench: Bench, lines: str, words: str) -> None:
    spec = model(bench, "writer", lines)
    bench.refused(f"--asr-models={spec}").stderr.fnmatch_lines([words])
