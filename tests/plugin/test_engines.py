"""An engine of somebody else's: a whole session goes through the seam, and what comes back is judged as ever."""

from __future__ import annotations

import pytest

from tests.bench import Bench, sentence, text

# Jobs are sent through pickle, as an engine with machines elsewhere would send them.
TABLE = """
import pickle

from pytest_asrbench.engine.protocol import Engine
from pytest_asrbench.records import Measurement, Status

ANSWERS = {answers}


class Table(Engine):
    exclusive = {exclusive}

    def __init__(self, setup):
        self.jobs = {{}}
        self.ended = []

    def submit(self, jobs):
        for job in jobs:
            job = pickle.loads(pickle.dumps(job))
            self.jobs[job.case] = job

    def result(self, case, until=0.0):
        measured = Measurement(case.model, case.corpus, case.snippet)
        answer = ANSWERS[case.snippet]
        if isinstance(answer, BaseException):
            raise answer
        job = self.jobs[case]
        measured.transcript = answer
        measured.seconds = (0.25,) * job.rounds
        measured.audio_seconds = job.recording.seconds()
        measured.remarks = (f"asked for {{job.language}}",)
        measured.status = Status.OK
        return measured

    def repeat(self, case, until=0.0, *, beat=True, cores=()):
        measured = self.result(case, until)
        measured.seconds = (0.125,)
        return measured

    def start(self, models, until=0.0):
        pass

    def close(self, model="", until=0.0):
        with open("closed.txt", "a") as file:
            print(model or "all", file=file)
"""


@pytest.fixture
def table(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A project of three clips, and an engine `table` that is installed and knows them."""
    bench.clips(3)
    bench.script()
    offer(bench, {f"c{n}": repr(sentence(n)) for n in range(3)})
    folder = bench.path / "table-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: table\nVersion: 1.0\n", "utf-8")
    (folder / "entry_points.txt").write_text("[pytest_asrbench.engines]\ntable = table:Table\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(bench.path))
    return bench


def offer(bench: Bench, answers: dict[str, str], *, exclusive: bool = True) -> None:
    table = ", ".join(f"{name!r}: {answer}" for name, answer in answers.items())
    (bench.path / "table.py").write_text(TABLE.format(answers=f"{{{table}}}", exclusive=exclusive), "utf-8")


def test_its_measurements_are_judged_and_kept_like_any(table: Bench) -> None:
    wrong = {"c0": repr(sentence(0)), "c1": "'this is clip number here'", "c2": repr(sentence(2))}
    offer(table, wrong)
    arguments = ("--asr-models=stub:./good.json", "--asr-engine=table", "--asr-rounds=2", "--asr-language=en")
    result = table.run(*arguments, "--asr-snippet-max-wer=10%")
    result.assert_outcomes(passed=3, failed=1)
    assert "exceeds the limit of 10.00 %" in text(result)
    assert [(row["WER"][:4], row["Deletions"], row["Time_Sec"]) for row in table.rows()] == [
        ("0.0", "0", "0.25"),
        ("0.16", "1", "0.25"),
        ("0.0", "0", "0.25"),
    ]
    (first, *_) = table.results()["outcomes"]
    assert first["remarks"] == ["asked for en"]
    assert table.results()["run"]["settings"]["engine"] == "table"
    assert not list((table.runs[-1] / "logs").iterdir()), "no process of ours was started"
    closed = (table.path / "closed.txt").read_text().split()
    assert closed[0] == "stub:./good.json", "the model's last case is told"
    assert "all" in closed[1:]


def test_further_rounds_are_its_own(table: Bench) -> None:
    result = table.run("--asr-models=stub:./good.json", "--asr-engine=table", "--asr-sweeps=3")
    assert result.ret == 0, text(result)
    assert [one["seconds"] for one in table.results()["outcomes"]] == [[0.25, 0.125, 0.125, 0.125]] * 3
    assert [one["seconds"] for one in table.saved_outcomes()] == [[0.25, 0.125, 0.125, 0.125]] * 3
    assert {len(e["outcome"]["seconds"]) for e in table.journal()[-4:] if e["event"] == "outcome"} == {4}


def test_one_that_knows_no_loads_is_not_believed_to_have_measured_one(table: Bench) -> None:
    load = ("--asr-scenario=server", "--asr-rate=5")
    result = table.run("--asr-models=stub:./good.json", "--asr-engine=table", *load)
    assert "the engine asked for one clip at a time, where server@5rps was wanted" in text(result)
    assert {row["Status"] for row in table.rows()} == {"ERROR"}


def test_its_own_mistake_costs_one_case(table: Bench) -> None:
    offer(table, {"c0": repr(sentence(0)), "c1": "RuntimeError('the line is dead')", "c2": "None"})
    result = table.run("--asr-models=stub:./good.json", "--asr-engine=table")
    assert [row["Status"] for row in table.rows()] == ["OK", "ERROR", "ERROR"]
    assert "RuntimeError in the harness: the line is dead" in text(result)
    assert "the engine gave an answer without a transcript" in text(result)


def test_an_engine_that_shares_its_machine_judges_no_speed(table: Bench) -> None:
    offer(table, {f"c{n}": repr(sentence(n)) for n in range(3)}, exclusive=False)
    model = "--asr-models=stub:./good.json"
    for asked in ("--asr-sweeps=2", "--asr-compare-fail=rtf:10%"):
        result = table.run(model, "--asr-engine=table", asked)
        assert result.ret == 4
        assert "judges speed, and --asr-engine=table measures models side by side" in text(result)
    refused = table.run(model, "--asr-engine=table", "--asr-scenario=server", "--asr-rate=5")
    assert "judges latencies, and --asr-engine=table measures models side by side" in text(refused)
    assert table.run(model, "--asr-engine=table").ret == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tabel", "there is no such engine; did you mean 'table'?"),
        ("gone:Engine", "gone:Engine cannot be loaded (No module named 'gone')"),
        ("table:Tabel", "cannot be loaded (module 'table' has no attribute 'Tabel')"),
        ("builtins:repr", "builtins:repr has no exclusive, submit"),
    ],
)
def test_what_is_no_engine_ends_the_session_with_one_sentence(table: Bench, name: str, told: str) -> None:
    result = table.run("--asr-models=stub:./good.json", f"--asr-engine={name}")
    assert result.ret == 4
    assert f"--asr-engine={name}: " in text(result)
    assert told in text(result)
    assert "Traceback" not in text(result)


def test_a_run_of_another_engine_is_not_resumed(table: Bench) -> None:
    offer(table, {"c0": repr(sentence(0)), "c1": "KeyboardInterrupt()", "c2": repr(sentence(2))})
    table.run("--asr-models=stub:./good.json", "--asr-engine=table")
    result = table.run("--asr-models=stub:./good.json", "--asr-resume")
    assert result.ret == 4
    assert "the interrupted run had --asr-engine table, now local" in text(result)
