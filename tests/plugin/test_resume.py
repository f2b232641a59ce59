"""A resumed run takes what was measured under the same conditions, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.bench import Bench, sentence, text

STOPPER = """
import pathlib
import pytest

def pytest_asrbench_outcome(outcome, config):
    if outcome.snippet == "c1" and pathlib.Path("stop").exists():
        pytest.exit("stopped")
"""
ADAPTER = """
from pytest_asrbench.model_adapters.stub import Stub

class Mine(Stub):
    def __init__(self, source, options):
        super().__init__(source, {name: value for name, value in options.items() if name != "beam"})
"""


def define(bench: Bench, **more: object) -> None:
    """Define the project's model `mine`."""
    entry = {"adapter": "mine:Mine", "source": "./good.json", **more}
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    (bench.path / "asrbench.toml").write_text("\n".join(["[models.mine]", *lines, ""]), "utf-8")


def write_corpus(bench: Bench, **facts: str) -> None:
    (bench.path / "clips" / "corpus.toml").write_text("".join(f'{k} = "{v}"\n' for k, v in facts.items()), "utf-8")


@pytest.fixture
def interrupted(bench: Bench) -> Bench:
    """A project whose every run is interrupted after the second of three clips, as long as `stop` is there."""
    bench.pytester.makeconftest(STOPPER)
    bench.pytester.makepyfile(mine=ADAPTER)
    (bench.path / "stop").touch()
    bench.script()
    define(bench)
    assert bench.run("--asr-models=mine").ret == pytest.ExitCode.INTERRUPTED
    return bench


CHANGES: dict[str, Callable[[Bench], object]] = {
    "prompt": lambda bench: define(bench, prompt="Numbers as digits."),
    "language": lambda bench: define(bench, prompt="Numbers as digits.", language="en"),
    "max_new_tokens": lambda bench: define(bench, max_new_tokens=5),
    "option beam": lambda bench: define(bench, **{"options.beam": 2}),
    "weights": lambda bench: bench.script(seconds=0.001),
    "code of the adapter": lambda bench: bench.pytester.makepyfile(mine=ADAPTER + "    # better\n"),
    "language of the corpus": lambda bench: write_corpus(bench, language="en"),
    "version of the corpus": lambda bench: write_corpus(bench, language="en", version="2"),
}


def test_what_was_shaped_otherwise_is_measured_anew(interrupted: Bench) -> None:
    result = interrupted.run("--asr-models=mine", "--asr-resume", "--asr-timeout=50", "--asr-max-wer=90%")
    assert "resuming: 2 cases are taken" in text(result), "neither shapes an answer"
    assert "measured anew" not in text(result)
    for reason, change in CHANGES.items():
        change(interrupted)
        result = interrupted.run("--asr-models=mine", "--asr-resume")
        assert "resuming: 0 cases are taken" in text(result), reason
        (told,) = (line for line in result.outlines if line.startswith("measured anew: 2 cases of mine (changed: "))
        assert reason in told.partition(": ")[2].partition(": ")[2].rstrip(")").split(", ")
    (interrupted.path / "stop").unlink()
    result = interrupted.run("--asr-models=mine", "--asr-resume")
    result.assert_outcomes(passed=4)
    assert "resuming: 2 cases are taken" in text(result)


def test_what_one_recording_is_decides_about_its_own_case(interrupted: Bench) -> None:
    clip = interrupted.path / "clips" / "c0.wav"
    interrupted.clips(1, seconds=0.7)
    result = interrupted.run("--asr-models=mine", "--asr-resume")
    assert "resuming: 1 cases are taken" in text(result)
    assert "measured anew: 1 case of mine (changed: recording)" in text(result)
    clip.with_suffix(".txt").write_text(sentence(0) + " again", "utf-8")
    result = interrupted.run("--asr-models=mine", "--asr-resume")
    assert "measured anew: 1 case of mine (changed: reference)" in text(result)
    assert interrupted.rows()[0]["Reference"].endswith("again")


def test_versions_of_the_runtime_are_those_of_today(interrupted: Bench) -> None:
    journal = interrupted.runs[-1] / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    for event in (one for one in lines if "outcome" in one):
        event["outcome"]["versions"] |= {"pytest": "1.0", "python": "3.0"}
    journal.write_text("".join(json.dumps(event) + "\n" for event in lines), "utf-8")
    result = interrupted.run("--asr-models=mine", "--asr-resume")
    assert "measured anew: 2 cases of mine (changed: version of pytest, version of python)" in text(result)


def test_what_failed_is_tried_again(interrupted: Bench) -> None:
    interrupted.script(clips={0: {"fault": "raise"}})
    interrupted.run("--asr-models=mine")
    assert [row["Status"] for row in interrupted.rows()] == ["ERROR", "OK", "NOT_RUN"]
    result = interrupted.run("--asr-models=mine", "--asr-resume")
    assert "resuming: 1 cases are taken" in text(result)
    assert "measured anew: 1 case of mine (it had failed)" in text(result)


def test_a_journal_that_someone_edited_is_named_with_its_line(interrupted: Bench) -> None:
    journal = interrupted.runs[-1] / "journal.jsonl"
    lines = journal.read_text("utf-8").splitlines()
    for line, edited in ((1, '{"event": "run", "info": {"schema": 1, "timing": "child-wall-1"}}'), (2, "[]")):
        journal.write_text("\n".join([*lines[: line - 1], edited, *lines[line:]]) + "\n", "utf-8")
        result = interrupted.refused("--asr-models=mine", "--asr-resume")
        assert f"{journal}, line {line} is no journal entry" in text(result)
        assert "Traceback" not in text(result)


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("--asr-rounds=3", "--asr-rounds 1, now 3"),
        ("--asr-dtype=float16", "--asr-dtype auto, now float16"),
        ("--asr-ab=mine,stub", "--asr-ab not given, now mine,stub"),
        ("--asr-normalizer=none", "--asr-normalizer of clips whisper-"),
    ],
)
def test_options_that_must_be_equal_are_told_as_they_are_written(interrupted: Bench, option: str, named: str) -> None:
    result = interrupted.refused("--asr-models=mine", "--asr-resume", option)
    assert f"the interrupted run had {named}" in text(result)


def test_what_a_configuration_told_is_named_by_its_key(interrupted: Bench) -> None:
    (interrupted.path / "stop").unlink()
    result = interrupted.run("--asr-models=mine", "--asr-resume", "-o", "asr_language=fr")
    assert "measured anew: 2 cases of mine (changed: asr_language)" in text(result)


def test_another_baseline_changes_no_answer(interrupted: Bench) -> None:
    (interrupted.path / "stop").unlink()
    interrupted.run("--asr-models=mine", "--asr-report-dir=full")
    result = interrupted.run("--asr-models=mine", "--asr-resume", "--asr-baseline=full")
    assert "resuming: 2 cases are taken" in text(result)
