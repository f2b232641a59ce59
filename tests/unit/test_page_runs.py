"""results.json is read back as it was written; what is no run is one sentence."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import HistoryError
from pytest_asrbench.records import Breach, Case, Outcome, Status
from pytest_asrbench.report import results
from pytest_asrbench.report.markdown import markdown
from pytest_asrbench.report.page.data import gather
from pytest_asrbench.store.results import read_run, read_runs
from pytest_asrbench.store.serialized import to_dict
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured, run_info

SPEED = {"model": "model", "state": "slower"}
SLOW = Breach(Case("model", "corpus"), "slowdown", "too slow", value=0.3, limit=0.1, origin="x", details=("  why",))
ENTRIES = [measured("a", "one two", "one too", tags=("x",), seconds=(0.1, 0.2)), failed("b")]


def written(folder: Path, entries: list[Any] | None = None, **info: Any) -> Path:
    folder.mkdir(exist_ok=True)
    return results.write_json(
        folder, run_info(**info), ENTRIES if entries is None else entries, [], breaches=[SLOW], speed=[SPEED]
    )


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    run = read_run(written(tmp_path))
    assert list(run.outcomes()) == list(run.outcomes()) == ENTRIES
    assert (run.info, run.breaches, run.speed, run.findings) == (to_dict(run_info()), [SLOW], [SPEED], None)
    assert read_run(tmp_path).origin == str(tmp_path / "results.json")


@pytest.mark.parametrize("text", [*ODD_TEXTS.values(), NUL, LONE_SURROGATES, '\n "outcomes": [\n'])
def test_texts_come_back(tmp_path: Path, text: str) -> None:
    (outcome,) = read_run(written(tmp_path, [measured("a", text, text, log_tail=text)])).outcomes()
    assert (outcome.transcript, outcome.reference, outcome.log_tail) == (text, text, text)


def test_a_run_without_outcomes(tmp_path: Path) -> None:
    assert list(read_run(written(tmp_path, [])).outcomes()) == []


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_that_was_laid_out_anew(tmp_path: Path, indent: int | None) -> None:
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=indent), "utf-8")
    assert list(read_run(path).outcomes()) == ENTRIES


def test_what_follows_the_outcomes_is_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text("utf-8")
    path.write_text(text.rstrip()[:-1].rstrip() + ',\n "findings": {"seed": 3}\n}\n', "utf-8")
    run = read_run(path)
    assert (run.findings, len(list(run.outcomes()))) == ({"seed": 3}, 2)


def test_an_older_run_has_defaults_for_what_it_did_not_know(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = json.loads(path.read_text("utf-8"))
    for outcome in content["outcomes"]:
        for name in ("corpus_version", "reference_seconds"):
            del outcome[name]
    content["breaches"] = ["a sentence alone"]
    path.write_text(json.dumps(content), "utf-8")
    run = read_run(path)
    assert list(run.outcomes()) == ENTRIES
    assert [breach.text for breach in run.breaches] == ["a sentence alone"]


NEEDED = {"model", "corpus", "snippet", "status", "transcript"}  # the last of what was answered


@pytest.mark.parametrize("name", [one.name for one in fields(Outcome)])
@pytest.mark.parametrize("indent", [None, 2])
def test_only_what_figures_need_is_missed(tmp_path: Path, name: str, indent: int | None) -> None:
    path = written(tmp_path)
    content = json.loads(path.read_text("utf-8"))
    for outcome in content["outcomes"]:
        del outcome[name]
    path.write_text(json.dumps(content, indent=indent), "utf-8")
    if name in NEEDED:
        with pytest.raises(HistoryError, match="outcome 1 is no outcome"):
            list(read_run(path).outcomes())
    else:
        found = list(read_run(path).outcomes())
        assert [outcome.status for outcome in found] == [Status.OK, Status.CRASH]
        markdown(gather([read_run(path)]))


def test_what_only_a_newer_version_knows_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = json.loads(path.read_text("utf-8"))
    content["outcomes"][0] |= {"mood": "good", "score": content["outcomes"][0]["score"] | {"colour": 3}}
    content["breaches"][0]["mood"] = "bad"
    path.write_text(json.dumps(content), "utf-8")
    assert list(read_run(path).outcomes()) == ENTRIES
    assert read_run(path).breaches == [SLOW]


def test_the_same_run_twice_is_taken_once(tmp_path: Path) -> None:
    paths = [written(tmp_path / "one"), written(tmp_path / "two"), written(tmp_path / "three", run="another")]
    runs, notes = read_runs(paths)
    assert [run.name for run in runs] == [run_info().run, "another"]
    assert len(notes) == 1
    assert "holds the same run" in notes[0]


def damaged(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"schema": 2', '"schema": 3', "is of schema 3, this version reads 1 and 2: update pytest-asrbench here"),
        ('"schema": 2', '"schema": 0', "is of schema 0, this version reads 1 and 2: make the run again"),
        ('"status": "OK"', '"status": "FINE"', "outcome 1 is no outcome"),
        ('"substitutions": 1', '"substitutions": "1"', "outcome 1 is no outcome"),
        ('"substitutions": 1', '"substitutions": -1', "outcome 1 is no outcome"),
        ('"substitutions": 1', '"substitutions": NaN', "outcome 1 is no outcome"),
        ('"seconds": [0.1, 0.2]', '"seconds": [0.1, "x"]', "outcome 1 is no outcome"),
        ('"snippet": "b"', '"snippet": 7', "outcome 2 is no outcome"),
        ('"snippet": "b"', '"snippet" "b"', "outcome 2 is no JSON"),
        ('"run": {', '"walk": {', "is no results.json of pytest-asrbench"),
        (' "breaches"', " breaches", "it is no JSON"),
        ('"text": "too slow"', '"text": 3', "a missed limit in it is no such record"),
        ('"text": "too slow",', "", "a missed limit in it is no such record"),
        ("\n ]\n}", "", "is cut short"),
    ],
)
def test_damage_is_one_sentence_that_names_the_file(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = damaged(written(tmp_path), old, new)
    with pytest.raises(HistoryError) as caught:
        list(read_run(path).outcomes())
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="does not exist"):
        read_run(tmp_path / "absent")
    (tmp_path / "results.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HistoryError, match="is not UTF-8"):
        read_run(tmp_path)
