"""Tasks as data: what a file may say, where tasks are found, and what a mistake is answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.support import project
from pytest_asrbench.tasks import registry
from pytest_asrbench.tasks.task import Task, prompt_digest, read

CLEANUP = """
version = "3"
prompt = "Write down what is meant, without fillers."
reference = "clean"
normalizer = "verbatim"
metrics = ["wer", "cer"]

[decoding]
max_new_tokens = 200
num_beams = 1
"""


def load(folder: Path, *names: str) -> dict[str, Task]:
    return registry.load(names, folder, folder)


def test_the_default_is_an_installed_task_like_any_other(tmp_path: Path) -> None:
    (task,) = load(tmp_path, "transcribe").values()
    assert task.description
    assert replace(task, description="") == Task("transcribe")


def test_a_task_of_a_file_a_table_or_pyproject(tmp_path: Path) -> None:
    wanted: dict[str, Any] = {
        "version": "3",
        "asks": "instruct",
        "prompt": "Write down what is meant, without fillers.",
        "reference": "clean",
        "normalizer": "verbatim",
        "metrics": ("wer", "cer"),
        "decoding": {"max_new_tokens": 200, "num_beams": 1},
    }
    (tmp_path / "my-cleanup.toml").write_text(CLEANUP, "utf-8")
    assert load(tmp_path, "./my-cleanup.toml") == {"my-cleanup": Task("my-cleanup", **wanted)}
    table = CLEANUP.replace("[decoding]", "[tasks.tidy.decoding]")
    (tmp_path / "asrbench.toml").write_text(f"[tasks.tidy]{table}", "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.asrbench.tasks.names]\nasks = "transcribe"\nprompt = "Ann, Bob"\n')
    found = load(tmp_path, "tidy", "names", "transcribe")
    assert list(found) == ["tidy", "names", "transcribe"]
    assert found["tidy"] == Task("tidy", **wanted)
    assert (found["names"].asks, found["names"].reference) == ("transcribe", "verbatim")


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("a", {"promt": "x"}, "the task 'a' has an unknown key 'promt'; did you mean 'prompt'"),
        ("a", {"prompt": 5}, "prompt of the task 'a' is 5; it should be a string"),
        ("a", {"asks": "sing"}, "it should be one of transcribe, translate, instruct"),
        ("a", {"asks": "instruct"}, 'asks the model to do what its prompt says: add prompt = "..."'),
        ("a", {"reference": "Clean text"}, "it should be the name of a field of references"),
        ("a", {"metrics": []}, "it should be a list of names of metrics"),
        ("a", {"decoding": {"beams": 5}}, "an unknown setting 'beams' in decoding; did you mean 'num_beams'"),
        (
            "a",
            {"decoding": {"max_new_tokens": 0}},
            "decoding.max_new_tokens of the task 'a' is 0; it should be a whole",
        ),
        ("a", {"decoding": {"timestamps": 1}}, "it should be true or false"),
        ("a/b", {}, "a task cannot be called 'a/b': use small letters"),
        ("Clean", {}, "a task cannot be called 'Clean'"),
    ],
)
def test_what_makes_no_sense_is_named(name: str, table: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(name, table, "here.toml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("here.toml: ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("transcrib", "unknown task 'transcrib'; did you mean 'transcribe'"),
        ("./none.toml", "none.toml cannot be read (No such file or directory): name a TOML file"),
        ("./broken.toml", "broken.toml is no valid TOML"),
    ],
)
def test_a_task_that_is_not_there(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "broken.toml").write_text("version = \n", "utf-8")
    with pytest.raises(UsageError) as caught:
        load(tmp_path, name)
    assert words in str(caught.value)


def test_two_tasks_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for path in (tmp_path / "tidy.toml", tmp_path / "a" / "tidy.toml"):
        path.write_text(CLEANUP, "utf-8")
    with pytest.raises(UsageError, match="two tasks are called 'tidy'"):
        load(tmp_path, "./tidy.toml", "./a/tidy.toml")


def test_a_misspelt_table_of_a_project_names_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "asrbench.toml").write_text("[task.tidy]\n", "utf-8")
    with pytest.raises(UsageError, match="unknown table 'task'; did you mean 'tasks'"):
        project.tables(tmp_path / "asrbench.toml", "models")
    (tmp_path / "asrbench.toml").write_text("tasks = 5\n", "utf-8")
    with pytest.raises(UsageError, match="tasks is 5; it should be a table"):
        load(tmp_path, "tidy")


def test_prompts_are_told_apart_by_their_digests() -> None:
    assert prompt_digest(None) == ""
    assert len({prompt_digest(text) for text in ("", "a", "a ", "b")}) == 4
