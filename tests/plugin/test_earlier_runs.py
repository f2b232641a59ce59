"""Runs that an earlier version has written: held against this one figure by figure, or refused in one sentence."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.bench import Bench, text

RUNS = Path(__file__).parents[1] / "data" / "runs"
MODEL = "--asr-models=stub:./good.json"
FORMS = {
    "schema-1-saved.json": "saved.json",
    "schema-1-results.json": "then.json",
    "schema-1-journal.jsonl": "reports/runs/20250101-000000-000000/journal.jsonl",
}


@pytest.fixture(params=FORMS)
def then(bench: Bench, request: pytest.FixtureRequest) -> str:
    """The project in which that session ran, and one of the files that it left behind."""
    bench.clips(6)
    bench.script(count=6, clips={5: {"fault": "raise"}})
    place = bench.path / FORMS[request.param]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(RUNS / request.param, place)
    return FORMS[request.param]


def test_its_accuracy_is_compared_and_its_speed_is_refused_with_the_reason(bench: Bench, then: str) -> None:
    result = bench.run(MODEL, f"--asr-baseline={then}", "--asr-compare-fail=wer:0pp")
    assert "is held against" not in text(result)
    reason = r"\(speed: (measured with CPython 3\.11 on Linux, this is|machine was a processor of then, is) .*\): "
    assert re.search(f"not compared with the baseline {reason}.*good.json-clips/c0", text(result)), text(result)
    assert "pp worse" not in text(result)
    (difference,) = [one for one in bench.results()["findings"]["differences"] if one["against"]]
    assert difference["snippets"] == 5, "those that both have measured; the sixth failed then and now"
    assert difference["estimate"] == pytest.approx(-1 / 30), "one error then, none now, of 30 words"


def test_a_loss_against_it_fails(bench: Bench, then: str) -> None:
    bench.script(count=6, clips={n: {"text": "garbage"} for n in range(5)} | {5: {"fault": "raise"}})
    result = bench.run(MODEL, f"--asr-baseline={then}", "--asr-compare-fail=wer:0.5pp")
    assert re.search(r"is [\d.]+ pp worse than the baseline's 3.33 % \(", text(result)), text(result)


def test_a_gate_on_its_speed_says_why_it_cannot_be_held(bench: Bench, then: str) -> None:
    result = bench.run(MODEL, f"--asr-baseline={then}", "--asr-compare-fail=rtf:10%")
    assert result.ret == 1
    assert re.search(
        r"\((measured with CPython 3.11|machine was a processor of then).*as --asr-compare-fail asks for RTF",
        text(result),
    )


@pytest.mark.parametrize("form", FORMS)
def test_one_of_a_later_version_is_refused_in_one_sentence(bench: Bench, form: str) -> None:
    bench.script()
    place = bench.path / FORMS[form]
    place.parent.mkdir(parents=True, exist_ok=True)
    content = (RUNS / form).read_text("utf-8").replace('"schema": 1', '"schema": 99')
    if form == "schema-1-saved.json":
        content = content.rstrip().removesuffix("}") + ', "asrbench": {"schema": 99}}'
    place.write_text(content, "utf-8")
    result = bench.refused(MODEL, f"--asr-baseline={FORMS[form]}", "--asr-compare-fail=wer:0pp")
    (line,) = [line for line in text(result).splitlines() if line.startswith("ERROR: ")]
    assert "is of schema 99, this version reads" in line
    assert "update pytest-asrbench here" in line
    assert "Traceback" not in text(result)
