"""What shapes an answer, and what does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.engine.host.plan import HostPlan
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.plugin import conditions
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.statistics.comparable import changed
from pytest_asrbench.store.journal import Conditions
from pytest_asrbench.tasks.task import Task

TRANSCRIBE = Task("transcribe")
SETTINGS = Settings(models=("m",))
ENTRY = ModelEntry("m", "stub")


def plan(**more: Any) -> HostPlan:
    facts: dict[str, Any] = {"name": "m", "adapter": "a.b:C", "source": None, "options": {}, "device": "auto"}
    return HostPlan(**{**facts, "dtype": "auto", "log": Path("log"), **more})


def differing(*, settings: Settings = SETTINGS, entry: ModelEntry = ENTRY, to: HostPlan | None = None) -> list[str]:
    before = conditions.of_model(SETTINGS, ENTRY, plan())
    return changed(before, conditions.of_model(settings, entry, to or plan()))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"settings": replace(SETTINGS, device="cuda:0")}, "--asr-device"),
        ({"settings": replace(SETTINGS, dtype="float16")}, "--asr-dtype"),
        ({"settings": replace(SETTINGS, warmup=0)}, "--asr-warmup"),
        ({"entry": replace(ENTRY, prompt="Digits.")}, "prompt"),
        ({"entry": replace(ENTRY, language="de")}, "language"),
        ({"entry": replace(ENTRY, max_new_tokens=9)}, "max_new_tokens"),
        ({"entry": replace(ENTRY, options={"beam": 2})}, "option beam"),
        ({"to": plan(interpreter="/other/python")}, "interpreter"),
        ({"to": plan(source="/weights")}, "weights"),
        ({"to": plan(origin="owner/name@abc")}, "weights"),
        ({"to": plan(adapter="a.b:D")}, "adapter"),
    ],
)
def test_each_thing_that_shapes_an_answer_counts(change: dict[str, Any], name: str) -> None:
    assert differing(**change) == [name]


@pytest.mark.parametrize(
    "change",
    [
        {"settings": replace(SETTINGS, timeout=3.0, load_timeout=5.0, report_dir=Path("x"), sweeps=3, resume=True)},
        {"settings": replace(SETTINGS, command_line_limits=(Limit("wer", 0.1, "--asr-max-wer"),))},
        {"entry": replace(ENTRY, limits={"max_wer": 0.1}, description="x", aliases=("n",), experimental=True)},
        {"to": plan(log=Path("elsewhere"))},
    ],
)
def test_what_shapes_no_answer_does_not(change: dict[str, Any]) -> None:
    assert differing(**change) == []


def of_case(corpus: Corpus, clip: Snippet, task: Task, rules: normalizers.Normalizer) -> Conditions:
    return {**conditions.of_set(corpus, task, rules), **conditions.of_snippet(clip, task)}


def test_a_language_counts_wherever_it_is_told() -> None:
    rules = normalizers.load("none")
    clip, corpus = Snippet("a", text="x"), Corpus("c")
    before = of_case(corpus, clip, TRANSCRIBE, rules)
    told = of_case(corpus, replace(clip, language="de"), TRANSCRIBE, rules)
    assert changed(before, told) == ["language of the recording"]
    told = of_case(replace(corpus, language="de"), clip, TRANSCRIBE, rules)
    assert changed(before, told) == ["language of the corpus"]
    both = {**conditions.of_model(SETTINGS, replace(ENTRY, language="de"), plan()), **before}
    assert changed({**conditions.of_model(SETTINGS, ENTRY, plan()), **before}, both) == ["language"]


def test_weights_count_by_name_size_and_time(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(b"1")
    before = conditions.of_model(SETTINGS, ENTRY, plan(source=str(folder)))
    assert conditions.of_model(SETTINGS, ENTRY, plan(source=str(folder))) == before
    (folder / "weights.bin").write_bytes(b"12")
    after = conditions.of_model(SETTINGS, ENTRY, plan(source=str(folder)))
    assert changed(before, after) == ["weights"]


def test_the_code_of_an_adapter_is_found_without_importing_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("raise SystemExit\n")
    before = conditions.of_model(SETTINGS, ENTRY, plan(paths=("/nowhere", str(tmp_path))))
    (tmp_path / "a" / "b.py").write_text("raise SystemExit(1)\n")
    after = conditions.of_model(SETTINGS, ENTRY, plan(paths=("/nowhere", str(tmp_path))))
    assert changed(before, after) == ["code of the adapter"]


def test_nothing_that_was_told_stands_in_the_conditions() -> None:
    told = conditions.of_model(SETTINGS, replace(ENTRY, prompt="secret", options={"key": "secret"}), plan())
    assert "secret" not in str(told)


TASK_CHANGES: dict[str, Any] = {
    "version": "2",
    "asks": "translate",
    "prompt": "Leave the fillers out.",
    "reference": "fr",
    "metrics": ("cer",),
    "decoding": {"max_new_tokens": 5},
    "format": {"headings": "# "},
}


@pytest.mark.parametrize("name", TASK_CHANGES)
def test_each_thing_that_a_task_says_counts(name: str) -> None:
    rules, corpus = normalizers.load("none"), Corpus("c")
    clip = Snippet("a", text="x", others={"fr": "x"})
    words = replace(TRANSCRIBE, metrics=("wer",))  # which no other reference counts for
    before = of_case(corpus, clip, words, rules)
    after = of_case(corpus, clip, replace(words, **{name: TASK_CHANGES[name]}), rules)
    assert changed(before, after) == [f"{name} of the task"]
    assert changed(before, of_case(corpus, clip, Task("transcribe", metrics=("wer",)), rules)) == []


def test_the_reference_that_counts_is_that_of_the_tasks_field() -> None:
    rules, corpus, task = normalizers.load("none"), Corpus("c"), Task("tidy", reference="clean", metrics=("wer",))
    clip = Snippet("a", text="um x", others={"clean": "x"})

    def differing(other: Snippet) -> list[str]:
        now = of_case(corpus, other, task, rules)
        return changed(of_case(corpus, clip, task, rules), now)

    assert differing(replace(clip, text="uh x")) == []
    assert differing(replace(clip, others={"clean": "y"})) == ["reference"]
