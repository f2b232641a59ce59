"""`pytest-asrbench models --vram`: the table, its forms, and the peaks of earlier runs in it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.models.entry import catalogue
from tests.unit.commands import stand_in, typed

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is typed."""
    return stand_in(tmp_path, monkeypatch)


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Row]:
    """The answers by model."""
    code, out, err = typed(capsys, "models", *arguments, "--format=json")
    assert (code, err) == (0, "")
    return {row["model"]: row for row in json.loads(out)}


def test_every_model_of_the_catalogue_has_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "--vram=12GB")
    assert found.keys() == catalogue().keys()
    assert {
        name: found[name]["verdict"] for name in ("voxtral", "qwen2-audio-7b-instruct", "stub", "whisper-base")
    } == {
        "voxtral": "tight",
        "qwen2-audio-7b-instruct": "needs quantisation",
        "stub": "not known",
        "whisper-base": "fits",
    }
    qwen = found["qwen2-audio-7b-instruct"]
    assert qwen["instead"] == "qwen2-audio-7b-instruct[quantization=4bit]"
    assert qwen["weights_float32"] == 2 * qwen["weights_bfloat16"] > 4 * qwen["weights_int8"] / 2 > qwen["weights_nf4"]
    parts = (qwen[name] for name in ("weights", "cache", "activations", "runtime"))
    assert sum(parts) == qwen["memory"] > 17 * 10**9
    assert found["crisperwhisper"]["restriction"] == "non-commercial"
    assert rows(capsys, "voxtral", "--vram=4GB")["voxtral"]["verdict"] == "needs quantisation"
    assert rows(capsys, "voxtral", "--vram=2GB")["voxtral"]["verdict"] == "no"


def test_gb_and_gib_make_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, "phi-4", "--vram", "12")["phi-4"]["verdict"] == "needs quantisation"
    assert rows(capsys, "phi-4", "--vram", "12GiB")["phi-4"]["verdict"] == "tight"


def test_longer_audio_takes_more(capsys: pytest.CaptureFixture[str]) -> None:
    short, long = (rows(capsys, "voxtral", "--vram=12GB", *more)["voxtral"] for more in ((), ("--audio=600",)))
    assert long["cache"] > 10 * short["cache"]
    assert (short["verdict"], long["verdict"]) == ("tight", "needs quantisation")


def test_of_main_memory_the_dtype_of_the_cpu_counts(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "granite-2b", "--ram=15GB")["granite-2b"]
    assert (found["precision"], found["verdict"], found["instead"]) == ("float32", "tight", "--asr-dtype=bfloat16")


def test_people_read_a_table_and_what_it_means(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "models", "--vram=12GB")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("Model ")
    voxtral = next(line for line in lines if line.startswith("voxtral "))
    assert all(
        said in voxtral for said in ("4.7 B", "bfloat16", "9.35", "30 min", "tight", "voxtral[quantization=8bit]")
    )
    assert next(line for line in lines if line.startswith("gigaam")).split("1.51")[1].startswith(" ?"), "a guess"
    assert "20% of the 12.00 GB stay free" in lines[-1]
    assert lines[-2].startswith("fits: ")


def test_csv_and_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = typed(capsys, "models", "--vram=12GB", "--format=csv")
    found = {row["model"]: row for row in csv.DictReader(io.StringIO(out))}
    assert found["voxtral"]["weights"] == "9352542208"
    assert found["stub"]["memory"] == ""
    _, out, _ = typed(capsys, "models", "voxtral", "--vram=12GB", "--format=markdown")
    head, rule, row = out.splitlines()
    assert head.startswith("| Model | Parameters |")
    assert rule.count("---") == head.count("|") - 1 == row.count("|") - 1
    _, out, _ = typed(capsys, "models", "--format=markdown")
    assert out.splitlines()[0] == "| Model | Runs here | Adapter | Runtime | Parameters | Languages | Licence |"
    _, out, _ = typed(capsys, "models", "voxtral", "--format=csv")
    assert next(csv.DictReader(io.StringIO(out)))["licence"] == "Apache-2.0"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vram=12G"], "--vram: '12G' is no amount of memory"),
        (["--ram="], "--ram: '' is no amount of memory"),
        (["--vram=12", "--audio=0"], "--audio=0: a clip is longer than 0 s"),
        (["--vram=12", "--audio=inf"], "--audio=inf: a clip is longer than 0 s"),
        (["--vram=12", "--ram=12"], "not allowed with argument --vram"),
        (["--format=xml"], "invalid choice: 'xml'"),
    ],
)
def test_a_mistake_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    code, out, err = typed(capsys, "models", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
