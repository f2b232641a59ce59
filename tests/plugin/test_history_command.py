"""`pytest-asrbench history` on saved runs: figures, marks, reasons, and one sentence for what cannot be read."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.cli.main import main
from tests.bench import Bench
from tests.unit.outcomes import measured
from tests.unit.saved_runs import document, save


def history(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["history", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def rows(out: str) -> list[str]:
    """The lines of runs, with single blanks."""
    return [" ".join(line.split()) for line in out.splitlines() if re.match(r"\d{4} ", line)]


def test_sessions_become_a_history_with_marks(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.clips(8)
    bench.model("mine", bench.script("mine", count=8, seconds=0.02))
    for clips, seconds in (({}, 0.02), ({}, 0.05), ({1: {"text": "this is clip"}}, 0.05)):
        bench.script("mine", count=8, clips=clips, seconds=seconds)
        assert bench.run("--asr-models=mine").ret == 0
    bench.run("--asr-models=mine", "--asr-normalizer=verbatim")
    storage = str(bench.path / ".benchmarks")
    code, out, err = history(capsys, f"--storage=file://{storage}")
    assert (code, err) == (0, "")
    assert "mine on clips" in out
    first, second, third, fourth = rows(out)
    assert re.fullmatch(r"0001 \d{4}-\d\d-\d\d \d\d:\d\d \S* ?\S+ cpu 8 0\.00 % 0\.0\d+", first)
    assert re.search(r" 8 0\.00 % = 0\.1\d* \+\d+\.\d+ % \*$", second), "two and a half times as slow"
    assert re.search(r" 8 6\.25 % \+6\.25 pp \* 0\.1", third)
    assert re.search(r" n/c 0\.1.* WER: normalizer was whisper-\S+, is verbatim-\S+$", fourth)
    assert "* of WER: errors of a snippet changed" in out

    code, out, _ = history(capsys, f"--storage={storage}", "--format=json", "mine", "--limit=2")
    (series,) = json.loads(out)["series"]
    assert code == 0
    assert [point["run"] for point in series["points"]] == ["0003", "0004"]
    assert series["points"][0]["wer_change"]["changed_snippets"] == 1


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Runs of 25 days."""
    for day in range(1, 26):
        save(tmp_path, day, document([measured(corpus_version=str(day // 20))], day=day))
    return tmp_path


def test_only_the_last_runs_are_shown_and_the_others_counted(storage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = history(capsys, f"--storage={storage}")
    assert [row[:4] for row in rows(out)] == [f"{n:04}" for n in range(6, 26)]
    assert "5 earlier runs are not shown; --limit=0 shows all" in out
    assert "WER and RTF: corpus version was 0, is 1" in out
    assert len(rows(history(capsys, f"--storage={storage}", "--limit=0")[1])) == 25
    _, out, _ = history(capsys, f"--storage={storage}", "--format=json")
    assert len(json.loads(out)["series"][0]["points"]) == 25


def test_models_and_corpora_are_chosen_by_name(storage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = (f"--storage={storage}", "--limit=1")
    assert len(rows(history(capsys, *common, "model", "--corpus=corpus")[1])) == 1
    for arguments, words in (
        (["modell"], "no saved run has a model 'modell'; did you mean 'model'?"),
        (["--corpus=x"], "no saved run has a corpus 'x'; there are corpus"),
    ):
        code, out, err = history(capsys, *common, *arguments)
        assert (code, out, err) == (2, "", f"pytest-asrbench: {words}\n")


def test_an_empty_history_is_one_sentence_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = history(capsys)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert ".benchmarks holds no saved run of a model: run pytest --asr-models=NAME" in err


def test_damaged_files_are_named_and_the_rest_is_shown(storage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(storage, 26, b'{"benchmarks": [')
    content: dict[str, Any] = document([measured()], day=27)
    content["benchmarks"][0]["extra_info"]["outcome"] = "{}"
    save(storage, 27, content)
    save(storage, 28, {"benchmarks": [{"fullname": "of others", "extra_info": {}}]})
    code, out, err = history(capsys, f"--storage={storage}")
    assert code == 0
    assert len(rows(out)) == 20
    first, second = err.splitlines()
    assert "0026_run.json is damaged, it is no JSON" in first
    assert "0027_run.json is damaged (the outcome of model-corpus/a is none: 'status' is missing)" in second
    shutil.rmtree(storage)
    save(storage, 1, b"")
    code, out, err = history(capsys, f"--storage={storage}")
    assert (code, out, len(err.splitlines())) == (2, "", 2)


def test_names_cannot_write_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = document([replace(measured(), model="stub[red]:smile:[/b]")])
    save(tmp_path, 1, content)
    assert "stub[red]:smile:[/b] on corpus" in history(capsys, f"--storage={tmp_path}")[1]
