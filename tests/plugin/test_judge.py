"""A language model as the judge of answers: asked where a task says so, stamped, and never at an answer's cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench import Bench, text
from tests.chat_server import seen, serving

pytest.importorskip("httpx2")
KEY = "sk-of-the-judge"


@pytest.fixture
def address() -> Iterator[str]:
    with serving() as place:
        yield place


def judged(bench: Bench, address: str, model: str, *arguments: str, more: str = "") -> pytest.RunResult:
    """Run two clips with a task that `model` judges, in a process of its own: httpx2 cannot be loaded twice in one."""
    bench.apart = True
    for number in range(2):
        (bench.path / "clips" / f"c{number}.clean.txt").write_text("this is a clip", "utf-8")
    lines = (
        'prompt = "Clean it up."\nreference = "clean"\nmetrics = ["judge"]\n',
        f'[judge]\nendpoint = "{address}"\nmodel = "{model}"\n{more}',
    )
    (bench.path / "tidy.toml").write_text("".join(lines), "utf-8")
    script = bench.script(instructed="this is a clip")
    return bench.run(f"--asr-models={script}", "--asr-task=./tidy.toml", "-k", "c0 or c1", *arguments)


def test_points_are_a_figure_with_limits_and_the_judge_is_stamped(bench: Bench, address: str) -> None:
    result = judged(bench, address, "kind", "--asr-limit=snippet:judge>=90%")
    result.assert_outcomes(failed=2)
    assert "Judge 80.00 % of clips/c0 is below the limit of 90.00 %" in text(result)
    first, _ = bench.results()["outcomes"]
    assert first["scores"]["judge"] == {"errors": 8, "total": 10}
    assert first["metrics"]["judge"].startswith("kind-")
    asked = seen(address)[0]["body"]["messages"][0]["content"]
    assert "whole number from 0 to 10" in asked
    assert '"said": "this is clip number 0 here", "wanted": "this is a clip", "answer": "this is a clip"' in asked


def test_another_prompt_is_another_judge(bench: Bench, address: str) -> None:
    judged(bench, address, "kind", "--benchmark-autosave")
    before = bench.results()["outcomes"][0]["metrics"]["judge"]
    result = judged(bench, address, "kind", "--asr-limit=snippet:judge>=50%", more='prompt = "Points?"\n')
    assert result.ret == 0, text(result)
    assert bench.results()["outcomes"][0]["metrics"]["judge"] != before


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("generous", "the judge gave no points, but '{\"points\": 11}'"),
        ("silent", "the judge gave no points, but ''"),
        ("locked", "the judge gave no points: "),
        ("malformed", "the judge gave no points: "),
    ],
)
def test_a_judge_that_gives_none_costs_no_answer(
    bench: Bench, address: str, model: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", KEY)
    result = judged(bench, address, model, more='api_key_env = "JUDGE_KEY"\n')
    assert result.ret == 0, text(result)
    assert {row["WER"] for row in bench.rows()} == {"0.0"}
    assert all(row["Found"].startswith(told) for row in bench.rows())
    assert seen(address)[-1]["key"] == f"Bearer {KEY}"
    written = [path for path in bench.path.rglob("*") if path.is_file()]
    assert not [path for path in written if KEY.encode() in path.read_bytes()]


def test_a_judge_is_off_unless_a_task_names_it(bench: Bench) -> None:
    assert bench.run(f"--asr-models={bench.script()}").ret == 0
    assert "judge" not in bench.results()["outcomes"][0]["metrics"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('metrics = ["judge"]\n', 'names the metric judge: add judge.endpoint = "http://..."'),
        ('[judge]\nendpoint = "http://localhost"\n', 'has a judge: add "judge" to its metrics'),
        ('metrics = ["judge"]\n[judge]\nendpoint = "localhost"\n', "it should be an address, such as http://"),
        ('metrics = ["judge"]\n[judge]\nendpiont = "http://x"\n', "did you mean 'endpoint'?"),
    ],
)
def test_what_is_wrong_with_a_judge_is_told_before_anything_is_measured(bench: Bench, lines: str, told: str) -> None:
    (bench.path / "tidy.toml").write_text(lines, "utf-8")
    assert told in text(bench.refused(f"--asr-models={bench.script()}", "--asr-task=./tidy.toml"))
